// Which facts of one person belong to which stay, and which facts never were. Pure.
//
// A fact with a visit key belongs to the stay (hospital, visit). One without joins the stay of its
// hospital whose admission is within 12 hours of the admission that it states (same Oslo date where
// only a date is stated), else the one open at its time; the nearest, then the smallest id, and one
// whose admission was taken back only where there is no other. An admission by PLO within a stay
// that ADT admitted is of that stay, with all that states it. What joins nothing makes a stay of
// its own if it proves that the patient was there. A cancellation
// takes back the newest fact of its kind in its stay that was recorded before it, of its own
// channel where there is one; stays are then found anew without what never was.
#pragma once

#include <vector>

#include "projections/pathway/group.h"

namespace overgang::projections {

struct Grouping {
  std::vector<Group> groups;
  std::vector<int> group_of;    // Per fact; kNoStay for none.
  std::vector<bool> cancelled;  // Per fact.
};

Grouping GroupIntoStays(Facts facts);

}  // namespace overgang::projections
