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

// One period as utskrivningsklar.
struct UkpSpan {
  int64_t since_us = 0;
  int64_t until_us = 0;         // kNeverUs: goes on.
  int64_t first_answer_us = 0;  // kNeverUs: none.
  bool operator==(const UkpSpan&) const = default;
};

// What the census needs of one stay; stored as rows.CensusEntry.
struct CensusEntry {
  KommuneCode stay_kommune;
  KommuneCode residence_kommune;
  HospitalCode hospital;
  v1::Sector sector = v1::SECTOR_UNSPECIFIED;
  int64_t admitted_us = 0;
  int64_t expected_us = 0;  // 0: none.
  bool new_to_kommune = false;
  bool corridor = false;
  std::vector<UkpSpan> spans;

  bool operator==(const CensusEntry&) const = default;
  std::string Serialize() const;
  // False where the row cannot be read.
  static bool Parse(std::string_view row, CensusEntry* entry);
};

// A stay, everything that the views keep of it.
struct DerivedStay {
  Uuid id;
  PatientRef home;  // Of the person: the smallest that a fact is of. Tells two persons apart
                    // who are said to have the same visit.
  std::vector<Uuid> aliases;  // Other ids that name it.
  int64_t ended_us = 0;       // kNeverUs: open.
  v1::Stay stay;              // As served.
  CensusEntry entry;          // As counted.
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
