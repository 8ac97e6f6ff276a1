// Stays: admission, end and what is said in passing, by docs/rules.md,
// naively.
#include <algorithm>

#include "core/oslo_time.h"
#include "tests/projections/naive_rules.h"

namespace overgang::testing {
namespace {

// ADT before PLO, then the newest recorded.
bool CountsBefore(const NaiveFact& a, const NaiveFact& b) {
  if (IsAdt(a) != IsAdt(b)) return IsAdt(a);
  if (a.recorded != b.recorded) return a.recorded > b.recorded;
  return b < a;
}

bool FindAdmission(NaiveStay* stay) {
  stay->admission = TheOneThatCounts(stay->facts, v1::FACT_KIND_PATIENT_ADMITTED);
  if (stay->admission) {
    stay->admitted = stay->admission->at;
    return true;
  }
  if (std::ranges::any_of(stay->facts, TakesBackAnAdmission)) return false;
  stay->flags.insert(v1::STAY_FLAG_ADMISSION_NOT_RECEIVED);
  const auto proof = std::ranges::find_if(stay->facts, ProvesThatThePatientWasThere);
  if (proof == stay->facts.end()) return false;
  stay->admitted = proof->at;
  for (const NaiveFact& fact : stay->facts) {
    if (!fact.envelope.has_stated_admission_at()) continue;
    stay->admitted = FromProto(fact.envelope.stated_admission_at());
    break;
  }
  return true;
}

// Where one of the two has only a date and both are on it, which came first is not known.
bool OnTheDateOfAdmission(const NaiveStay& stay, const NaiveFact& fact) {
  return (fact.envelope.occurred_precision() == v1::PRECISION_DAY ||
          stay.admission->envelope.occurred_precision() == v1::PRECISION_DAY) &&
         OsloDate(fact.at) == OsloDate(stay.admitted);
}

bool StandsBeforeAdmission(const NaiveStay& stay, const NaiveFact& fact) {
  return stay.admission && fact.at < stay.admitted && !OnTheDateOfAdmission(stay, fact);
}

// ADT took a discharge back and knew better than what PLO had said by then.
bool IsOverruled(const NaiveStay& stay, const NaiveFact& end) {
  if (IsAdt(end)) return false;
  for (const NaiveFact& fact : stay.facts) {
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED && IsAdt(fact) &&
        fact.envelope.fact_cancelled().kind() == v1::FACT_KIND_PATIENT_DISCHARGED &&
        end.recorded <= fact.recorded)
      return true;
  }
  return false;
}

bool IsEnd(const NaiveFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED || fact.kind == v1::FACT_KIND_PATIENT_DIED;
}

bool IsToCome(const NaiveFact& fact) { return fact.at > fact.recorded + absl::Minutes(10); }

// What is stated for a time to come happened when it was said.
absl::Time HappenedAt(const NaiveFact& fact) { return IsToCome(fact) ? fact.recorded : fact.at; }

// Whoever told of a death in passing takes it back with a discharge, or a death, that never was.
bool DeathWasTakenBack(const NaiveStay& stay, const NaiveFact& fact) {
  if (!fact.envelope.patient_details_changed().has_died_at()) return false;
  for (const NaiveFact& other : stay.facts) {
    const v1::FactCancelled& said = other.envelope.fact_cancelled();
    const bool of_an_end = said.kind() == v1::FACT_KIND_PATIENT_DISCHARGED ||
                           said.kind() == v1::FACT_KIND_PATIENT_DIED;
    if (other.kind == v1::FACT_KIND_FACT_CANCELLED && of_an_end && said.reference().empty() &&
        other.envelope.source().channel() == fact.envelope.source().channel() &&
        other.recorded >= fact.recorded)
      return true;
  }
  return false;
}

// When the patient died in the stay, by this fact.
MaybeTime DeathBy(const NaiveStay& stay, const NaiveFact& fact) {
  const v1::PatientDetailsChanged& details = fact.envelope.patient_details_changed();
  absl::Time at = std::max(HappenedAt(fact), stay.admitted);
  bool date_alone = fact.envelope.occurred_precision() == v1::PRECISION_DAY;
  if (details.has_died_at()) {
    at = FromProto(details.died_at());
    if (at > fact.recorded + absl::Minutes(10)) at = fact.recorded;
    date_alone = details.died_precision() == v1::PRECISION_DAY;
  } else if (fact.kind != v1::FACT_KIND_PATIENT_DIED) {
    return std::nullopt;
  }
  if (date_alone && OsloDate(at) >= OsloDate(stay.admitted) &&
      (!stay.ended || OsloDate(at) <= OsloDate(*stay.ended))) {
    at = std::max(at, stay.admitted);
    return stay.ended ? std::min(at, *stay.ended) : at;
  }
  if (at < stay.admitted || (stay.ended && at > *stay.ended)) return std::nullopt;
  return at;
}

void FindDeath(NaiveStay* stay) {
  std::optional<NaiveFact> told_by;
  for (const NaiveFact& fact : stay->facts) {
    if (IsOverruled(*stay, fact) || (IsEnd(fact) && StandsBeforeAdmission(*stay, fact))) continue;
    if (fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED && TellsDeath(fact)) stay->died = true;
    const MaybeTime death = DeathBy(*stay, fact);
    if (!death || DeathWasTakenBack(*stay, fact) || (told_by && CountsBefore(*told_by, fact)))
      continue;
    told_by = fact;
    stay->death = death;
  }
  if (!told_by) return;
  stay->died = true;
  if (stay->ended) return;
  stay->end = told_by;
  stay->ended = stay->death;
}

// The last word of ADT and others, else the last of PLO.
template <typename Word, typename Of>
Word LastWord(const NaiveStay& stay, Word none, Of of) {
  for (const bool adt : {true, false}) {
    Word word = none;
    for (const NaiveFact& fact : stay.facts) {
      if (IsAdt(fact) != adt || fact.kind == v1::FACT_KIND_FACT_CANCELLED) continue;
      if (const Word said = of(fact.envelope); said != none) word = said;
    }
    if (word != none) return word;
  }
  return none;
}

// 0: says none.
int AgeIn(const v1::Envelope& said) {
  return said.age_at_admission() > 0 && said.age_at_admission() <= 130 ? said.age_at_admission()
                                                                       : 0;
}

bool DiedInFuture(const NaiveFact& fact) {
  const v1::PatientDetailsChanged& said = fact.envelope.patient_details_changed();
  const absl::Time died = FromProto(said.died_at());
  const bool on_its_date =
      said.died_precision() == v1::PRECISION_DAY && OsloDate(died) == OsloDate(fact.recorded);
  return died > fact.recorded + absl::Minutes(10) && !on_its_date;
}

// What every fact may say in passing.
void FindWords(NaiveStay* stay) {
  const std::string residence = LastWord(*stay, std::string(), [](const v1::Envelope& said) {
    return SaysKommune(said.residence_kommune()) ? said.residence_kommune() : "";
  });
  stay->residence_kommune = residence.empty() ? "9999" : residence;
  stay->sector = LastWord(*stay, v1::SECTOR_UNSPECIFIED, [](const v1::Envelope& said) {
    const bool of_ward = said.source().channel() == v1::CHANNEL_HL7V2;
    return of_ward && said.ward().empty() ? v1::SECTOR_UNSPECIFIED : said.sector();
  });
  if (stay->sector == v1::SECTOR_UNSPECIFIED) stay->sector = v1::SECTOR_SOMATIKK;
  stay->age = LastWord(*stay, 0, AgeIn);
  for (const NaiveFact& fact : stay->facts) {
    const v1::Envelope& said = fact.envelope;
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) continue;
    if (fact.kind == v1::FACT_KIND_KOMMUNE_KNOWS_PATIENT)
      stay->services = said.kommune_knows_patient().services();
    if (said.time_ambiguous()) stay->flags.insert(v1::STAY_FLAG_TIME_AMBIGUOUS);
    if (fact.kind == v1::FACT_KIND_UKP_DECLARED && fact.at > fact.recorded + absl::Minutes(10))
      stay->flags.insert(v1::STAY_FLAG_UKP_IN_FUTURE);
    if (said.patient_details_changed().has_died_at() && DiedInFuture(fact) &&
        !DeathWasTakenBack(*stay, fact))
      stay->flags.insert(v1::STAY_FLAG_END_IN_FUTURE);
    if (fact.kind == v1::FACT_KIND_UKP_DECLARED && fact.at < stay->admitted)
      stay->flags.insert(v1::STAY_FLAG_UKP_BEFORE_ADMISSION);
  }
  if (stay->services == v1::KommuneKnowsPatient::SERVICES_NONE)
    stay->flags.insert(v1::STAY_FLAG_NEW_TO_KOMMUNE);
  if (!stay->admission) return;
  const v1::Envelope& admission = stay->admission->envelope;
  stay->urgency = admission.patient_admitted().urgency();
  if (AgeIn(admission) != 0) stay->age = AgeIn(admission);
  stay->imported = admission.source().channel() == v1::CHANNEL_IMPORT;
}

