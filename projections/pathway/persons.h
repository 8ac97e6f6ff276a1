// Which facts of a cluster belong to the same person. A cluster is all facts whose references touch
// in any way; within it, persons are the connected sets of references by merges and by aliases,
// where an alias seen with two persons links neither. Pure: depends on the set of facts only.
#pragma once

#include <span>
#include <vector>

#include "projections/pathway/held_fact.h"

namespace overgang::projections {

struct Persons {
  std::vector<int> of_fact;     // Per fact, the person's index.
  std::vector<bool> ambiguous;  // Per person: an alias of it was seen with another person, or it is
                                // such an alias itself.
};

Persons FindPersons(std::span<const FactSlot> facts);

}  // namespace overgang::projections
