#include "projections/pathway/stay_walk.h"

#include <algorithm>
#include <optional>

#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

bool IsStated(const KommuneCode& code) { return !code.empty() && code.view() != kKommuneNotStated; }

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

// From when the kommune holds that the fact says; 0: it says no date.
int64_t MovedAt(const HeldFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DETAILS_CHANGED ? fact.value2_us : 0;
}

// A dated move within the stay.
bool IsMove(const HeldFact& fact, const Group& group, int64_t until_us) {
  return MovedAt(fact) > group.admitted_us && MovedAt(fact) < until_us &&
         IsStated(fact.stay_kommune);
}

// Whether it tells of a death with the details, and who told it took that back with a discharge or
// a death.
bool DeathTakenBack(Facts facts, const Group& group, const HeldFact& fact) {
  if (fact.kind != v1::FACT_KIND_PATIENT_DETAILS_CHANGED || fact.value_us == 0) return false;
  return std::ranges::any_of(group.facts, [&](int i) {
    const HeldFact& cancel = *facts[static_cast<size_t>(i)];
    return cancel.kind == v1::FACT_KIND_FACT_CANCELLED && cancel.channel == fact.channel &&
           cancel.reference.empty() && cancel.recorded_us >= fact.recorded_us &&
           (cancel.cancelled_kind == v1::FACT_KIND_PATIENT_DISCHARGED ||
            cancel.cancelled_kind == v1::FACT_KIND_PATIENT_DIED);
  });
}

// Of a death told with the details. One of the date of the message alone may have been before it.
bool DiedInFuture(const HeldFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DETAILS_CHANGED &&
         fact.value_us > fact.recorded_us + kInFutureUs &&
         !(fact.died_day_only && OsloDateOfUs(fact.value_us) == OsloDateOfUs(fact.recorded_us));
}

class StayWalk {
 public:
  StayWalk(Facts facts, const Group& group, const std::vector<bool>& cancelled, DerivedStay* out)
      : facts_(facts),
        group_(group),
        cancelled_(cancelled),
        course_(CourseOf(facts, group, cancelled)),
        out_(*out),
        entry_(out->entry) {
    entry_.ended_us = course_.ended_us;
    entry_.died = course_.died;
  }

  void Run() {
    entry_.admitted_us = group_.admitted_us;
    for (int i : group_.facts) {
      const HeldFact& fact = Fact(i);
      ApplyPlace(fact);
      Apply(fact);
      FlagFact(fact);
    }
    FillEntry();
    FillServed();
  }

 private:
  const HeldFact& Fact(int i) const { return *facts_[static_cast<size_t>(i)]; }
  const HeldFact& First() const {
    return Fact(group_.admission >= 0 ? group_.admission : group_.facts.front());
  }
  bool IsBeforeAdmission(const HeldFact& fact) const {
    return group_.admission >= 0 && EndsBefore(fact, Fact(group_.admission));
  }
  void ApplyPlace(const HeldFact& fact);
  void Apply(const HeldFact& fact);
  void FlagFact(const HeldFact& fact);
  void FillEntry();
  void FillServed();

  Facts facts_;
  const Group& group_;
  const std::vector<bool>& cancelled_;
  const Course course_;
  DerivedStay& out_;
  StayEntry& entry_;
  Latest<Code<24>> ward_;
  Latest<v1::Sector> sector_;
  Latest<KommuneCode> residence_;
  Latest<Code<6>> bydel_;
  Latest<v1::Sex> sex_;
  Latest<int> age_;
  std::string discharged_to_;
};

void StayWalk::ApplyPlace(const HeldFact& fact) {
  // What takes a fact back says nothing of its own: it may repeat a place that was wrong.
  if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) return;
  const bool adt = !IsPlo(fact);
  if (!fact.ward.empty()) ward_.Say(adt, fact.ward);
  // What a message of HL7 without a ward has is its door's default, and nobody's word.
  if (fact.sector != v1::SECTOR_UNSPECIFIED &&
      (!fact.ward.empty() || fact.channel != v1::CHANNEL_HL7V2))
    sector_.Say(adt, fact.sector);
  if (IsStated(fact.residence_kommune)) residence_.Say(adt, fact.residence_kommune);
  if (!fact.bydel.empty()) bydel_.Say(adt, fact.bydel);
  if (fact.sex != v1::SEX_UNSPECIFIED) {
    sex_.Say(adt, fact.sex);
    age_.Say(adt, fact.age_at_admission);
  }
}

