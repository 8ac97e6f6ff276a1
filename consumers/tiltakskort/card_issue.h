// A card as it is issued: for a level that was reached, or of what a meeting decided. Pure.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "consumers/tiltakskort/cards.h"
#include "projections/cards.h"

namespace overgang::tiltakskort {

// What every card that is issued rests on.
struct IssueBasis {
  const Cards& cards;
  const Roles& roles;
  absl::Time now;
  const std::string& cursor;
};
// What it is issued for.
struct IssueReason {
  const std::string& hospital;
  const std::string& recipient;
  v1::EscalationLevel level;
  int level_revision;
};

v1::Envelope IssueOfLevel(const IssueBasis& basis, const CardTemplate& card,
                          const IssueReason& reason);
// Of those of its decisions that are the recipient's.
v1::Envelope IssueOfMeeting(const IssueBasis& basis, const projections::CardlessMeeting& meeting,
                            const std::string& recipient);

}  // namespace overgang::tiltakskort
