// Stays that ended, as stored: by hospital and end. Pure reads of one epoch's rows. Errors: the
// store's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/state_store.h"
#include "projections/pathway/entry.h"

namespace overgang::projections {

// Of which a stay has ended, sorted.
absl::StatusOr<std::vector<std::string>> HospitalsWithClosedStays(const StateSnapshot& rows);

// One hospital's, newest end first. `after` is the key of a stay without its hospital (end and key
// of kStay) to go on behind; empty: from the newest. Until `visit` returns false.
absl::Status ScanClosedStays(
    const StateSnapshot& rows, std::string_view hospital, std::string_view after,
    const std::function<bool(std::string_view key, std::string_view row)>& visit);

// Those of one hospital that were there at some time in [from_us, to_us) and have ended, each once.
// `key` is that of kStay. Until `visit` returns false.
absl::Status ScanStaysDuring(
    const StateSnapshot& rows, std::string_view hospital, int64_t from_us, int64_t to_us,
    const std::function<bool(std::string_view key, StayEntry entry)>& visit);

}  // namespace overgang::projections
