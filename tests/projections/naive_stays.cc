// Stays, kommune of stay and UKP periods by docs/rules.md, naively.
#include <algorithm>

#include "core/oslo_time.h"
#include "tests/projections/naive_rules.h"

namespace overgang::testing {
namespace {

bool IsAdt(const NaiveFact& fact) { return fact.envelope.source().channel() != v1::CHANNEL_PLO; }

// ADT before PLO, then the newest recorded.
bool CountsBefore(const NaiveFact& a, const NaiveFact& b) {
  if (IsAdt(a) != IsAdt(b)) return IsAdt(a);
  if (a.recorded != b.recorded) return a.recorded > b.recorded;
  return b < a;
}

std::optional<NaiveFact> TheOneThatCounts(const std::vector<NaiveFact>& facts, int kind) {
  std::optional<NaiveFact> best;
  for (const NaiveFact& fact : facts) {
    if (fact.kind == kind && (!best || CountsBefore(fact, *best))) best = fact;
  }
  return best;
}

// Takes out what was taken back; returns how many cancellations of admissions there are.
int TakeBack(std::vector<NaiveFact>* facts) {
  std::vector<NaiveFact> cancellations;
  for (const NaiveFact& fact : *facts)
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) cancellations.push_back(fact);
  std::ranges::sort(cancellations, [](const NaiveFact& a, const NaiveFact& b) {
    return std::tie(a.recorded, a.at, a.envelope.event_id()) <
           std::tie(b.recorded, b.at, b.envelope.event_id());
  });
  int admissions = 0;
  for (const NaiveFact& cancellation : cancellations) {
    const v1::FactCancelled& said = cancellation.envelope.fact_cancelled();
    if (said.kind() == v1::FACT_KIND_PATIENT_ADMITTED) ++admissions;
    if (!said.reference().empty()) {  // PLO's own message, and all that it said of this kind.
      std::erase_if(*facts, [&](const NaiveFact& fact) {
        return fact.kind == said.kind() && !IsAdt(fact) &&
               fact.envelope.source().control_id() == said.reference();
      });
      continue;
    }
    std::optional<NaiveFact> taken;
    const auto consider = [&](bool own_channel_only) {
      for (const NaiveFact& fact : *facts) {
        if (fact.kind != said.kind()) continue;
        if (fact.recorded > cancellation.recorded) continue;
        if (own_channel_only &&
            fact.envelope.source().channel() != cancellation.envelope.source().channel())
          continue;
        if (!taken || std::tie(taken->recorded, *taken) < std::tie(fact.recorded, fact))
          taken = fact;
      }
    };
    consider(true);
    if (!taken) consider(false);
    if (!taken) continue;
    std::erase_if(*facts, [&](const NaiveFact& fact) {
      return fact.envelope.event_id() == taken->envelope.event_id();
    });
  }
  return admissions;
}

// Reading: who was moved, declared utskrivningsklar, discharged or died was there; what the kommune
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

bool FindAdmission(NaiveStay* stay, int admissions_taken_back) {
  stay->admission = TheOneThatCounts(stay->facts, v1::FACT_KIND_PATIENT_ADMITTED);
  if (stay->admission) {
    stay->admitted = stay->admission->at;
    return true;
  }
  if (admissions_taken_back > 0) return false;
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

bool IsOfAnEarlierAdmission(const NaiveStay& stay, const NaiveFact& fact) {
  return StandsBeforeAdmission(stay, fact) && fact.recorded < stay.admission->recorded;
}

bool TellsDeath(const NaiveFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DIED ||
         fact.envelope.patient_discharged().outcome() == "2";
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

void FindEnd(NaiveStay* stay) {
  std::vector<NaiveFact> after_admission, ends;
  for (const NaiveFact& fact : stay->facts) {
    if (fact.kind != v1::FACT_KIND_PATIENT_DISCHARGED && fact.kind != v1::FACT_KIND_PATIENT_DIED)
      continue;
    if (!StandsBeforeAdmission(*stay, fact)) {
      after_admission.push_back(fact);
      if (!IsOverruled(*stay, fact)) ends.push_back(fact);
    } else if (!IsOfAnEarlierAdmission(*stay, fact)) {
      stay->flags.insert(v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION);
    }
  }
  stay->end = TheOneThatCounts(ends, v1::FACT_KIND_PATIENT_DISCHARGED);
  if (!stay->end) stay->end = TheOneThatCounts(ends, v1::FACT_KIND_PATIENT_DIED);
  if (stay->end) stay->ended = std::max(stay->end->at, stay->admitted);
  // Reading: a discharge that tells of it does so wherever it stands.
  for (const NaiveFact& fact : after_admission) {
    if (!TellsDeath(fact)) continue;
    if (!stay->ended || fact.at <= *stay->ended || fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED)
      stay->died = true;
  }
  if (stay->died) stay->flags.insert(v1::STAY_FLAG_DIED);
}

MaybeTime DatedMove(const NaiveFact& fact) {
  if (fact.kind != v1::FACT_KIND_PATIENT_DETAILS_CHANGED ||
      !fact.envelope.patient_details_changed().has_moved_kommune_at())
    return std::nullopt;
  return FromProto(fact.envelope.patient_details_changed().moved_kommune_at());
}

bool IsWithin(const NaiveStay& stay, absl::Time at) {
  return at > stay.admitted && (!stay.ended || at < *stay.ended);
}

bool SaysKommune(const std::string& kommune) { return !kommune.empty() && kommune != "9999"; }

// In which segment the fact's word stands. Reading: a dated move speaks for the segment that it
// begins, with the weight of the time at which it was told.
size_t SegmentOf(const NaiveStay& stay, const std::vector<absl::Time>& from,
                 const NaiveFact& fact) {
  absl::Time at = fact.at;
  if (const MaybeTime move = DatedMove(fact); move && IsWithin(stay, *move)) at = *move;
  size_t segment = 0;
  for (size_t i = 1; i < from.size(); ++i)
    if (from[i] <= at) segment = i;
  return segment;
}

// The last word of PLO, else the last of others.
std::string WordIn(const NaiveStay& stay, const std::vector<absl::Time>& from, size_t segment) {
  for (const bool adt : {false, true}) {
    std::string word;
    for (const NaiveFact& fact : stay.facts) {
      if (IsAdt(fact) != adt || !SaysKommune(fact.envelope.stay_kommune())) continue;
      if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) continue;
      if (SegmentOf(stay, from, fact) == segment) word = fact.envelope.stay_kommune();
    }
    if (!word.empty()) return word;
  }
  return "";
}

void FindSegments(NaiveStay* stay) {
  std::set<absl::Time> begins;
  for (const NaiveFact& fact : stay->facts) {
    const MaybeTime move = DatedMove(fact);
    if (move && IsWithin(*stay, *move)) begins.insert(*move);
  }
  std::vector<absl::Time> from = {stay->admitted};
  from.insert(from.end(), begins.begin(), begins.end());
  for (size_t i = 0; i < from.size(); ++i)
    stay->segments.emplace_back(from[i], WordIn(*stay, from, i));
  auto& segments = stay->segments;
  for (size_t i = 1; i < segments.size(); ++i)
    if (segments[i].second.empty()) segments[i].second = segments[i - 1].second;
  for (size_t i = segments.size() - 1; i > 0; --i)
    if (segments[i - 1].second.empty()) segments[i - 1].second = segments[i].second;
  if (segments[0].second.empty())
    for (auto& segment : segments) segment.second = stay->residence_kommune;
  stay->stay_kommune = segments.back().second;
  for (size_t i = 1; i < segments.size(); ++i)
    if (segments[i].second != segments[i - 1].second) stay->flags.insert(v1::STAY_FLAG_MOVED);
}

std::string KommuneAt(const NaiveStay& stay, absl::Time at) {
  std::string kommune = stay.segments[0].second;
  for (const auto& [from, of] : stay.segments)
    if (from <= at) kommune = of;
  return kommune;
}

v1::UkpEnd EndBy(const NaiveFact& end, bool died) {
  if (died) return v1::UKP_END_DIED;
  if (end.envelope.patient_discharged().to_specialist_care()) return v1::UKP_END_TRANSFERRED;
  return v1::UKP_END_DISCHARGED;
}

// From declaration to withdrawal or end, moves aside.
std::vector<NaivePeriod> WithoutMoves(const NaiveStay& stay) {
  std::vector<NaivePeriod> periods;
  bool goes_on = false;
  const auto close = [&](absl::Time at, int place, v1::UkpEnd end) {
    if (!goes_on) return;
    goes_on = false;
    periods.back().until = at;
    periods.back().closed_at = place;
    periods.back().end = end;
  };
  const int count = static_cast<int>(stay.facts.size());
  for (int i = 0; i < count; ++i) {
    const NaiveFact& fact = stay.facts[static_cast<size_t>(i)];
    if (stay.ended && fact.at > *stay.ended) continue;
    if (fact.kind == v1::FACT_KIND_UKP_DECLARED && !goes_on) {
      goes_on = true;
      NaivePeriod period;
      period.since = fact.at;
      period.opened_at = i;
      period.closed_at = count;
      periods.push_back(period);
    }
    if (fact.kind == v1::FACT_KIND_UKP_WITHDRAWN) close(fact.at, i, v1::UKP_END_WITHDRAWN);
    if (fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED && IsOfAnEarlierAdmission(stay, fact))
      close(fact.at, i, EndBy(fact, TellsDeath(fact)));
  }
  if (stay.ended && goes_on) {
    close(*stay.ended, count, EndBy(*stay.end, stay.died));
    periods.back().ended_by_stay = true;
  }
  return periods;
}

// Parts a period where a segment of another kommune begins within it.
std::vector<NaivePeriod> PartByMoves(const NaiveStay& stay, NaivePeriod period) {
  std::vector<NaivePeriod> parts;
  period.kommune = KommuneAt(stay, period.since);
  for (const auto& [from, kommune] : stay.segments) {
    if (from <= period.since || (period.until && from > *period.until)) continue;
    if (kommune == period.kommune) continue;
    NaivePeriod before = period;
    before.until = from;
    before.end = v1::UKP_END_MOVED;
    before.ended_by_stay = false;
    parts.push_back(before);
    period.since = from;
    period.kommune = kommune;
    period.declared = false;
  }
  parts.push_back(period);
  return parts;
}

// Whether the fact at this place of the list stands within the period.
bool StandsWithin(const NaiveStay& stay, const NaivePeriod& period, int place) {
  const absl::Time at = stay.facts[static_cast<size_t>(place)].at;
  if (stay.ended && at > *stay.ended) return false;
  if (place < period.opened_at || place > period.closed_at) return false;
  if (!period.declared && at < period.since) return false;
  return period.end != v1::UKP_END_MOVED || at < *period.until;
}

// From when on the patient was of the kommune that it is of at this time.
absl::Time LastMoveUntil(const NaiveStay& stay, absl::Time at) {
  absl::Time moved = absl::InfinitePast();
  for (size_t i = 1; i < stay.segments.size(); ++i)
    if (stay.segments[i].first <= at && stay.segments[i].second != stay.segments[i - 1].second)
      moved = stay.segments[i].first;
  return moved;
}

void FindNotices(NaiveStay* stay) {
  for (size_t p = 0; p < stay->periods.size(); ++p) {
    NaivePeriod& period = stay->periods[p];
    const NaiveFact* notice = nullptr;
    for (size_t i = 0; i < stay->facts.size() && notice == nullptr; ++i) {
      const NaiveFact& fact = stay->facts[i];
      if (fact.kind != v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP) continue;
      const int place = static_cast<int>(i);
      bool counts = StandsWithin(*stay, period, place);
      // While none goes on, it counts for the next.
      if (!counts && period.declared && place < period.opened_at) {
        counts = (p == 0 || place > stay->periods[p - 1].closed_at) &&
                 fact.at >= LastMoveUntil(*stay, period.since);
      }
      if (counts) notice = &fact;
    }
    if (notice == nullptr) continue;
    period.notified = std::max(notice->at, period.since);
    const v1::KommuneNotifiedOfUkp& said = notice->envelope.kommune_notified_of_ukp();
    if (said.has_sent_at()) period.notice_sent = FromProto(said.sent_at());
  }
}

void FindAnswers(NaiveStay* stay) {
  for (size_t i = 0; i < stay->facts.size(); ++i) {
    const NaiveFact& fact = stay->facts[i];
    if (fact.kind != v1::FACT_KIND_KOMMUNE_ANSWERED) continue;
    const v1::KommuneAnswered& said = fact.envelope.kommune_answered();
    bool belongs = false;
    for (NaivePeriod& period : stay->periods) {
      if (!StandsWithin(*stay, period, static_cast<int>(i))) continue;
      belongs = true;
      period.answers.push_back({fact.at, said.can_receive(), std::nullopt});
      if (said.has_from_date()) period.answers.back().from = FromProto(said.from_date());
      break;
    }
    if (!belongs) stay->flags.insert(v1::STAY_FLAG_ANSWER_WITHOUT_UKP);
  }
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

// What every fact may say in passing.
void FindWords(NaiveStay* stay) {
  const std::string residence = LastWord(*stay, std::string(), [](const v1::Envelope& said) {
    return SaysKommune(said.residence_kommune()) ? said.residence_kommune() : "";
  });
  stay->residence_kommune = residence.empty() ? "9999" : residence;
  stay->sector = LastWord(*stay, v1::SECTOR_UNSPECIFIED,
                          [](const v1::Envelope& said) { return said.sector(); });
  if (stay->sector == v1::SECTOR_UNSPECIFIED) stay->sector = v1::SECTOR_SOMATIKK;
  stay->age = LastWord(*stay, 0, [](const v1::Envelope& said) { return said.age_at_admission(); });
  for (const NaiveFact& fact : stay->facts) {
    const v1::Envelope& said = fact.envelope;
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) continue;
    if (fact.kind == v1::FACT_KIND_KOMMUNE_KNOWS_PATIENT)
      stay->services = said.kommune_knows_patient().services();
    if (said.time_ambiguous()) stay->flags.insert(v1::STAY_FLAG_TIME_AMBIGUOUS);
    if (fact.kind == v1::FACT_KIND_UKP_DECLARED && fact.at > fact.recorded + absl::Minutes(10))
      stay->flags.insert(v1::STAY_FLAG_UKP_IN_FUTURE);
  }
  if (stay->services == v1::KommuneKnowsPatient::SERVICES_NONE)
    stay->flags.insert(v1::STAY_FLAG_NEW_TO_KOMMUNE);
  if (!stay->admission) return;
  const v1::Envelope& admission = stay->admission->envelope;
  stay->urgency = admission.patient_admitted().urgency();
  if (admission.age_at_admission() != 0) stay->age = admission.age_at_admission();
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

void FindStay(NaiveStay* stay, bool* exists) {
  const int admissions_taken_back = TakeBack(&stay->facts);
  *exists = FindAdmission(stay, admissions_taken_back);
  if (!*exists) return;
  FindEnd(stay);
  FindWords(stay);
  FindSegments(stay);
  FindLateFacts(stay);
}

void FindPeriods(NaiveStay* stay) {
  for (const NaivePeriod& period : WithoutMoves(*stay)) {
    const auto parts = PartByMoves(*stay, period);
    stay->periods.insert(stay->periods.end(), parts.begin(), parts.end());
  }
  FindNotices(stay);
  FindAnswers(stay);
}

}  // namespace overgang::testing
