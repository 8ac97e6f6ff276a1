// The stays of a period, one after another: those that ended from the rows, the open ones from the
// census. Reads rows: call it on a worker's thread. Errors: the store's.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "consumers/report/report_query.h"

namespace overgang::report {

// Each stay of the scope that was there at some time in [from_us, to_us), once, as it stood at the
// moment. `hospitals` empty: all. `key` is that of kStay. Until `visit` says no.
absl::Status VisitStays(
    const ReportAt& at, const Names& hospitals, int64_t from_us, int64_t to_us,
    const std::function<bool(std::string_view key, const projections::StayEntry& stay)>& visit);

}  // namespace overgang::report
