// The one loop that reads the log, folds, commits and publishes epochs.
//
// One reader thread fetches and decodes, one thread folds; the reader waits while
// kDecodedBatchesMax batches are not folded yet. An epoch is one commit: changed rows and offsets
// together. Live it ends when nothing more is waiting or after kEpochLiveMax; when behind, at
// kEpochFactsMax facts or kEpochBytesMax of changed rows. Errors: a log that cannot be reached, or
// a store that cannot be written, is tried again until it goes on, and said in Views::Trouble; a
// missing or changed record (DATA_LOSS, FAILED_PRECONDITION) stops the loop for good, loudly.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "core/event_log.h"
#include "core/metrics.h"
#include "core/state_store.h"
#include "projections/projector.h"
#include "projections/views.h"

namespace overgang::projections {

inline constexpr absl::Duration kEpochLiveMax = absl::Milliseconds(50);
// Between two live commits, so that many small messages share one; an idle hub commits at once.
inline constexpr absl::Duration kEpochGapMin = absl::Milliseconds(4);
inline constexpr int64_t kBulkFactsMin =
    5'000;  // Of kEpochLiveMax: at least so many are catching up.
inline constexpr int64_t kEpochFactsMax = 200'000;  // About 150 MiB of facts in memory.
inline constexpr size_t kEpochBytesMax = size_t{256} << 20;
inline constexpr size_t kDecodedBatchesMax = 4;
inline constexpr absl::Duration kRetryAfter = absl::Milliseconds(500);

class Runner {
 public:
  Runner(EventLog& log, StateStore& store, Views& views, Metrics& metrics, std::string incarnation);
  ~Runner();

  // Loads the rows, makes sure that they belong to this log, and starts. FAILED_PRECONDITION where
  // they do not.
  [[nodiscard]] absl::Status Start();
  void Stop();

 private:
  void ReadLoop();
  void FoldLoop();
  bool Push(DecodedBatch batch);
  // False: stopped.
  bool Pop(absl::Duration wait, std::optional<DecodedBatch>* batch);
  bool EpochIsOver() const;
  bool Commit();
  void TellLargeClusters();
  void Publish();
  void Fail(const absl::Status& status);
  bool WaitForStop(absl::Duration wait);

  EventLog& log_;
  StateStore& store_;
  Views& views_;
  Projector projector_;
  prometheus::Counter& facts_total_;
  prometheus::Counter& epochs_total_;
  prometheus::Gauge& largest_cluster_;

  std::unique_ptr<LogReader> reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DecodedBatch> queue_;
  bool stopping_ = false;

  // The fold thread's own.
  int64_t epoch_number_ = 0;
  int64_t epoch_facts_ = 0;
  size_t largest_cluster_facts_ = 0;
  bool at_end_ = false;
  absl::Time epoch_began_;
  absl::Time committed_at_ = absl::InfinitePast();

  std::thread read_thread_;
  std::thread fold_thread_;
};

// Makes sure that the log still holds the first and last folded record of each partition,
// unchanged.
[[nodiscard]] absl::Status CheckSameLog(EventLog& log, const rows::Meta& meta);

}  // namespace overgang::projections