void StayWalk::Apply(const HeldFact& fact) {
  switch (fact.kind) {
    case v1::FACT_KIND_PATIENT_ADMITTED:
      if (fact.code != 0) entry_.urgency = static_cast<v1::Urgency>(fact.code);
      if (IsPlo(fact)) {
        entry_.admission_message_us = fact.recorded_us;
        entry_.admission_receipt_us =
            ReceiptOf(facts_, group_, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION, fact.reference);
      }
      [[fallthrough]];
    case v1::FACT_KIND_PATIENT_TRANSFERRED:
      if (!IsPlo(fact)) entry_.corridor = fact.corridor;
      break;
    case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION:
      if (entry_.admission_notified_us != 0) break;
      entry_.admission_notified_us = fact.order_us;
      entry_.admission_notice_sent_us = fact.value_us;
      entry_.need_clear_us = fact.value2_us;
      break;
    case v1::FACT_KIND_ADMISSION_REPORT_RECEIVED:
      if (entry_.admission_report_us == 0) entry_.admission_report_us = fact.order_us;
      break;
    case v1::FACT_KIND_REPORT_SENT:
      if (fact.code == v1::ReportSent::REPORT_EPIKRISE && entry_.epikrise_us == 0)
        entry_.epikrise_us = fact.order_us;
      break;
    case v1::FACT_KIND_EXPECTED_DISCHARGE_SET:
      entry_.expected_us = fact.value_us;
      break;
    case v1::FACT_KIND_EXPECTED_DISCHARGE_CLEARED:
      entry_.expected_us = 0;
      break;
    case v1::FACT_KIND_KOMMUNE_KNOWS_PATIENT:
      entry_.services = static_cast<v1::KommuneKnowsPatient::Services>(fact.code);
      break;
    case v1::FACT_KIND_PATIENT_DISCHARGED:
      if (!fact.discharged_to.empty()) discharged_to_ = fact.discharged_to;
      break;
    default:
      break;
  }
}

void StayWalk::FlagFact(const HeldFact& fact) {
  if (fact.time_ambiguous && fact.kind != v1::FACT_KIND_FACT_CANCELLED)
    Flag(v1::STAY_FLAG_TIME_AMBIGUOUS, fact, &out_);
  if (fact.kind == v1::FACT_KIND_UKP_DECLARED && fact.order_us > fact.recorded_us + kInFutureUs)
    Flag(v1::STAY_FLAG_UKP_IN_FUTURE, fact, &out_);
  if (fact.kind == v1::FACT_KIND_UKP_DECLARED && fact.order_us < group_.admitted_us)
    Flag(v1::STAY_FLAG_UKP_BEFORE_ADMISSION, fact, &out_);
  if (EndsInFuture(fact) || (DiedInFuture(fact) && !DeathTakenBack(facts_, group_, fact)))
    Flag(v1::STAY_FLAG_END_IN_FUTURE, fact, &out_);
  // One recorded before that admission was of an earlier one of the same visit.
  if (IsBeforeAdmission(fact) && fact.recorded_us >= Fact(group_.admission).recorded_us)
    Flag(v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION, fact, &out_);
  if (entry_.ended_us != kNeverUs && fact.recorded_us > entry_.ended_us + kLateFactUs &&
      fact.channel != v1::CHANNEL_IMPORT)
    Flag(v1::STAY_FLAG_LATE_FACT, fact, &out_);
}

