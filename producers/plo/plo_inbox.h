// The inbox and outbox folders: PLO files come in whole (written elsewhere or under a name that
// begins with '.' or ends in .tmp or .part, then renamed), AppRecs go out the same way.
//
// A file is deleted once it is sealed, durable and answered, unless another has come under its name
// by then. One that cannot be stored now (log unreachable, disk full) stays, and all are tried
// again, more and more seldom. One that cannot be read, or not be taken out of the inbox, holds up
// no other, and is tried again every 10 seconds. A file over kKeptBytesMax cannot be sealed whole,
// and is moved to <inbox>/too-large instead of deleted; one over kMessageBytesMax is not read, but
// parked. A receipt whose message has not come (role copy) waits, at most 10 minutes.
//
// Crash safety: an AppRec is first written and synced under a hidden name in the outbox; then the
// message is remembered as answered (one sync for many); then the AppRec gets its name, once. What
// lies there hidden at the start is sent if its message is remembered, else deleted, for its
// message is still in the inbox.
//
// Threads: one of its own between Start and Stop; Scan is for that thread, and for tests instead of
// it. Errors: Start says which folder cannot be used. Later ones are counted, logged without file
// names (they may hold anything) and tried again.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "producers/plo/files.h"
#include "producers/plo/plo_receiver.h"

namespace overgang::plo {

inline constexpr absl::Duration kScanEvery = absl::Milliseconds(200);
inline constexpr absl::Duration kRetryAfterMax = absl::Seconds(10);
inline constexpr absl::Duration kFileRetryAfter = absl::Seconds(10);
inline constexpr size_t kFailingFilesLoggedMax = 10;  // At a time; all are counted.
inline constexpr size_t kFilesAtOnce =
    64;  // In flight together; well under the receiver's kInFlightMax.
inline constexpr size_t kFilesListedMax = 10'000;  // Of one scan; the rest wait for the next.
inline constexpr absl::Duration kReceiptWaitMax = absl::Minutes(10);
inline constexpr absl::Duration kReceiptRetryAfter = absl::Seconds(5);

class PloInbox {
 public:
  struct Options {
    std::string inbox;
    std::string outbox;
  };
  // `receiver`, `metrics` and `clock` outlive the inbox.
  PloInbox(PloReceiver& receiver, Metrics& metrics, const Clock& clock, Options options);
  ~PloInbox();
  PloInbox(const PloInbox&) = delete;
  PloInbox& operator=(const PloInbox&) = delete;

  // Makes the folders where absent, sends what a crash left, and begins to watch.
  [[nodiscard]] absl::Status Start();
  // Finishes the files in flight. Idempotent.
  void Stop();

  [[nodiscard]] absl::Status Prepare();  // Start without the thread.
  // Handles every file that is there now. The first error of what they all need, the log or the
  // outbox; those of its batch were tried all the same. A file that is itself the trouble is none.
  [[nodiscard]] absl::Status Scan();

 private:
  struct File {
    std::string name;
    FileId id;
    bool kept_whole = true;
    std::string digest;  // Of those that are not.
    absl::Status read;
    absl::StatusOr<PloOutcome> outcome = absl::UnknownError("not handled");
  };
  struct Failing {
    absl::Time next_try;
    std::optional<File> answered;  // Only to be removed.
  };
  struct Waiting {
    absl::Time since;
    absl::Time next_try;
  };

  void Watch();
  std::vector<std::string> List();
  void HandleBatch(std::vector<File>& batch);
  absl::Status FinishFile(File& file);
  absl::Status Remove(const File& file) const;
  void Leave(const File& file, const absl::Status& why, bool answered);
  bool IsDue(const std::string& name);
  absl::Status Stage(const PloOutcome& outcome) const;
  absl::Status Send(const std::string& key) const;
  absl::Status SendWhatCrashLeft() const;
  std::string Staged(const std::string& key) const;
  std::string InboxPath(const std::string& name) const { return options_.inbox + "/" + name; }

  PloReceiver& receiver_;
  const Clock& clock_;
  const Options options_;
  prometheus::Gauge& files_waiting_;
  prometheus::Counter& failures_;
  std::map<std::string, Waiting> waiting_;  // Receipts, by file name.
  std::map<std::string, Failing> failing_;  // By file name.

  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace overgang::plo
