// The way in for every question about a moment: what was known then (as_of, as_of_cursor) and what
// had happened by then (occurred_until) become an epoch, a now and a limit, for whoever counts.
//
// Threads: all methods are thread-safe. Errors of Resolve, each with its field: INVALID_ARGUMENT (a
// time to come; no cursor), FAILED_PRECONDITION (a cursor of another log), DEADLINE_EXCEEDED (a
// cursor that the views do not cover in time), RESOURCE_EXHAUSTED (too many ask), UNAVAILABLE (the
// hub stops, the log is out of reach).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/worker_pool.h"
#include "overgang/v1/as_of.pb.h"
#include "projections/history.h"
#include "projections/views.h"

namespace overgang::projections {

// What a question is answered from.
struct AtMoment {
  std::shared_ptr<const Epoch> epoch;  // What is known, or was known then.
  absl::Time now;                      // Of everything counted relative to now, and of Views::AsOf.
  absl::Time known;                    // When it is, or was, known: whose a stay is by then.
  std::optional<absl::Time> occurred_until;  // What stands later does not count: see happened.h.
};

// occurred_until in microseconds.
inline std::optional<int64_t> UntilUs(const AtMoment& at) {
  if (!at.occurred_until.has_value()) return std::nullopt;
  return absl::ToUnixMicros(*at.occurred_until);
}

// How long it takes to answer from the epoch.
enum class Work : unsigned char {
  kBrief,  // Reads what is in memory, or a few rows.
  kLong,   // Reads many rows.
};

class Moments {
 public:
  Moments(Views& views, History& history, const Clock& clock)
      : views_(views), history_(history), clock_(clock) {}

  // Calls `then` once, with an epoch that covers `wait_for` where it is of now. On a thread of
  // `pool`, where it may take its time, for every moment but now and for all long work; else as
  // Views::WhenCovers does. as_of_cursor is waited for as wait_for is.
  using Then = std::function<void(absl::StatusOr<AtMoment>)>;
  void Resolve(const v1::Moment& moment, const std::string& wait_for, absl::Time deadline,
               WorkerPool& pool, Work work, Then then);

 private:
  Views& views_;
  History& history_;
  const Clock& clock_;
};

}  // namespace overgang::projections
