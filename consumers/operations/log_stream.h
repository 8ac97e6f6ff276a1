// The log as a stream of messages, for ReadLog. A thread of its own reads ahead at most
// kReadAheadMax records and waits while the client does not take them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "core/cursor.h"
#include "core/event_log.h"
#include "core/rpc.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang::operations {

inline constexpr size_t kReadAheadMax = 1000;

struct LogRange {
  std::vector<TopicPartition> partitions;  // Empty: all.
  Cursor from;
  Offsets until{};  // Ends there, unless follow.
  bool follow = false;
  int64_t limit = 0;  // 0: none.
};

class LogStream final : public MessageStream {
 public:
  // `open` counts the streams that are open.
  LogStream(std::unique_ptr<LogReader> reader, LogRange range, Wake wake,
            std::shared_ptr<std::atomic<int>> open);
  ~LogStream() override;

  absl::StatusOr<StreamStep> Next() override;

 private:
  void Read();
  // False: stopped.
  bool Put(const LogRecord& record);
  bool AtEnd() const;

  std::unique_ptr<LogReader> reader_;
  LogRange range_;
  Wake wake_;
  std::shared_ptr<std::atomic<int>> open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const v1::ReadLogResponse>> ready_;
  absl::Status status_;
  bool ended_ = false;
  bool stopping_ = false;
  int64_t sent_ = 0;
  std::thread thread_;
};

}  // namespace overgang::operations
