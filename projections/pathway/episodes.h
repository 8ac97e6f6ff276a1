// What a person's stays are to each other: episodes, transfers between hospitals, readmissions,
// overlaps (docs/rules.md). Pure.
#pragma once

#include <vector>

#include "projections/pathway/stay.h"

namespace overgang::projections {

inline constexpr int kFhiAgeMin = 67;  // At the index admission, by FHI's definition.

// Fills in, of all stays of one person, what depends on the others. `admission_of`: per stay, the
// fact that a finding on it is due to.
void LinkStays(const std::vector<const HeldFact*>& admission_of, std::vector<DerivedStay>* stays);

}  // namespace overgang::projections
