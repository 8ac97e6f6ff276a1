// A meeting on one printed page, in bokmål: HTML that stands for itself and prints on A4. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/mustache.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr size_t kKommunerOnPage = 10;  // With most utskrivningsklare first.
inline constexpr size_t kCardsOnPage = 6;
inline constexpr size_t kCorrectionsOnPage = 6;

// What the page says, by the names of summary.html; `all` is how many rows a table has, also those
// left out. Of a whole answer but summary_html and summary_pdf.
mustache::Object SummaryData(const v1::GetMeetingResponse& meeting);
std::string SummaryPage(const v1::GetMeetingResponse& meeting);

// summary.html, built in.
std::string_view SummaryTemplate();

}  // namespace overgang::meeting
