#include "projections/pathway/stay.h"

#include <algorithm>
#include <set>

#include "projections/pathway/episodes.h"
#include "projections/pathway/stay_walk.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

// No stay: nothing proves presence, or the admission was taken back and none is left.
bool IsStay(Facts facts, const Group& group) {
  if (group.admission >= 0) return true;
  bool proof = false;
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED &&
        fact.cancelled_kind == v1::FACT_KIND_PATIENT_ADMITTED)
      return false;
    proof |=
        fact.kind == v1::FACT_KIND_PATIENT_TRANSFERRED || fact.kind == v1::FACT_KIND_UKP_DECLARED ||
        fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED || fact.kind == v1::FACT_KIND_PATIENT_DIED;
  }
  return proof;
}

// Also of what was cancelled since: an id once given stays good.
void AddAliases(Facts facts, PersonStays* person) {
  for (size_t i = 0; i < facts.size(); ++i) {
    const HeldFact& fact = *facts[i];
    const int group = person->grouping.group_of[i];
    if (group == kNoStay || !fact.visit_key.empty()) continue;
    const int stay = person->stay_of_group[static_cast<size_t>(group)];
    if (stay == kNoStay) continue;
    if (fact.kind != v1::FACT_KIND_PATIENT_ADMITTED && fact.kind != v1::FACT_KIND_UKP_DECLARED &&
        fact.kind != v1::FACT_KIND_PATIENT_TRANSFERRED &&
        fact.kind != v1::FACT_KIND_PATIENT_DISCHARGED && fact.kind != v1::FACT_KIND_PATIENT_DIED) {
      continue;
    }
    DerivedStay& of = person->stays[static_cast<size_t>(stay)];
    const Uuid alias = StayIdOfFounder(fact);
    if (alias != of.id) of.aliases.push_back(alias);
  }
  for (DerivedStay& stay : person->stays) {
    std::ranges::sort(stay.aliases);
    for (const Uuid& alias : stay.aliases) stay.stay.add_alias_stay_ids(alias.Text());
  }
}

// One without a visit number is of the stay that was open when it came, or had ended shortly
// before.
bool IsOf(const Group& group, int64_t ended_us, const rows::ParkedOf& message) {
  if (!message.hospital().empty() && message.hospital() != group.hospital.view()) return false;
  if (!message.visit_key().empty()) return message.visit_key() == group.visit_key;
  return group.admitted_us <= message.at_us() &&
         (ended_us == kNeverUs || message.at_us() <= ended_us + kSameAdmissionUs);
}

void FlagIncomplete(const Group& group, std::span<const rows::ParkedOf> parked, DerivedStay* stay) {
  for (const rows::ParkedOf& message : parked) {
    if (!message.settled() && IsOf(group, stay->entry.ended_us, message))
      Flag(v1::STAY_FLAG_INCOMPLETE, message.source(), stay);
  }
}

}  // namespace

PersonStays DeriveStays(Facts facts, bool identity_ambiguous,
                        std::span<const rows::ParkedOf> parked) {
  PersonStays person;
  person.grouping = GroupIntoStays(facts);
  std::vector<LinkFacts> facts_of;
  PatientRef home = facts.front()->patient;
  for (const HeldFact* fact : facts) home = std::min(home, fact->patient);
  std::set<PatientRef> refs;
  for (const HeldFact* fact : facts)
    if (fact->patient != home) refs.insert(fact->patient);
  for (size_t g = 0; g < person.grouping.groups.size(); ++g) {
    const Group& group = person.grouping.groups[g];
    if (group.facts.empty() || !IsStay(facts, group)) {
      person.stay_of_group.push_back(kNoStay);
      continue;
    }
    person.stay_of_group.push_back(static_cast<int>(person.stays.size()));
    DerivedStay& stay = person.stays.emplace_back();
    stay.id = StayIdOf(facts, group);
    stay.home = home;
    stay.refs.assign(refs.begin(), refs.end());
    stay.stay.set_stay_id(stay.id.Text());
    WalkStay(facts, group, person.grouping.cancelled, &stay);
    const auto fact = [&](int i) { return facts[static_cast<size_t>(i)]; };
    facts_of.push_back({group.admission < 0 ? nullptr : fact(group.admission),
                        fact(group.facts.back())->order_us});
    if (identity_ambiguous)
      Flag(v1::STAY_FLAG_IDENTITY_AMBIGUOUS, *fact(group.facts.front()), &stay);
    FlagIncomplete(group, parked, &stay);
  }
  AddAliases(facts, &person);
  LinkStays(facts_of, &person.stays);
  return person;
}

StayTrace TraceOf(Facts facts, const Grouping& grouping, size_t group_index) {
  const Group& group = grouping.groups[group_index];
  const Course course = CourseOf(facts, group, grouping.cancelled);
  const auto fact = [&](int i) -> const HeldFact& { return *facts[static_cast<size_t>(i)]; };
  const auto id = [&](int i) { return i < 0 ? "" : fact(i).event_id.Text(); };
  StayTrace trace;
  for (int i : group.facts) {
    if (fact(i).kind != v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION) continue;
    trace.admission_notice = id(i);
    break;
  }
  const auto segments = SegmentsOf(facts, group, course.until_us());
  std::vector<std::string> began;
  for (const PeriodTrace& period :
       FindUkpPeriods(facts, group, segments, course, grouping.cancelled).trace) {
    StayTrace::Period& ids = trace.periods.emplace_back();
    if (period.declared >= 0) began = {id(period.declared)};
    if (period.moved >= 0) began.push_back(id(period.moved));
    ids.began = began;
    ids.declared = id(period.declared);
    ids.notice = id(period.notice);
    ids.ended = id(period.ended);
    for (int reply : period.replies) ids.replies.push_back(id(reply));
  }
  return trace;
}

}  // namespace overgang::projections
