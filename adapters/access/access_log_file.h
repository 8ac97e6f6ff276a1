// The access log as files: one a UTC date, <folder>/YYYY-MM-DD.jsonl, one JSON object a line, only
// appended to. Each date on which it runs has one, also where nothing is written.
//
// When a new file is begun, those are deleted that are older than they must be kept by the clock
// and have more newer ones beside them than there are days to keep. So a clock that is wrong
// deletes no more than as many right days would have, however far it leaps.
//
// A thread writes what is waiting in one go and syncs it before anybody is answered. After a write
// that failed the file is opened anew, and a line that was cut is ended: it stays where it is and
// is no entry.
//
// Threads: all methods are thread-safe; done functions come on the writer's thread, or on the
// caller's where too much waits. Errors: Open names the folder; Write answers UNAVAILABLE, or
// RESOURCE_EXHAUSTED where kAccessEntriesWaitingMax wait.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/access_log.h"
#include "core/clock.h"
#include "core/metrics.h"

namespace overgang {

inline constexpr size_t kAccessEntriesWaitingMax = 10'000;
inline constexpr int kStaysInEntryMax = 1'000;  // What is more makes more entries.
// Read for one page; where it holds too few entries the page is shorter, and there is a next one.
inline constexpr size_t kAccessBytesPerPageMax = 64 << 20;

inline constexpr absl::Duration kLookForDateEvery = absl::Minutes(1);  // Whether it is another.
// A new file that is so many days after the newest is told to the operator.
inline constexpr int kLeapToldDays = 31;

class AccessLogFile final : public AccessLog {
 public:
  struct Options {
    std::string folder;
    int keep_days = 0;  // Files of dates longer ago than this are deleted.
    absl::Duration look_every = kLookForDateEvery;
  };
  // The folder is made where it is absent, and today's file is tried.
  static absl::StatusOr<std::unique_ptr<AccessLogFile>> Open(Options options, const Clock& clock,
                                                             Metrics& metrics);
  ~AccessLogFile() override;  // Writes what is waiting.

  void Write(v1::AccessEntry entry, Done done) override;
  absl::StatusOr<v1::ReadAccessLogResponse> Read(
      const v1::ReadAccessLogRequest& request) const override;

 private:
  struct Line {
    absl::CivilDay date;
    std::string text;
    Done done;  // Of the last line of an entry; the others have none.
  };
  AccessLogFile(Options options, const Clock& clock, Metrics& metrics);
  void Run();
  void BeginDate();
  void WriteBatch(const std::vector<Line>& batch);
  absl::Status Append(absl::CivilDay date, std::string_view text);
  absl::Status OpenFile(absl::CivilDay date);
  void CloseFile();
  void DeleteOld(absl::CivilDay today) const;

  const Options options_;
  const Clock& clock_;
  prometheus::Counter& written_;
  prometheus::Counter& failed_;
  int file_ = -1;  // Of the writer's thread.
  absl::CivilDay file_date_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Line> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace overgang
