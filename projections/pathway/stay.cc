#include "projections/pathway/stay.h"

#include <algorithm>
#include <optional>

#include "core/directory.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

bool IsPlo(const HeldFact& fact) { return fact.channel == v1::CHANNEL_PLO; }

google::protobuf::Timestamp Stamp(int64_t us) { return ToProto(absl::FromUnixMicros(us)); }

// A value of which a later word replaces an earlier one, and one kind of source is believed before
// another.
template <typename T>
class Latest {
 public:
  void Say(bool preferred, const T& value) {
    if (value_ && preferred_ && !preferred) return;
    value_ = value;
    preferred_ = preferred;
  }
  T Or(T other) const { return value_.value_or(std::move(other)); }

 private:
  std::optional<T> value_;
  bool preferred_ = false;
};

struct Answered {
  int64_t at_us = 0;
  bool can_receive = false;
  int64_t from_us = 0;
};

struct Period {
  int64_t since_us = 0;
  int64_t until_us = kNeverUs;
  v1::UkpEnd end = v1::UKP_END_UNSPECIFIED;
  int64_t first_answer_us = kNeverUs;
  std::optional<Answered> answer;
};

// Walks the facts of one group, in order, one overload of a rule per fact kind.
class StayWalk {
 public:
  StayWalk(Facts facts, const Group& group, int end) : facts_(facts), group_(group) {
    if (end >= 0) {
      const HeldFact& fact = Fact(end);
      ended_us_ = fact.order_us;
      end_ = fact.kind == v1::FACT_KIND_PATIENT_DIED || fact.dead ? v1::UKP_END_DIED
                                                                  : v1::UKP_END_DISCHARGED;
    }
  }

  void Run() {
    for (int i : group_.facts) Apply(Fact(i));
    std::erase_if(periods_, [&](const Period& p) { return p.since_us > ended_us_; });
    if (!periods_.empty() && periods_.back().until_us > ended_us_) {
      periods_.back().until_us = ended_us_;
      periods_.back().end = end_;
    }
  }

  void Fill(DerivedStay* out) const;

 private:
  const HeldFact& Fact(int i) const { return *facts_[static_cast<size_t>(i)]; }
  void Apply(const HeldFact& fact);
  void ApplyPlace(const HeldFact& fact);
  void ApplyAnswer(const HeldFact& fact);
  void EndPeriod(const HeldFact& fact, v1::UkpEnd by) {
    if (periods_.empty() || periods_.back().until_us != kNeverUs) return;
    periods_.back().until_us = std::max(fact.order_us, periods_.back().since_us);
    periods_.back().end = by;
  }

  Facts facts_;
  const Group& group_;
  int64_t ended_us_ = kNeverUs;
  v1::UkpEnd end_ = v1::UKP_END_UNSPECIFIED;
  std::vector<Period> periods_;
  Latest<Code<24>> ward_;
  Latest<v1::Sector> sector_;
  Latest<KommuneCode> residence_, stay_kommune_;
  Latest<Code<6>> bydel_;
  Latest<v1::Sex> sex_;
  Latest<int> age_;
  int64_t expected_us_ = 0;
  std::string discharged_to_;
  bool corridor_ = false, new_to_kommune_ = false, died_ = false, time_ambiguous_ = false;
};

void StayWalk::ApplyPlace(const HeldFact& fact) {
  // What takes a fact back says nothing of its own: it may repeat a place that was wrong.
  if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) return;
  const bool adt = !IsPlo(fact);
  if (!fact.ward.empty()) {
    ward_.Say(adt, fact.ward);
    if (fact.sector != v1::SECTOR_UNSPECIFIED) sector_.Say(adt, fact.sector);
  }
  const auto stated = [](const KommuneCode& code) {
    return !code.empty() && code.view() != kKommuneNotStated;
  };
  if (stated(fact.residence_kommune)) residence_.Say(adt, fact.residence_kommune);
  // The hospital sent its message to the kommune that has to act.
  if (stated(fact.stay_kommune)) stay_kommune_.Say(IsPlo(fact), fact.stay_kommune);
  if (!fact.bydel.empty()) bydel_.Say(adt, fact.bydel);
  if (fact.sex != v1::SEX_UNSPECIFIED) {
    sex_.Say(adt, fact.sex);
    age_.Say(adt, fact.age_at_admission);
  }
}

void StayWalk::ApplyAnswer(const HeldFact& fact) {
  const Answered answer{fact.order_us, fact.can_receive, fact.value_us};
  if (periods_.empty() || periods_.back().until_us != kNeverUs) return;
  periods_.back().answer = answer;
  periods_.back().first_answer_us = std::min(periods_.back().first_answer_us, fact.order_us);
}

