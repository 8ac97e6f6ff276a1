// What a person's stays are to each other, by docs/rules.md, naively; and all stays of everybody.
#include <algorithm>
#include <list>

#include "core/oslo_time.h"
#include "tests/projections/naive_rules.h"

namespace overgang::testing {
namespace {

constexpr absl::Duration kEpisodeGap = absl::Seconds(8 * 3600);
constexpr absl::Duration kThirtyDays = absl::Hours(30 * 24);

// Until when the patient was there, as far as is known, where a later stay of the person begins.
absl::Time Reaches(const NaiveStay& stay) {
  return stay.ended ? *stay.ended : std::max(stay.admitted, stay.facts.back().at);
}

std::vector<std::vector<NaiveStay*>> EpisodesOf(const std::vector<NaiveStay*>& by_admission) {
  std::vector<std::vector<NaiveStay*>> episodes;
  for (NaiveStay* stay : by_admission) {
    bool same = false;
    if (!episodes.empty()) {
      for (const NaiveStay* before : episodes.back())
        same = same || stay->admitted < Reaches(*before) + kEpisodeGap;
    }
    if (!same) episodes.emplace_back();
    episodes.back().push_back(stay);
  }
  return episodes;
}

void FindTransfers(const std::vector<NaiveStay*>& episode) {
  for (size_t i = 0; i < episode.size(); ++i) {
    if (!episode[i]->ended) continue;
    const NaiveStay* next = nullptr;
    for (size_t later = i + 1; later < episode.size() && next == nullptr; ++later)
      if (!episode[later]->ended || *episode[later]->ended > *episode[i]->ended)
        next = episode[later];
    if (next == nullptr || next->hospital == episode[i]->hospital) continue;
    for (NaivePeriod& period : episode[i]->periods) {
      if (period.ended_by_stay && period.end == v1::UKP_END_DISCHARGED)
        period.end = v1::UKP_END_TRANSFERRED;
    }
  }
}

void FindReadmissions(const std::vector<NaiveStay*>& episode, NaiveStay* next) {
  // Of two that ended at one instant, the one that was admitted last.
  const NaiveStay* index = episode.front();
  for (const NaiveStay* stay : episode)
    if (Reaches(*index) <= Reaches(*stay)) index = stay;
  if (!index->ended || index->died || next->urgency != v1::URGENCY_ACUTE) return;
  const absl::Duration since = next->admitted - *index->ended;
  const int64_t dates = OsloDate(next->admitted) - OsloDate(*index->ended);
  const bool overnight = OsloDate(*index->ended) > OsloDate(index->admitted);
  const auto add = [&](v1::PatientReadmitted::Definition definition) {
    next->readmissions.push_back({definition, index->place(), since});
  };
  if (index->age >= 67 && since <= kThirtyDays) add(v1::PatientReadmitted::DEFINITION_FHI);
  if (dates >= 1 && dates <= 30) add(v1::PatientReadmitted::DEFINITION_HELSEDIREKTORATET);
  if (overnight && since <= kThirtyDays)
    add(v1::PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER);
}

NaiveFact Placed(const v1::Envelope& envelope) {
  NaiveFact fact;
  fact.envelope = envelope;
  fact.kind = static_cast<int>(envelope.fact_case()) - 100;
  fact.recorded = FromProto(envelope.recorded_at());
  fact.at = FromProto(envelope.occurred_at());
  if (envelope.occurred_precision() == v1::PRECISION_DAY) {
    const absl::CivilDay date = OsloDate(fact.at);
    fact.at = OsloDate(fact.recorded) == date ? fact.recorded : OsloNoon(date);
  }
  return fact;
}

}  // namespace

void LinkNaiveStays(std::vector<NaiveStay*> of_person) {
  std::ranges::stable_sort(of_person, {}, [](const NaiveStay* stay) { return stay->admitted; });
  for (size_t later = 0; later < of_person.size(); ++later) {
    for (size_t earlier = 0; earlier < later; ++earlier) {
      const NaiveStay& before = *of_person[earlier];
      if (!before.admission || !of_person[later]->admission) continue;
      if (before.hospital == of_person[later]->hospital &&
          (!before.ended || *before.ended > of_person[later]->admitted))
        of_person[later]->flags.insert(v1::STAY_FLAG_OVERLAPPING_STAYS);
      if (before.hospital == of_person[later]->hospital && !before.ended)
        of_person[earlier]->flags.insert(v1::STAY_FLAG_OVERLAPPING_STAYS);
    }
  }
  const auto episodes = EpisodesOf(of_person);
  for (size_t e = 0; e < episodes.size(); ++e) {
    for (NaiveStay* stay : episodes[e]) stay->episode_visit = episodes[e].front()->place();
    FindTransfers(episodes[e]);
    if (e > 0) FindReadmissions(episodes[e - 1], episodes[e].front());
  }
}

std::vector<NaiveStay> NaiveStays(const std::vector<v1::Envelope>& facts, const PaymentTerms& terms,
                                  absl::Time now) {
  const NaivePersons persons = FindNaivePersons(facts);
  std::map<std::string, std::vector<NaiveFact>> facts_of;
  std::set<std::string> seen;
  for (const v1::Envelope& fact : facts) {
    if (!fact.has_patient_merged() && seen.insert(fact.event_id()).second)
      facts_of[persons.of_ref.at(fact.patient_ref())].push_back(Placed(fact));
  }
  std::list<NaiveStay> found;
  std::map<std::string, std::vector<NaiveStay*>> of_person;
  for (auto& [person, of_it] : facts_of) {
    std::sort(of_it.begin(), of_it.end());
    bool tied = false;
    std::vector<NaiveFact> taken_back;
    for (NaiveGroup& group : NaiveGroups(of_it, &taken_back, &tied)) {
      NaiveStay& stay = found.emplace_back();
      stay.person = person;
      stay.hospital = group.hospital;
      stay.visit = group.visit;
      stay.facts = std::move(group.facts);
      stay.taken_back = taken_back;
      bool exists = false;
      FindStay(&stay, &exists);
      if (!exists) {
        found.pop_back();
        continue;
      }
      if (persons.ambiguous.contains(person)) stay.flags.insert(v1::STAY_FLAG_IDENTITY_AMBIGUOUS);
      FindPeriods(&stay);
      of_person[person].push_back(&stay);
    }
    for (NaiveStay* stay : of_person[person]) stay->tied = tied;
  }
  for (const auto& [ref, stays] : of_person) LinkNaiveStays(stays);
  std::vector<NaiveStay> all;
  for (NaiveStay& stay : found) {
    FindPayment(&stay, terms, now);
    FindDeadlines(&stay, now);
    all.push_back(std::move(stay));
  }
  return all;
}

}  // namespace overgang::testing
