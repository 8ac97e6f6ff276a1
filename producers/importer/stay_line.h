// A line of the file as facts of one stay. docs/import.md says which column gives which fact.
//
// Pure, any thread. A line has no facts or no faults: what is wrong in it is told at once and in
// full. Faults never repeat a value. Times in the file are Oslo's; facts' are UTC.
//
// A fact's id is a UUIDv5 of hospital, visit and what the fact says, so that the same fact has the
// same id in whatever file, line and order it stands, and a line that says more than it did adds
// only what is new. The national number and the birth date take no part: an id can be guessed from
// its parts, and these may not be.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "overgang/v1/envelope.pb.h"
#include "producers/importer/columns.h"

namespace overgang::importer {

inline constexpr int kAgeMax = 130;          // Years.
inline constexpr size_t kTextBytesMax = 64;  // Of visit, ward, discharged_to, outcome.
inline constexpr int kYearMin = 1990;        // Of any time but a birth date.
inline constexpr int kYearMax = 2100;

// Of one line, with every column filled.
inline constexpr int kFactsOfLineMax = 10 + kUkpPeriodsMax * (3 + kAnswersMax);

struct StayLine {
  std::string id_number;            // Empty: the facts have their patient_ref.
  std::vector<v1::Envelope> facts;  // By time, as columns stand for it.
  std::vector<Fault> faults;
};

// `line` has no fault. Nothing may lie after `now` but what is expected or promised.
StayLine ReadStay(const CsvLine& line, const Columns& columns, absl::Time now);

}  // namespace overgang::importer
