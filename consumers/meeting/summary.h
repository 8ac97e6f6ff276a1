// A meeting to print, in bokmål: HTML that stands for itself, on as many A4 pages as it needs.
// Every decision and everybody who was there stands on it, and of each other table the first
// kRowsMax rows; what has more says how many. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/embedded.h"
#include "core/mustache.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr size_t kRowsMax = 500;  // More than there are kommuner.

// What the page says, by the names of summary.html; `all` is how many rows a table has, also those
// left out. Of a whole answer but summary_html and summary_pdf.
mustache::Object SummaryData(const v1::GetMeetingResponse& meeting);
std::string SummaryPage(const v1::GetMeetingResponse& meeting);

// summary.html, built in.
std::span<const EmbeddedFile> SummaryFiles();

}  // namespace overgang::meeting