void FindLateFacts(NaiveStay* stay) {
  if (!stay->ended) return;
  for (const NaiveFact& fact : stay->facts) {
    if (fact.envelope.source().channel() == v1::CHANNEL_IMPORT) continue;
    if (fact.recorded > *stay->ended + 365 * absl::Hours(24))
      stay->flags.insert(v1::STAY_FLAG_LATE_FACT);
  }
}

}  // namespace

std::optional<NaiveFact> TheOneThatCounts(const std::vector<NaiveFact>& facts, int kind) {
  std::optional<NaiveFact> best;
  for (const NaiveFact& fact : facts) {
    if (fact.kind == kind && (!best || CountsBefore(fact, *best))) best = fact;
  }
  return best;
}

// Who was moved, declared utskrivningsklar, discharged or died was there; what the kommune
// knew or said does not prove it.
bool ProvesThatThePatientWasThere(const NaiveFact& fact) {
  switch (fact.kind) {
    case v1::FACT_KIND_PATIENT_TRANSFERRED:
    case v1::FACT_KIND_UKP_DECLARED:
    case v1::FACT_KIND_PATIENT_DISCHARGED:
    case v1::FACT_KIND_PATIENT_DIED:
      return true;
    default:
      return false;
  }
}

bool TakesBackAnAdmission(const NaiveFact& fact) {
  return fact.kind == v1::FACT_KIND_FACT_CANCELLED &&
         fact.envelope.fact_cancelled().kind() == v1::FACT_KIND_PATIENT_ADMITTED;
}