void StayWalk::Apply(const HeldFact& fact) {
  ApplyPlace(fact);
  switch (fact.kind) {
    case v1::FACT_KIND_PATIENT_ADMITTED:
    case v1::FACT_KIND_PATIENT_TRANSFERRED:
      if (!IsPlo(fact)) corridor_ = fact.corridor;
      time_ambiguous_ |= fact.time_ambiguous;
      break;
    case v1::FACT_KIND_UKP_DECLARED:
      time_ambiguous_ |= fact.time_ambiguous;
      if (periods_.empty() || periods_.back().until_us != kNeverUs)
        periods_.emplace_back().since_us = fact.order_us;
      break;
    case v1::FACT_KIND_UKP_WITHDRAWN:
      EndPeriod(fact, v1::UKP_END_WITHDRAWN);
      break;
    case v1::FACT_KIND_KOMMUNE_ANSWERED:
      ApplyAnswer(fact);
      break;
    case v1::FACT_KIND_EXPECTED_DISCHARGE_SET:
      expected_us_ = fact.value_us;
      break;
    case v1::FACT_KIND_EXPECTED_DISCHARGE_CLEARED:
      expected_us_ = 0;
      break;
    case v1::FACT_KIND_KOMMUNE_KNOWS_PATIENT:
      new_to_kommune_ = fact.no_services_before;
      break;
    case v1::FACT_KIND_PATIENT_DETAILS_CHANGED:
      died_ |= fact.value_us != 0;
      break;
    case v1::FACT_KIND_PATIENT_DIED:
      died_ = true;
      break;
    case v1::FACT_KIND_PATIENT_DISCHARGED:
      died_ |= fact.dead;
      time_ambiguous_ |= fact.time_ambiguous;
      if (!fact.discharged_to.empty()) discharged_to_ = fact.discharged_to;
      break;
    default:
      break;
  }
}

void StayWalk::Fill(DerivedStay* out) const {
  const bool open = ended_us_ == kNeverUs;
  KommuneCode not_stated;
  not_stated.Assign(kKommuneNotStated);
  const KommuneCode residence = residence_.Or(not_stated);
  const KommuneCode stay_kommune = stay_kommune_.Or(residence);
  v1::Stay& stay = out->stay;
  CensusEntry& entry = out->entry;
  out->ended_us = ended_us_;
  const HeldFact& first = Fact(group_.admission >= 0 ? group_.admission : group_.facts.front());
  stay.set_patient_ref(first.patient.Text());
  stay.set_hospital(group_.hospital.str());
  stay.set_visit_key(group_.visit_key);
  stay.set_ward(ward_.Or({}).str());
  stay.set_sector(sector_.Or(v1::SECTOR_SOMATIKK));
  stay.set_residence_kommune(residence.str());
  stay.set_stay_kommune(stay_kommune.str());
  stay.set_bydel(bydel_.Or({}).str());
  stay.set_sex(sex_.Or(v1::SEX_UNSPECIFIED));
  stay.set_age_at_admission(age_.Or(0));
  *stay.mutable_admitted_at() = Stamp(group_.admitted_us);
  if (expected_us_ != 0 && open) *stay.mutable_expected_discharge() = Stamp(expected_us_);
  if (!open) *stay.mutable_discharged_at() = Stamp(ended_us_);
  if (!open) stay.set_discharged_to(discharged_to_);
  for (const Period& period : periods_) {
    v1::UkpPeriod& served = *stay.add_ukp_periods();
    *served.mutable_since() = Stamp(period.since_us);
    if (period.until_us != kNeverUs) *served.mutable_until() = Stamp(period.until_us);
    served.set_end(period.end);
    entry.spans.push_back({period.since_us, period.until_us, period.first_answer_us});
  }
  if (!periods_.empty()) {
    const Period& last = periods_.back();
    if (last.until_us == kNeverUs) *stay.mutable_ukp_since() = Stamp(last.since_us);
    if (last.answer) {
      stay.set_answer(last.answer->can_receive ? v1::ANSWER_CAN_RECEIVE
                                               : v1::ANSWER_CANNOT_RECEIVE);
      *stay.mutable_answered_at() = Stamp(last.answer->at_us);
      if (last.answer->from_us != 0) *stay.mutable_receive_from() = Stamp(last.answer->from_us);
    } else if (last.until_us == kNeverUs) {
      stay.set_answer(v1::ANSWER_AWAITED);
    }
  }
  if (group_.admission < 0) stay.add_flags(v1::STAY_FLAG_ADMISSION_NOT_RECEIVED);
  if (time_ambiguous_) stay.add_flags(v1::STAY_FLAG_TIME_AMBIGUOUS);
  if (new_to_kommune_) stay.add_flags(v1::STAY_FLAG_NEW_TO_KOMMUNE);
  if (corridor_ && open) stay.add_flags(v1::STAY_FLAG_CORRIDOR);
  if (died_) stay.add_flags(v1::STAY_FLAG_DIED);
  entry.stay_kommune = stay_kommune;
  entry.residence_kommune = residence;
  entry.hospital = group_.hospital;
  entry.sector = stay.sector();
  entry.admitted_us = group_.admitted_us;
  entry.expected_us = expected_us_;
  entry.new_to_kommune = new_to_kommune_;
  entry.corridor = corridor_;
}

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
void AddAliases(Facts facts, const Grouping& grouping, int group, DerivedStay* stay) {
  for (size_t i = 0; i < facts.size(); ++i) {
    const HeldFact& fact = *facts[i];
    if (grouping.group_of[i] != group || !fact.visit_key.empty()) continue;
    if (fact.kind != v1::FACT_KIND_PATIENT_ADMITTED && fact.kind != v1::FACT_KIND_UKP_DECLARED &&
        fact.kind != v1::FACT_KIND_PATIENT_TRANSFERRED &&
        fact.kind != v1::FACT_KIND_PATIENT_DISCHARGED && fact.kind != v1::FACT_KIND_PATIENT_DIED) {
      continue;
    }
    const Uuid alias = StayIdOfFounder(fact);
    if (alias != stay->id) stay->aliases.push_back(alias);
  }
  std::ranges::sort(stay->aliases);
}

}  // namespace

