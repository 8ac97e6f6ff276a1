// Kommune of stay and UKP periods by docs/rules.md, naively.
#include <algorithm>
#include <limits>
#include <optional>

#include "core/oslo_time.h"
#include "tests/projections/naive_rules.h"

namespace overgang::testing {
namespace {

MaybeTime DatedMove(const NaiveFact& fact) {
  if (fact.kind != v1::FACT_KIND_PATIENT_DETAILS_CHANGED ||
      !fact.envelope.patient_details_changed().has_moved_kommune_at())
    return std::nullopt;
  return FromProto(fact.envelope.patient_details_changed().moved_kommune_at());
}

bool IsWithin(const NaiveStay& stay, absl::Time at) {
  return at > stay.admitted && (!stay.until() || at < *stay.until());
}

// A move that the patient was not there for any more: none, and no word either.
bool MovesAfterTheEnd(const NaiveStay& stay, const NaiveFact& fact) {
  const MaybeTime move = DatedMove(fact);
  return move && stay.until() && *move >= *stay.until();
}

// In which segment the fact's word stands. A dated move speaks for the segment that it
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
      if (fact.kind == v1::FACT_KIND_FACT_CANCELLED || MovesAfterTheEnd(stay, fact)) continue;
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

v1::UkpEnd EndBy(const NaiveFact& end, bool died) {
  if (died) return v1::UKP_END_DIED;
  if (end.envelope.patient_discharged().to_specialist_care()) return v1::UKP_END_TRANSFERRED;
  return v1::UKP_END_DISCHARGED;
}

// Whether one goes on after this many of the facts, as they are ordered.
bool GoesOnAfter(const NaiveStay& stay, size_t count);

// Of declarations and withdrawals that tie, those that change something take turns.
void TakeTurns(NaiveStay* stay) {
  auto& facts = stay->facts;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].kind != v1::FACT_KIND_UKP_DECLARED || !GoesOnAfter(*stay, i)) continue;
    for (size_t j = i + 1; j < facts.size(); ++j) {
      if (facts[j].kind != v1::FACT_KIND_UKP_WITHDRAWN || facts[j].at != facts[i].at ||
          facts[j].recorded != facts[i].recorded)
        continue;
      const NaiveFact withdrawn = facts[j];
      facts.erase(facts.begin() + static_cast<std::ptrdiff_t>(j));
      facts.insert(facts.begin() + static_cast<std::ptrdiff_t>(i), withdrawn);
      break;
    }
  }
}

// From declaration to withdrawal or end, moves aside.
std::vector<NaivePeriod> WithoutMoves(const NaiveStay& stay) {
  std::vector<NaivePeriod> periods;
  bool goes_on = false;
  const auto close = [&](absl::Time at, int place, v1::UkpEnd end) {
    if (!goes_on) return;
    goes_on = false;
    if (at < periods.back().since) return periods.pop_back();  // Over before the admission.
    periods.back().until = at;
    periods.back().closed_at = place;
    periods.back().end = end;
  };
  const int count = static_cast<int>(stay.facts.size());
  for (int i = 0; i < count; ++i) {
    const NaiveFact& fact = stay.facts[static_cast<size_t>(i)];
    if (stay.until() && fact.at > *stay.until()) continue;
    if (fact.kind == v1::FACT_KIND_UKP_DECLARED && !goes_on) {
      goes_on = true;
      NaivePeriod period;
      period.since = std::max(fact.at, stay.admitted);
      period.opened_at = i;
      period.closed_at = count;
      periods.push_back(period);
    }
    if (fact.kind == v1::FACT_KIND_UKP_WITHDRAWN) close(fact.at, i, v1::UKP_END_WITHDRAWN);
    if (fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED && IsOfAnEarlierAdmission(stay, fact))
      close(fact.at, i, EndBy(fact, TellsDeath(fact)));
  }
  if (stay.ended && goes_on) {
    close(*stay.until(), count, EndBy(*stay.end, stay.died));
    periods.back().ended_by_stay = true;
  }
  return periods;
}

bool GoesOnAfter(const NaiveStay& stay, size_t count) {
  NaiveStay so_far = stay;
  so_far.facts.resize(count);
  const auto periods = WithoutMoves(so_far);
  return !periods.empty() && (!periods.back().until || periods.back().ended_by_stay);
}