void FindEnd(NaiveStay* stay) {
  std::vector<NaiveFact> ends;
  for (const NaiveFact& fact : stay->facts) {
    if (!IsEnd(fact)) continue;
    if (IsToCome(fact)) stay->flags.insert(v1::STAY_FLAG_END_IN_FUTURE);
    if (!StandsBeforeAdmission(*stay, fact)) {
      if (!IsOverruled(*stay, fact)) ends.push_back(fact);
    } else if (!IsOfAnEarlierAdmission(*stay, fact)) {
      stay->flags.insert(v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION);
    }
  }
  stay->end = TheOneThatCounts(ends, v1::FACT_KIND_PATIENT_DISCHARGED);
  if (!stay->end) stay->end = TheOneThatCounts(ends, v1::FACT_KIND_PATIENT_DIED);
  if (stay->end) stay->ended = std::max(HappenedAt(*stay->end), stay->admitted);
  FindDeath(stay);
  if (stay->died) stay->flags.insert(v1::STAY_FLAG_DIED);
}

bool IsOfAnEarlierAdmission(const NaiveStay& stay, const NaiveFact& fact) {
  return StandsBeforeAdmission(stay, fact) && fact.recorded < stay.admission->recorded;
}

void FindStay(NaiveStay* stay, bool* exists) {
  *exists = FindAdmission(stay);
  if (!*exists) return;
  FindEnd(stay);
  FindWords(stay);
  FindLateFacts(stay);
}

}  // namespace overgang::testing
