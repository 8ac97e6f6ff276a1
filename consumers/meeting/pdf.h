// A meeting as one A4 page in bokmål, as PDF: what summary.html holds. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr size_t kCellLinesMax = 12;        // What is longer is cut off with "…";
inline constexpr size_t kCellLinesOnFullPage = 3;  // and where not all has room.

// Of a whole answer. What does not fit on the page is left out from the longest tables, each of
// which then ends with how much is left out. Errors: INTERNAL.
absl::StatusOr<std::string> SummaryPdf(const v1::GetMeetingResponse& meeting);

}  // namespace overgang::meeting
