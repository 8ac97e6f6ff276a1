// A pathway told in bokmål, as a case worker of a hospital or a kommune reads it: what each source
// said, and what follows from it by docs/rules.md. It tells the numbers that the answer holds; it
// computes none of its own, and decides nothing.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/directory.h"
#include "core/payment_terms.h"
#include "overgang/v1/pathway_service.pb.h"

namespace overgang::board {

// A fact that its source told so much later than it happened is told with when that was.
inline constexpr absl::Duration kToldLate = absl::Hours(1);

// The stays of `response` in its order, each by time, and then the facts of no stay. What goes on
// is told last, as of `now`.
std::vector<v1::StoryLine> TellStory(const v1::GetPathwayResponse& response,
                                     const Directory& directory, const PaymentTerms& terms,
                                     absl::Time now);

// Fills in names of hospitals and wards, and the story.
void AddStory(const Directory& directory, const PaymentTerms& terms, absl::Time now,
              v1::GetPathwayResponse* response);

// One fact as a sentence, whoever said it.
std::string FactSentence(const v1::Envelope& fact, const Directory& directory);
// Who said it, how, and when where that was much later.
std::string SourceText(const v1::PathwayEntry& entry, const Directory& directory);
// What a flag says of a stay, and where it is a mistake, what becomes of it.
std::string FlagSentence(v1::StayFlag flag);

}  // namespace overgang::board
