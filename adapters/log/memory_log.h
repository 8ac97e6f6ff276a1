// EventLog in memory: the fake of tests. It keeps the promises of core/event_log.h (durability
// aside) and fails on demand. `done` runs on a thread of the log, as with the real ones.
//
// Threads: all methods are thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/clock.h"
#include "core/event_log.h"

namespace overgang {

class MemoryLog final : public EventLog {
 public:
  // `clock` gives appended_at and must outlive the log.
  explicit MemoryLog(const Clock& clock);
  ~MemoryLog() override;

  void Append(std::vector<NewRecord> records, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> NewReader(
      const Offsets& from, const std::vector<TopicPartition>& partitions,
      const ReadOptions& options) override;
  absl::StatusOr<LogEnds> Ends() override;
  absl::Status Health() override;
  std::string ClusterId() const override;

  // The next n appends are not written, and done(status).
  void FailNextAppends(int n, absl::Status status);
  // The next n appends are written, and done(UNAVAILABLE) all the same: the acknowledgement is
  // lost.
  void DropAcknowledgement(int n = 1);
  // The next n Polls, of any reader, return the status.
  void FailNextPolls(int n, absl::Status status);
  // What Health() says from now on.
  void SetHealth(absl::Status health);
  // While held, appends are neither written nor done: a slow disk.
  void Hold(bool held);
  // Forgets all records of a partition before `offset`, as retention does.
  void Trim(TopicPartition partition, int64_t offset);

  struct State;  // Private to the implementation.

 private:
  std::shared_ptr<State> state_;
};

}  // namespace overgang
