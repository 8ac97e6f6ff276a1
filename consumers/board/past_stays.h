// Stays as they were at an instant, as an epoch knows it: computed from the facts that had happened
// by then (see projections/happened.h). Reads a row for each of them: on a worker's thread.
// Pure. Errors: the store's.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "projections/happened.h"
#include "projections/views.h"

namespace overgang::board {

// Calls visit for each stay that had begun and had not ended at `at_us`, by all that is known.
[[nodiscard]] absl::Status VisitStaysAt(
    const projections::Epoch& epoch, int64_t at_us,
    const std::function<void(const projections::Uuid&, const projections::PatientRef& home)>&
        visit);

// Those that were open at `at_us`. By place.
absl::StatusOr<projections::Contributions> OpenStaysAt(const projections::Epoch& epoch,
                                                       int64_t at_us);

// The stay with this id or alias among those of its cluster as it was at `at_us`; null where it had
// not begun.
absl::StatusOr<std::shared_ptr<const projections::Contribution>> StayAt(
    const projections::Epoch& epoch, const projections::Uuid& stay_id,
    const projections::PatientRef& home, int64_t at_us);

}  // namespace overgang::board
