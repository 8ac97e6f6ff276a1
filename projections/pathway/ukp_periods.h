// When a patient was utskrivningsklar, and for whom: periods from the facts of one stay
// (docs/rules.md). Pure.
#pragma once

#include <span>
#include <vector>

#include "projections/pathway/entry.h"
#include "projections/pathway/grouping.h"

namespace overgang::projections {

// From when on the patient is of which kommune.
struct KommuneSegment {
  int64_t from_us = 0;
  KommuneCode kommune;
};

// Which facts a period rests on; indexes as in Facts, -1: none.
struct PeriodTrace {
  int declared = -1;
  int notice = -1;
  int ended = -1;
  std::vector<int> replies;
};

struct UkpPeriods {
  std::vector<UkpPeriod> periods;  // By time.
  std::vector<PeriodTrace> trace;  // Per period.
  std::vector<int> stray_replies;  // Answers outside every period.
};

// `segments`: at least one, by time; each but the first begins with a move. `end`: the fact that
// ended the stay, or -1. `died`: the stay ended with the patient's death.
UkpPeriods FindUkpPeriods(Facts facts, const Group& group, std::span<const KommuneSegment> segments,
                          int end, bool died);

// When a positive receipt came of the PLO message with this id; 0: none did.
int64_t ReceiptOf(Facts facts, const Group& group, v1::FactKind notice, std::string_view message);

}  // namespace overgang::projections