std::string CensusEntry::Serialize() const {
  rows::CensusEntry row;
  row.set_stay_kommune(stay_kommune.str());
  row.set_residence_kommune(residence_kommune.str());
  row.set_hospital(hospital.str());
  row.set_sector(sector);
  row.set_admitted_us(admitted_us);
  for (const UkpSpan& span : spans) {
    rows::UkpSpan& stored = *row.add_spans();
    stored.set_since_us(span.since_us);
    stored.set_until_us(span.until_us);
    stored.set_first_answer_us(span.first_answer_us);
  }
  row.set_expected_us(expected_us);
  row.set_new_to_kommune(new_to_kommune);
  row.set_corridor(corridor);
  return row.SerializeAsString();
}

bool CensusEntry::Parse(std::string_view bytes, CensusEntry* entry) {
  rows::CensusEntry row;
  *entry = {};
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !entry->stay_kommune.Assign(row.stay_kommune()) ||
      !entry->residence_kommune.Assign(row.residence_kommune()) ||
      !entry->hospital.Assign(row.hospital())) {
    return false;
  }
  entry->sector = static_cast<v1::Sector>(row.sector());
  entry->admitted_us = row.admitted_us();
  for (const rows::UkpSpan& span : row.spans())
    entry->spans.push_back({span.since_us(), span.until_us(), span.first_answer_us()});
  entry->expected_us = row.expected_us();
  entry->new_to_kommune = row.new_to_kommune();
  entry->corridor = row.corridor();
  return true;
}

PersonStays DeriveStays(Facts facts, bool identity_ambiguous,
                        std::span<const rows::ParkedOf> parked) {
  PersonStays person;
  person.grouping = GroupIntoStays(facts);
  PatientRef home = facts.front()->patient;
  for (const HeldFact* fact : facts) home = std::min(home, fact->patient);
  for (size_t g = 0; g < person.grouping.groups.size(); ++g) {
    const Group& group = person.grouping.groups[g];
    if (group.facts.empty() || !IsStay(facts, group)) {
      person.stay_of_group.push_back(kNoStay);
      continue;
    }
    person.stay_of_group.push_back(static_cast<int>(person.stays.size()));
    StayWalk walk(facts, group, EndOfStay(facts, group, person.grouping.cancelled));
    walk.Run();
    DerivedStay& stay = person.stays.emplace_back();
    stay.id = StayIdOf(facts, group);
    stay.home = home;
    walk.Fill(&stay);
    stay.stay.set_stay_id(stay.id.Text());
    AddAliases(facts, person.grouping, static_cast<int>(g), &stay);
    for (const Uuid& alias : stay.aliases) stay.stay.add_alias_stay_ids(alias.Text());
    if (identity_ambiguous) stay.stay.add_flags(v1::STAY_FLAG_IDENTITY_AMBIGUOUS);
    for (const rows::ParkedOf& message : parked) {
      if (message.settled() ||
          (!message.visit_key().empty() && message.visit_key() != group.visit_key))
        continue;
      stay.stay.add_flags(v1::STAY_FLAG_INCOMPLETE);
      break;
    }
  }
  return person;
}

}  // namespace overgang::projections
