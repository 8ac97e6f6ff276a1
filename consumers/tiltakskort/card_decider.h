// What is to be decided of cards: a pure function of what the log says, of the cards and who holds
// which role, and of now. Whoever decides, and however often, decides the same; of each revision
// the first record in the log counts.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "consumers/tiltakskort/cards.h"
#include "projections/cards.h"
#include "projections/levels.h"

namespace overgang::tiltakskort {

// How long the owners of what a meeting decided have to acknowledge it, each.
inline constexpr absl::Duration kMeetingAcknowledgeWithin = absl::Hours(1);
inline constexpr char kMeetingTemplate[] = "mote";

struct CardQuestion {
  const projections::CardsView& view;
  const projections::LevelsView& levels;
  const Cards& cards;
  const Roles& roles;
  const Directory& directory;
  // The kommuner with an utskrivningsklar patient at a hospital now.
  std::function<std::set<std::string>(const std::string& hospital)> kommuner_with_ukp;
  absl::Time now;
  std::string cursor;  // The views that it rests on.
  size_t facts_max;    // The rest is for the next time.
};

// Facts that should be there and are not, in the order in which they are to be appended.
std::vector<v1::Envelope> CardsDue(const CardQuestion& question);

}  // namespace overgang::tiltakskort
