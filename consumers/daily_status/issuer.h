// Issues statuses when they are due and the sources were heard (Policy::quiet_for), and corrects
// them when a later count of the same moment says otherwise: counts on a thread of its own and
// appends what is decided.
//
// Threads: Tick and Stop belong to one thread, Tick never blocks. What it is given must outlive it.
// Errors: logged with the remedy, and tried again after a pause.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "consumers/daily_status/book.h"
#include "consumers/daily_status/decider.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/metrics.h"
#include "core/payment_terms.h"
#include "core/worker_pool.h"
#include "projections/views.h"

namespace overgang::daily_status {

inline constexpr absl::Duration kIssuePause = absl::Seconds(10);  // After a failure.
// Statuses that were counted at moments of their own, as those that were asked for; recounted in
// one go. The others wait for the next.
inline constexpr size_t kRecountsAtOnceMax = 4;

class Issuer {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    const DirectoryHolder& directory;
    const PaymentTerms& terms;
    const Clock& clock;
    Metrics& metrics;
    const Policy& policy;
  };
  explicit Issuer(const Parts& parts);

  // On the hub that decides, while it may.
  void Tick(const std::shared_ptr<const projections::Epoch>& epoch, const Book::Days& days,
            const Recipients& recipients);
  void Stop() { pool_.Stop(); }

  // The same for whoever asks what a status would be. `before`: yesterday's book; may be null.
  static StatusQuestion QuestionOf(const Parts& parts,
                                   const std::shared_ptr<const projections::Epoch>& epoch,
                                   absl::CivilDay date, absl::Time counted_at,
                                   const DayBook* before);

 private:
  // Outlives this where the log answers late.
  struct State;
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  bool HasHeard(const projections::Epoch& epoch);
  void Run(std::function<absl::StatusOr<std::vector<v1::Envelope>>()> decide);
  absl::StatusOr<std::vector<v1::Envelope>> Issue(const EpochPtr& epoch, const Book::Days& days,
                                                  const std::vector<StatusDue>& due) const;
  absl::StatusOr<std::vector<v1::Envelope>> Correct(const EpochPtr& epoch, const Book::Days& days);

  const Parts parts_;
  const std::shared_ptr<State> state_;
  prometheus::Counter& issued_total_;
  prometheus::Counter& corrected_total_;
  bool listening_ = false;
  std::vector<int64_t> heard_to_;  // Offsets of what sources say, at
  absl::Duration heard_at_;        // then. SinceBoot, here and below.
  absl::Duration listening_since_;
  absl::Duration ticked_at_ = -absl::InfiniteDuration();
  absl::Time recount_at_ = absl::InfinitePast();
  std::vector<int64_t> recounted_to_;  // Offsets of the pathway topic.
  size_t recounts_skipped_ = 0;        // Moments that wait for their turn.
  WorkerPool pool_;                    // The last member: its tasks use the others.
};

}  // namespace overgang::daily_status
