// Decides the published tables: looks which dates are over and have none, and appends them to the
// log. Nothing relies on one hub doing it: of a date the first record counts.
//
// Threads: Tick and Stop belong to one thread, Tick never blocks; counting is done on a thread of
// its own pool. What it is given must outlive it. Errors: logged, and tried again after a pause.
#pragma once

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/metrics.h"
#include "core/worker_pool.h"
#include "projections/views.h"

namespace overgang::report {

// A date may become due also when none ended: history that is imported makes older ones due.
inline constexpr absl::Duration kLookForDatesEvery = absl::Hours(1);
inline constexpr absl::Duration kPublishPause = absl::Minutes(1);  // After a failure.

class TablePublisher {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    const DirectoryHolder& directory;
    const Clock& clock;
    Metrics& metrics;
    std::function<bool()> is_doer;  // Whether this hub decides.
    int cell_min;
    absl::Time founded_at;  // The log.
  };
  explicit TablePublisher(Parts parts);

  // Now and then, by the hub's timer.
  void Tick();
  void Stop() { pool_.Stop(); }

 private:
  // Outlives the publisher where the log answers late.
  struct State;
  void Look(const std::shared_ptr<const projections::Epoch>& epoch);

  const Parts parts_;
  std::shared_ptr<State> state_;
  prometheus::Counter& published_total_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::report
