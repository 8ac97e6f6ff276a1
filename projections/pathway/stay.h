// Stays as computed from the facts of one person. Pure; times in microseconds since 1970 UTC, 0 =
// absent, kNeverUs = goes on.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "overgang/v1/pathway_service.pb.h"
#include "projections/pathway/entry.h"
#include "projections/pathway/grouping.h"
#include "projections/pathway/matter.h"
#include "projections/pathway/ukp_periods.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

inline constexpr int64_t kEpisodeGapUs = 8 * kHourUs;  // Stays this far apart are two episodes.
inline constexpr int64_t kLateFactUs = 365 * 24 * kHourUs;  // After the end of its stay.

// Which facts a stay's numbers rest on, by event id; not stored, found anew where it is asked for.
struct StayTrace {
  struct Period {
    std::string declared, notice, ended;  // Empty: none.
    std::vector<std::string> began;       // Declaration and moves that it rests on.
    std::vector<std::string> replies;
  };
  std::string admission_notice;
  std::vector<Period> periods;
};

// What is wrong in the data of a stay, and whose word it was ("plo:59").
using Finding = std::pair<v1::StayFlag, std::string>;

// A stay, everything that the views keep of it.
struct DerivedStay {
  Uuid id;
  PatientRef home;  // Of the person: the smallest that a fact is of. Tells two persons apart
                    // who are said to have the same visit.
  std::vector<PatientRef> refs;   // All others of the person that facts are of; sorted.
  std::vector<Uuid> aliases;      // Other ids that name it; sorted.
  v1::Stay stay;                  // As served, without what FillDerived adds.
  StayEntry entry;                // As counted.
  StayWho who;                    // As decided on.
  std::vector<Finding> findings;  // Sorted, each once.
};

// All stays of one person.
struct PersonStays {
  Grouping grouping;
  std::vector<int> stay_of_group;  // Per group; kNoStay where the group is no stay.
  std::vector<DerivedStay> stays;
};

PersonStays DeriveStays(Facts facts, bool identity_ambiguous,
                        std::span<const rows::ParkedOf> parked);

// What one stay of the person rests on; `group` as in PersonStays.
StayTrace TraceOf(Facts facts, const Grouping& grouping, size_t group);

}  // namespace overgang::projections
