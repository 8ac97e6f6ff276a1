// One stay as a group of a person's facts: when it began and what ended it. Pure; times in
// microseconds since 1970 UTC.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "projections/pathway/held_fact.h"

namespace overgang::projections {

inline constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
inline constexpr int64_t kSameAdmissionUs =
    12 * kHourUs;  // Two stated admissions this near are one.
// What is stated may be ahead of its message by so much: clocks differ.
inline constexpr int64_t kInFutureUs = kHourUs / 6;
inline constexpr int kNoStay = -1;

struct Group {
  HospitalCode hospital;
  std::string visit_key;  // Empty: no source gave one.
  int founder = -1;       // Index of the fact that made the group, where it has no visit key.
  int64_t admitted_us =
      0;               // By ADT before PLO, the newest recorded; stated where no admission came.
  int admission = -1;  // Index of that admission; -1: not received.
  bool taken_back = false;  // Its admission was, and none is left.
  std::vector<int> facts;   // Indexes, in order of occurrence; the cancelled ones left out.
};

using Facts = std::span<const HeldFact* const>;  // Of one person, sorted.

inline bool IsPlo(const HeldFact& fact) { return fact.channel == v1::CHANNEL_PLO; }

// A discharge or a death.
bool EndsStay(const HeldFact& fact);

// Whether the fact says that the stay ended before this admission: a mistake of its source.
bool EndsBefore(const HeldFact& fact, const HeldFact& admission);

// The fact that ends the group's stay: index, or -1. ADT's word wins over PLO's.
int EndOfStay(Facts facts, const Group& group, const std::vector<bool>& cancelled);

// When that is; kNeverUs where nothing ends it. Not before the admission: of a date alone it is not
// known when on it. An end stated for a time to come counts when its message was made.
int64_t EndTime(Facts facts, const Group& group, int end);
bool EndsInFuture(const HeldFact& fact);

// When ADT last took a discharge of the stay back; what PLO had said of an end by then went with
// it. 0: never.
int64_t AdtTookEndBackUs(Facts facts, const Group& group);

Uuid StayIdOf(Facts facts, const Group& group);
// The id that a fact without visit key gives to the stay that it makes.
Uuid StayIdOfFounder(const HeldFact& fact);

}  // namespace overgang::projections
