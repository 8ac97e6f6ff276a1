// One stay as computed from its facts. Pure; times in microseconds since 1970 UTC, 0 = absent,
// kNeverUs = goes on.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "overgang/v1/pathway_service.pb.h"
#include "projections/pathway/grouping.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

// A stay, everything that the views keep of it.
struct DerivedStay {
  Uuid id;
  std::vector<Uuid> aliases;  // Other ids that name it.
  int64_t ended_us = 0;       // kNeverUs: open.
  v1::Stay stay;              // As served.
  rows::CensusEntry entry;    // As counted.
};

// All stays of one person.
struct PersonStays {
  Grouping grouping;
  std::vector<int> stay_of_group;  // Per group; kNoStay where the group is no stay.
  std::vector<DerivedStay> stays;
};

PersonStays DeriveStays(Facts facts, bool identity_ambiguous,
                        std::span<const rows::ParkedOf> parked);

}  // namespace overgang::projections
