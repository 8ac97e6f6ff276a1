// A meeting as one A4 page in bokmål, as PDF: what summary.html holds. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr size_t kCellLinesMax = 32;  // The longest decision has room; what is longer ends
inline constexpr size_t kCellLinesMin = 3;   // with "…", on a full page after these.

// Of a whole answer. Where not all fits on the page, long cells are cut off first, then rows are
// left out that have no room; a table that lacks rows ends with how many. What was decided, and
// then what was corrected, is written smaller before any of it is cut. Errors: INTERNAL.
absl::StatusOr<std::string> SummaryPdf(const v1::GetMeetingResponse& meeting);

}  // namespace overgang::meeting
