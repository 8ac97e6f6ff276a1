// When a patient was utskrivningsklar, and for whom: periods from the facts of one stay
// (docs/rules.md). Pure.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "projections/pathway/entry.h"
#include "projections/pathway/grouping.h"
#include "projections/tables.h"

namespace overgang::projections {

// From when on the patient is of which kommune.
struct KommuneSegment {
  int64_t from_us = 0;
  KommuneCode kommune;
  int told_by = -1;  // What told the move that began it; index as in Facts, -1: the first segment.
};

// Where a stay's course ends.
struct Course {
  int end = -1;                 // The fact that ended the stay; -1: none.
  int64_t ended_us = kNeverUs;  // When the stay ended.
  int death = -1;               // The fact that tells when the patient died in the stay; -1: none.
  int64_t died_us = kNeverUs;   // When, not after ended_us.
  bool died = false;            // In the stay, known when or not.
  // What stands later counts for nothing.
  int64_t until_us() const { return std::min(ended_us, died_us); }
};

// Which facts a period rests on; indexes as in Facts, -1: none.
struct PeriodTrace {
  int declared = -1;  // The declaration that began it.
  int moved = -1;     // Or what told the move that began it.
  int notice = -1;
  int ended = -1;
  std::vector<int> replies;
};

struct UkpPeriods {
  std::vector<UkpPeriod> periods;  // By time.
  std::vector<PeriodTrace> trace;  // Per period.
  std::vector<int> stray_replies;  // Answers outside every period.
};

// `segments`: at least one, by time; each but the first begins with a move. `cancelled`: as in
// Grouping.
UkpPeriods FindUkpPeriods(Facts facts, const Group& group, std::span<const KommuneSegment> segments,
                          const Course& course, const std::vector<bool>& cancelled);

// When a positive receipt came of the PLO message with this id; 0: none did.
int64_t ReceiptOf(Facts facts, const Group& group, v1::FactKind notice, std::string_view message);

}  // namespace overgang::projections
