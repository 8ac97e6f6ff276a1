// A meeting on one printed page, in bokmål: HTML that stands for itself and prints on A4. Pure.
#pragma once

#include <string>
#include <string_view>

#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr size_t kKommunerOnPage = 10;  // With most utskrivningsklare first.
inline constexpr size_t kCardsOnPage = 6;
inline constexpr size_t kCorrectionsOnPage = 6;

// Of a whole answer but summary_html.
std::string SummaryPage(const v1::GetMeetingResponse& meeting);

// summary.html, built in.
std::string_view SummaryTemplate();

}  // namespace overgang::meeting