void StayWalk::FillEntry() {
  KommuneCode not_stated;
  not_stated.Assign(kKommuneNotStated);
  std::vector<KommuneSegment> segments = SegmentsOf(facts_, group_, course_.until_us());
  const KommuneCode residence = residence_.Or(not_stated);
  for (KommuneSegment& segment : segments) {
    if (segment.kommune.empty()) segment.kommune = residence;
  }
  UkpPeriods ukp = FindUkpPeriods(facts_, group_, segments, course_, cancelled_);
  entry_.periods = std::move(ukp.periods);
  for (int i : ukp.stray_replies) Flag(v1::STAY_FLAG_ANSWER_WITHOUT_UKP, Fact(i), &out_);
  entry_.stay_kommune = segments.back().kommune;
  if (segments.size() > 1) {
    for (const KommuneSegment& segment : segments)
      entry_.segments.push_back({segment.from_us, segment.kommune});
  }
  entry_.residence_kommune = residence;
  entry_.hospital = group_.hospital;
  entry_.ward = ward_.Or({});
  entry_.sector = sector_.Or(v1::SECTOR_SOMATIKK);
  entry_.sex = sex_.Or(v1::SEX_UNSPECIFIED);
  entry_.age = static_cast<uint8_t>(age_.Or(0));
  if (group_.admission >= 0) {
    const HeldFact& admission = Fact(group_.admission);
    if (admission.code != 0) entry_.urgency = static_cast<v1::Urgency>(admission.code);
    if (admission.sex != v1::SEX_UNSPECIFIED) entry_.age = admission.age_at_admission;
  }
  entry_.imported = First().channel == v1::CHANNEL_IMPORT;
  if (group_.admission < 0) Flag(v1::STAY_FLAG_ADMISSION_NOT_RECEIVED, First(), &out_);
  if (entry_.new_to_kommune()) out_.stay.add_flags(v1::STAY_FLAG_NEW_TO_KOMMUNE);
  if (entry_.corridor && entry_.ended_us == kNeverUs) out_.stay.add_flags(v1::STAY_FLAG_CORRIDOR);
  if (entry_.died) out_.stay.add_flags(v1::STAY_FLAG_DIED);
}

void StayWalk::FillServed() {
  const bool open = entry_.ended_us == kNeverUs;
  v1::Stay& stay = out_.stay;
  stay.set_patient_ref(First().patient.Text());
  stay.set_hospital(group_.hospital.str());
  stay.set_visit_key(group_.visit_key);
  stay.set_ward(entry_.ward.str());
  stay.set_sector(entry_.sector);
  stay.set_residence_kommune(entry_.residence_kommune.str());
  stay.set_stay_kommune(entry_.stay_kommune.str());
  stay.set_bydel(bydel_.Or({}).str());
  stay.set_sex(entry_.sex);
  stay.set_age_at_admission(entry_.age);
  stay.set_urgency(entry_.urgency);
  stay.set_services(entry_.services);
  *stay.mutable_admitted_at() = ProtoOfUs(entry_.admitted_us);
  if (entry_.expected_us != 0 && open)
    *stay.mutable_expected_discharge() = ProtoOfUs(entry_.expected_us);
  if (!open) *stay.mutable_discharged_at() = ProtoOfUs(entry_.ended_us);
  if (!open) stay.set_discharged_to(discharged_to_);
  out_.who = {First().patient, entry_.hospital, entry_.residence_kommune, entry_.stay_kommune,
              entry_.sector,   entry_.ward,     group_.visit_key};
}

// When the patient died, as this fact tells; 0: it tells of no time. `ended_us`: of the stay.
int64_t DeathOf(const HeldFact& fact, int64_t admitted_us, int64_t ended_us) {
  int64_t at_us = 0;
  bool day_only = false;
  if (fact.kind == v1::FACT_KIND_PATIENT_DIED) {
    at_us = std::max(EndsInFuture(fact) ? fact.recorded_us : fact.order_us, admitted_us);
    day_only = fact.occurred_day_only;
  } else if (fact.kind == v1::FACT_KIND_PATIENT_DETAILS_CHANGED) {
    at_us = fact.value_us > fact.recorded_us + kInFutureUs ? fact.recorded_us : fact.value_us;
    day_only = fact.died_day_only;
  }
  if (at_us == 0 || (admitted_us <= at_us && at_us <= ended_us)) return at_us;
  // Of a date alone it is not known which came first on it.
  const absl::CivilDay date = OsloDateOfUs(at_us);
  if (!day_only || date < OsloDateOfUs(admitted_us) ||
      (ended_us != kNeverUs && date > OsloDateOfUs(ended_us)))
    return 0;
  return std::clamp(at_us, admitted_us, ended_us);
}

}  // namespace

