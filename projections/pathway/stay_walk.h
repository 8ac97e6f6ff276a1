// One group of facts becomes one stay: the facts are walked in order, one rule a kind. Pure.
#pragma once

#include <vector>

#include "projections/pathway/stay.h"

namespace overgang::projections {

// Everything of the stay but its id, its aliases, and what it owes to the person's other stays.
void WalkStay(Facts facts, const Group& group, const std::vector<bool>& cancelled,
              DerivedStay* stay);

// Where the stay ends, and whether and when the patient died in it; see docs/rules.md.
Course CourseOf(Facts facts, const Group& group, const std::vector<bool>& cancelled);

// The kommune of stay over time, by its dated moves; see docs/rules.md.
std::vector<KommuneSegment> SegmentsOf(Facts facts, const Group& group, int64_t until_us);

// Adds a finding and its flag, once.
void Flag(v1::StayFlag flag, const HeldFact& because, DerivedStay* stay);
void Flag(v1::StayFlag flag, std::string source, DerivedStay* stay);

}  // namespace overgang::projections
