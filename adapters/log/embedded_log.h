// EventLog inside the process: an append-only log in RocksDB, durable on acknowledge. One machine,
// no broker.
//
// One writer thread commits groups: everything that waits goes into one write batch and one fsync.
// Each partition is a column family whose key is the offset, so files never overlap, nothing is
// rewritten, and reading is sequential. One process only: RocksDB locks the folder.
//
// Threads and errors: as core/event_log.h says. When a write or fsync fails (disk full, device
// error), the log is in a failed state: Health() says the folder and the remedy, appends get
// UNAVAILABLE at once, what is durable can still be read, and the log opens itself anew until it
// succeeds. Nothing acknowledged is lost by that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/event_log.h"

namespace rocksdb {
class Env;
}

namespace overgang {

inline constexpr size_t kEmbeddedCommitBytesMax =
    4 << 20;  // Of one write batch: bounds the wait for one fsync.
inline constexpr absl::Duration kEmbeddedReopenInterval =
    absl::Milliseconds(500);  // Between attempts after a failure.
inline constexpr absl::Duration kEmbeddedTrimInterval =
    absl::Hours(1);  // Between looks for records past their retention.

class EmbeddedLog final : public EventLog {
 public:
  // Makes the folder and a new cluster id where there is none. `clock` gives appended_at and must
  // outlive the log. FAILED_PRECONDITION: used by another process. DATA_LOSS: corrupt. UNAVAILABLE:
  // disk full or not writable. `env` is for tests that make the disk fail; null means the real one.
  static absl::StatusOr<std::unique_ptr<EmbeddedLog>> Open(const std::string& dir,
                                                           const Clock& clock,
                                                           rocksdb::Env* env = nullptr);
  // Waits for what was appended; readers must be gone.
  ~EmbeddedLog() override;

  void Append(std::vector<NewRecord> records, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> NewReader(
      const Offsets& from, const std::vector<TopicPartition>& partitions,
      const ReadOptions& options) override;
  absl::StatusOr<LogEnds> Ends() override;
  absl::Status Health() override;
  std::string ClusterId() const override;

  // A consistent copy in `dir`, which must not exist; may run while others append and read.
  absl::Status Checkpoint(const std::string& dir);

  class Impl;  // Private to the implementation.

 private:
  explicit EmbeddedLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace overgang
