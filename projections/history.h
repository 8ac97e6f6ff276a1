// What was known at a moment past: an epoch as the views had it then, from the newest checkpoint of
// the rows before it and the records that the log took between the two.
//
// A thread keeps a checkpoint of the live store every kCheckpointEvery, where anything was folded
// since (see checkpoints.h for which stay). A moment that is asked for is a copy of a checkpoint,
// of hard links, opened as a store beside the live one; the log is folded on it up to the moment,
// and the last kMomentsOpenMax moments are kept open. One is made at a time, so that a second fold
// is all the memory that it takes.
//
// Threads: all methods are thread-safe; At blocks, for as long as the fold takes: call it on a
// worker's thread. Errors of At: UNAVAILABLE (the log is out of reach, the disk is full, the hub
// stops), DATA_LOSS (the log lost a record). A checkpoint that cannot be used is logged and passed
// over: the answer then takes longer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/event_log.h"
#include "core/state_store.h"
#include "projections/checkpoints.h"
#include "projections/replay.h"
#include "projections/views.h"

namespace overgang::projections {

inline constexpr absl::Duration kCheckpointEvery = absl::Hours(1);
inline constexpr absl::Duration kCheckpointLookEvery = absl::Seconds(30);
inline constexpr size_t kMomentsOpenMax = 4;  // Each some 25 MiB of caches, and its open stays.

class History {
 public:
  struct Parts {
    EventLog& log;
    const StateStore& store;  // The live one.
    const Views& views;       // Over it.
    const Clock& clock;
    std::string incarnation;
    std::string directory;  // Of the checkpoints.
    OpenScratch open_scratch;
  };
  explicit History(Parts parts);
  ~History();  // Stops.

  // Finds the checkpoints of before, removes those of another log or version, and goes on keeping
  // new ones.
  [[nodiscard]] absl::Status Start();
  // Ends what is under way with UNAVAILABLE; everything that is asked later as well.
  void Stop();

  // All facts that the log had taken by `as_of`, which is not in the future.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const Epoch>> At(absl::Time as_of);
  // All records before the cursor, which the live views cover.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const Epoch>> At(const Cursor& cursor);

  // Keeps a checkpoint of now, where anything was folded since the newest; the thread does.
  [[nodiscard]] absl::Status Keep();

 private:
  // An opened moment. The store outlives the epoch that reads from it.
  struct Moment {
    std::unique_ptr<StateStore> store;
    Epoch epoch;
    // No record beyond it was appended by then; of a cursor nobody knows.
    int64_t known_until_us = std::numeric_limits<int64_t>::min();
  };
  using MomentPtr = std::shared_ptr<const Moment>;

  template <typename Fits>
  std::shared_ptr<const Epoch> Find(const Fits& fits);
  template <typename Fits>
  absl::StatusOr<std::shared_ptr<const Epoch>> FindOrMake(const Fits& fits,
                                                          const ReplayUntil& until);
  absl::StatusOr<std::shared_ptr<Moment>> Make(const ReplayUntil& until);
  struct Draft;  // A moment as far as its checkpoint goes.
  absl::StatusOr<Draft> Begin(const Checkpoint* from);
  absl::Status Fold(const ReplayUntil& until, Draft* draft);
  void KeepLoop();

  const Parts parts_;
  Checkpoints checkpoints_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool making_ = false;
  std::list<MomentPtr> open_;  // Asked for last first.
  std::thread thread_;
};

}  // namespace overgang::projections
