// The tables for readers outside their own scope, a day each: counted at the day's end with what is
// known when they are decided, small cells suppressed. Pure but for reading rows: call it on a
// worker's thread. Errors: the store's; INVALID_ARGUMENT with its field.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/report/report_query.h"
#include "core/directory.h"
#include "overgang/v1/report_service.pb.h"
#include "overgang/v1/status.pb.h"

namespace overgang::report {

inline constexpr int kPublishedDatesBackMax = 366;   // Nothing older is decided on any more.
inline constexpr int kPublishedAtOnceMax = 31;       // Dates decided in one go, the oldest first.
inline constexpr int kPublishedDatesAskedMax = 366;  // In one answer.
// History is taken to be whole so long after its last fact came.
inline constexpr absl::Duration kImportOverAfter = absl::Hours(24);

// Those that are due and not in the log yet, by date: of each date that is over and since which
// there is anything to count. Dates before the log was founded are held back while history comes:
// what is published never changes, and half of a file is no count. Without their decision.
absl::StatusOr<std::vector<v1::TablesPublished>> TablesDue(const projections::Epoch& epoch,
                                                           const Directory& directory,
                                                           absl::Time now, absl::Time founded_at,
                                                           int cell_min);

// The whole answer but as_of.
absl::StatusOr<v1::GetPublishedTablesResponse> PublishedTables(
    const projections::Epoch& epoch, const v1::GetPublishedTablesRequest& request);

}  // namespace overgang::report
