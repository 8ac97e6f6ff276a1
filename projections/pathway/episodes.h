// What a person's stays are to each other: episodes, transfers between hospitals, readmissions,
// overlaps (docs/rules.md). Pure.
#pragma once

#include <vector>

#include "projections/pathway/stay.h"

namespace overgang::projections {

inline constexpr int kFhiAgeMin = 67;  // At the index admission, by FHI's definition.

// Of a stay, what its place among the others depends on beside its entry.
struct LinkFacts {
  const HeldFact* admission = nullptr;  // That counts; null: not received.
  int64_t last_us = 0;                  // Where its last fact stands.
};

// Fills in, of all stays of one person, what depends on the others. `facts_of`: per stay.
void LinkStays(const std::vector<LinkFacts>& facts_of, std::vector<DerivedStay>* stays);

}  // namespace overgang::projections
