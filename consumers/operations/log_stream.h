// The log as a stream of messages, for ReadLog. A thread of its own opens and reads the log, which
// may take seconds; it reads ahead at most kReadAheadMax records or kReadAheadBytesMax and waits
// while the client does not take them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/cursor.h"
#include "core/event_log.h"
#include "core/rpc.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang::operations {

inline constexpr size_t kReadAheadMax = 1000;
inline constexpr size_t kReadAheadBytesMax = 8 << 20;  // One record may go beyond it.

struct LogRange {
  std::vector<TopicPartition> partitions;  // Empty: all.
  Cursor from;
  Offsets until{};  // Ends there, unless follow.
  bool follow = false;
  int64_t limit = 0;  // 0: none.
};

// Fills in where the range begins and ends, and gives the reader for it. May block.
using OpenRange = std::function<absl::StatusOr<std::unique_ptr<LogReader>>(LogRange*)>;

class LogStream final : public MessageStream {
 public:
  // `open` counts the streams that are open. What `open_range` uses must outlive the stream.
  LogStream(OpenRange open_range, LogRange range, Wake wake,
            std::shared_ptr<std::atomic<int>> open);
  ~LogStream() override;

  absl::StatusOr<StreamStep> Next() override;

 private:
  void Read();
  // Until the end, an error, or false: stopped.
  bool ReadRange();
  // False: stopped.
  bool Put(const LogRecord& record);
  bool AtEnd() const;

  struct Ready {
    std::shared_ptr<const v1::ReadLogResponse> message;
    size_t bytes = 0;
  };
  OpenRange open_range_;
  LogRange range_;
  Wake wake_;
  std::shared_ptr<std::atomic<int>> open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<LogReader> reader_;
  std::deque<Ready> ready_;
  size_t ready_bytes_ = 0;
  absl::Status status_;
  bool ended_ = false;
  bool stopping_ = false;
  int64_t sent_ = 0;
  std::thread thread_;
};

}  // namespace overgang::operations