// Parts a period where a segment of another kommune begins within it.
std::vector<NaivePeriod> PartByMoves(const NaiveStay& stay, NaivePeriod period) {
  std::vector<NaivePeriod> parts;
  period.kommune = NaiveKommuneAt(stay, period.since);
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
  if (stay.until() && at > *stay.until()) return false;
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

// The place of the declaration among these that a notice names; -1: none.
int PlaceOfNamed(const std::vector<NaiveFact>& facts, const v1::Envelope& notice) {
  const std::string& id = notice.kommune_notified_of_ukp().notice_id();
  const bool by_plo = notice.source().channel() == v1::CHANNEL_PLO;
  for (size_t i = 0; i < facts.size(); ++i) {
    const v1::Envelope& fact = facts[i].envelope;
    if (!fact.has_ukp_declared() || id.empty()) continue;
    if (by_plo ? fact.source().channel() == v1::CHANNEL_PLO && fact.source().control_id() == id
               : fact.event_id() == id)
      return static_cast<int>(i);
  }
  return -1;
}

// From which place of the list on a notice counts for a period; nothing: it is not of it.
std::optional<int> CountsFrom(const NaiveStay& stay, size_t p, int place) {
  const NaivePeriod& period = stay.periods[p];
  const NaiveFact& notice = stay.facts[static_cast<size_t>(place)];
  const int named = PlaceOfNamed(stay.facts, notice.envelope);
  const bool within = StandsWithin(stay, period, place);
  if (named >= 0) {
    if (!StandsWithin(stay, period, named)) return std::nullopt;
    if (place < named) return named;
    return within ? std::optional(place) : std::nullopt;
  }
  if (PlaceOfNamed(stay.taken_back, notice.envelope) >= 0) return std::nullopt;
  if (within) return place;
  // While none goes on, it counts for the next.
  if (period.declared && place < period.opened_at &&
      (p == 0 || place > stay.periods[p - 1].closed_at) &&
      notice.at >= LastMoveUntil(stay, period.since))
    return period.opened_at;
  return std::nullopt;
}

void FindNotices(NaiveStay* stay) {
  for (size_t p = 0; p < stay->periods.size(); ++p) {
    NaivePeriod& period = stay->periods[p];
    int first = std::numeric_limits<int>::max();
    for (size_t i = 0; i < stay->facts.size(); ++i) {
      const NaiveFact& notice = stay->facts[i];
      if (notice.kind != v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP) continue;
      const std::optional<int> from = CountsFrom(*stay, p, static_cast<int>(i));
      if (!from || *from >= first) continue;
      first = *from;
      period.notified =
          std::max({notice.at, period.since, stay->facts[static_cast<size_t>(first)].at});
      const v1::KommuneNotifiedOfUkp& said = notice.envelope.kommune_notified_of_ukp();
      period.notice_sent = std::nullopt;
      if (said.has_sent_at()) period.notice_sent = FromProto(said.sent_at());
    }
  }
}

void FindMessages(NaiveStay* stay) {
  for (NaivePeriod& period : stay->periods) {
    for (size_t i = 0; i < stay->facts.size() && !period.message; ++i) {
      const NaiveFact& fact = stay->facts[i];
      if (fact.kind == v1::FACT_KIND_UKP_DECLARED && !IsAdt(fact) &&
          StandsWithin(*stay, period, static_cast<int>(i)))
        period.message = fact;
    }
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
}  // namespace

std::string NaiveKommuneAt(const NaiveStay& stay, absl::Time at) {
  std::string kommune = stay.segments[0].second;
  for (const auto& [from, of] : stay.segments)
    if (from <= at) kommune = of;
  return kommune;
}

MaybeTime NaiveWaitsSince(const NaiveStay& stay, absl::Time at) {
  MaybeTime since;
  if (stay.ended) return since;
  for (const NaivePeriod& period : stay.periods) {
    if (period.since > at) break;
    if (period.declared) since = period.since;
    if (period.until && *period.until <= at && period.end != v1::UKP_END_MOVED) since.reset();
  }
  return since;
}

void FindPeriods(NaiveStay* stay) {
  FindSegments(stay);
  TakeTurns(stay);
  for (const NaivePeriod& period : WithoutMoves(*stay)) {
    const auto parts = PartByMoves(*stay, period);
    stay->periods.insert(stay->periods.end(), parts.begin(), parts.end());
  }
  FindNotices(stay);
  FindMessages(stay);
  FindAnswers(stay);
}

}  // namespace overgang::testing