void Flag(v1::StayFlag flag, const HeldFact& because, DerivedStay* stay) {
  v1::Envelope envelope;
  envelope.ParseFromString(because.bytes);
  Flag(flag, SourceName(envelope.source()), stay);
}

void Flag(v1::StayFlag flag, std::string source, DerivedStay* stay) {
  Finding finding(flag, std::move(source));
  const auto place = std::ranges::lower_bound(stay->findings, finding);
  if (place == stay->findings.end() || *place != finding)
    stay->findings.insert(place, std::move(finding));
  const auto& flags = stay->stay.flags();
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) stay->stay.add_flags(flag);
}

std::vector<KommuneSegment> SegmentsOf(Facts facts, const Group& group, int64_t until_us) {
  std::vector<KommuneSegment> starts = {{group.admitted_us, {}, -1}};
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (IsMove(fact, group, until_us)) starts.push_back({fact.value2_us, {}, i});
  }
  // Of several told of one time the last one counts.
  std::ranges::stable_sort(starts, [](const KommuneSegment& a, const KommuneSegment& b) {
    return std::pair(a.from_us, b.told_by) < std::pair(b.from_us, a.told_by);
  });
  const auto same = [](const KommuneSegment& a, const KommuneSegment& b) {
    return a.from_us == b.from_us;
  };
  starts.erase(std::unique(starts.begin(), starts.end(), same), starts.end());
  std::vector<Latest<KommuneCode>> words(starts.size());
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    // What takes a fact back may repeat a kommune that was wrong.
    if (!IsStated(fact.stay_kommune) || fact.kind == v1::FACT_KIND_FACT_CANCELLED) continue;
    // The patient had left by then.
    if (MovedAt(fact) >= until_us) continue;
    const int64_t at_us = IsMove(fact, group, until_us) ? fact.value2_us : fact.order_us;
    const auto next = std::ranges::upper_bound(starts, at_us, {}, &KommuneSegment::from_us);
    const auto segment = std::max<std::ptrdiff_t>(0, next - starts.begin() - 1);
    // The hospital sent its message to the kommune that has to act.
    words[static_cast<size_t>(segment)].Say(IsPlo(fact), fact.stay_kommune);
  }
  KommuneCode said;
  for (const auto& word : words) {
    if (!said.empty()) break;
    said = word.Or({});
  }
  std::vector<KommuneSegment> segments;
  for (size_t s = 0; s < starts.size(); ++s) {
    said = words[s].Or(said);
    if (segments.empty() || segments.back().kommune != said)
      segments.push_back({starts[s].from_us, said, starts[s].told_by});
  }
  return segments;
}

Course CourseOf(Facts facts, const Group& group, const std::vector<bool>& cancelled) {
  Course course;
  course.end = EndOfStay(facts, group, cancelled);
  course.ended_us = EndTime(facts, group, course.end);
  const int64_t taken_back_us = AdtTookEndBackUs(facts, group);
  const auto rank = [](const HeldFact& fact) { return std::pair(!IsPlo(fact), fact.recorded_us); };
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (IsPlo(fact) && fact.recorded_us <= taken_back_us) continue;
    const bool before =
        group.admission >= 0 && EndsBefore(fact, *facts[static_cast<size_t>(group.admission)]);
    course.died |= fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED && fact.dead && !before;
    const int64_t died_us = before ? 0 : DeathOf(fact, group.admitted_us, course.ended_us);
    if (died_us == 0 || DeathTakenBack(facts, group, fact)) continue;
    if (course.death >= 0 && rank(fact) < rank(*facts[static_cast<size_t>(course.death)])) continue;
    course.death = i;
    course.died_us = died_us;
  }
  course.died |= course.death >= 0;
  if (course.end < 0 && course.death >= 0) {
    course.end = course.death;
    course.ended_us = course.died_us;
  }
  return course;
}

void WalkStay(Facts facts, const Group& group, const std::vector<bool>& cancelled,
              DerivedStay* stay) {
  StayWalk(facts, group, cancelled, stay).Run();
}

}  // namespace overgang::projections
