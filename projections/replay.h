// The log folded a second time, beside the live views: for a comparison with them, and for a moment
// past. Threads: none of its own; blocks for as long as the fold takes, so never on a thread of the
// log or a server. Errors: the log's, the store's; CANCELLED within a second or so after `stop`.
#pragma once

#include <stop_token>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/event_log.h"
#include "core/state_store.h"
#include "projections/projector.h"
#include "projections/tables.h"
#include "projections/views.h"

namespace overgang::projections {

// Records before these offsets that were appended no later than this.
struct ReplayUntil {
  Offsets next{};
  int64_t appended_us = kNeverUs;
};

// From where the projector stands. Commits to `store`, which is the projector's.
absl::Status Replay(EventLog& log, const ReplayUntil& until, Projector& projector,
                    StateStore& store, const std::stop_token& stop);

// Where a fold that stands at `next` goes on; past what retention took of topics that have one. Of
// the others nothing may be missing, and the reader says so.
absl::StatusOr<Offsets> FirstToRead(EventLog& log, Offsets next);

// The projector's last epoch, with the rows that were committed.
Epoch EpochOf(const Projector& projector, const StateStore& store);

}  // namespace overgang::projections
