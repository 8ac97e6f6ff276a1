#include <optional>
#include <string>

#include "core/oslo_time.h"
#include "producers/hl7v2/adt_mapping.h"

namespace overgang::hl7v2 {

void AdtMapping::Admitted() {
  ResolvedTime at;
  if (!Happened({kAdmitTime, kOccurred, kRecorded, kMessageTime}, at)) return;
  const Segment pv1 = message_.Find("PV1") == nullptr ? Segment() : *message_.Find("PV1");
  v1::Envelope& fact = Add(at);
  if (fact.residence_kommune().empty()) fact.set_residence_kommune(std::string(kKommuneNotStated));
  if (fact.stay_kommune().empty()) fact.set_stay_kommune(fact.residence_kommune());
  result_.kommune_not_stated += fact.stay_kommune() == kKommuneNotStated ? 1 : 0;
  fact.set_sector(context_.directory.SectorOf(*hospital_, fact.ward()));
  fact.set_age_at_admission(AgeAt(message_.Value(pid_->Field(7)), at.time));
  const FacilityMapping& mapping = context_.mapping;
  const std::string source = message_.Value(pv1.Field(14));
  v1::PatientAdmitted& admitted = *fact.mutable_patient_admitted();
  admitted.set_urgency(UrgencyOf(mapping, message_.Value(pv1.Field(4))));
  admitted.set_via_emergency_department(Contains(mapping.emergency_sources, source) ||
                                        message_.Value(pv1.Field(2)) == mapping.emergency_class);
  admitted.set_referrer(SafeText(source));
  admitted.set_bed(SafeText(message_.Value(pv1.Field(3), 3)));
  admitted.set_corridor(IsCorridor(mapping, message_, pv1.Field(3)));
  if (TimeIn(kExpected)) Expected({kExpected});  // No admission is refused for its end.
}

void AdtMapping::Transferred() {
  ResolvedTime at;
  if (!Happened({kOccurred, kMovement, kRecorded, kMessageTime}, at)) return;
  v1::PatientTransferred& transferred = *Add(at).mutable_patient_transferred();
  const std::string_view place = message_.Field("PV1", 3);
  transferred.set_bed(SafeText(message_.Value(place, 3)));
  transferred.set_corridor(IsCorridor(context_.mapping, message_, place));
  transferred.set_from_ward(SafeText(message_.Value(message_.Field("PV1", 6), 1)));
}

v1::PatientDischarged& AdtMapping::AddDischarge(const ResolvedTime& at) {
  v1::PatientDischarged& discharged = *Add(at).mutable_patient_discharged();
  discharged.set_discharged_to(SafeText(message_.Value(message_.Field("PV1", 37), 1)));
  return discharged;
}

bool AdtMapping::SaysDead() const {
  const std::string indicator = message_.Value(pid_->Field(30));
  if (!indicator.empty()) return indicator == "Y";
  return !message_.Value(pid_->Field(29)).empty() ||
         Contains(context_.mapping.death_dispositions, message_.Value(message_.Field("PV1", 36)));
}

void AdtMapping::Discharged() {
  ResolvedTime at;
  if (!Happened({kDischargeTime, kOccurred, kRecorded, kMessageTime}, at)) return;
  v1::PatientDischarged& discharged = AddDischarge(at);
  if (!SaysDead()) return;
  discharged.set_outcome("2");  // Code list 8431.
  Died(at);
}

void AdtMapping::Died(const ResolvedTime& otherwise) {
  const std::optional<ResolvedTime> died = TimeIn({"PID", 29, "PID-29"});
  Add(died.value_or(otherwise)).mutable_patient_died();
}

void AdtMapping::BecameOutpatient() {
  ResolvedTime at;
  if (Happened({kOccurred, kRecorded, kMessageTime}, at)) AddDischarge(at);
}

// Adds ExpectedDischargeSet by the first of the fields that says a date; none of them is no fact.
void AdtMapping::Expected(std::initializer_list<TimeField> fields) {
  for (const TimeField& field : fields) {
    const std::string text = message_.Value(message_.Field(field.segment, field.field));
    if (text.empty()) continue;
    ResolvedTime at, expected;
    if (!Happened({field}, expected) || !Happened({kRecorded, kMessageTime}, at)) return;
    v1::ExpectedDischargeSet& set = *Add(at).mutable_expected_discharge_set();
    *set.mutable_expected_at() = ToProto(expected.time);
    set.set_expected_precision(expected.precision);
    return;
  }
}

void AdtMapping::PersonChanged() {
  ResolvedTime at;
  if (!Happened({kOccurred, kRecorded, kMessageTime}, at)) return;
  v1::PatientDetailsChanged& changed = *Add(at).mutable_patient_details_changed();
  if (const std::optional<absl::CivilSecond> moved = KommuneOf(message_, *pid_).moved_at) {
    *changed.mutable_moved_kommune_at() = ToProto(FromOslo(*moved).time);
  }
  if (!SaysDead()) return;
  const std::optional<ResolvedTime> died = TimeIn({"PID", 29, "PID-29"});
  *changed.mutable_died_at() = ToProto(died.value_or(at).time);
  changed.set_died_precision(died.value_or(at).precision);
}

void AdtMapping::DetailsChanged() {
  PersonChanged();
  const std::string_view expected = message_.Field("PV2", 9);
  if (result_.refusal || expected.empty()) return;
  IsDelete(expected) ? DischargeNotPending() : Expected({kExpected});
}

void AdtMapping::DischargePending() { Expected({kExpected, kOccurred}); }

void AdtMapping::DischargeNotPending() {
  ResolvedTime at;
  if (Happened({kRecorded, kMessageTime}, at)) Add(at).mutable_expected_discharge_cleared();
}

void AdtMapping::LeaveStarted() {
  ResolvedTime at;
  if (!Happened({kOccurred, kRecorded, kMessageTime}, at)) return;
  v1::LeaveStarted& leave = *Add(at).mutable_leave_started();
  if (const auto back = TimeIn({"PV2", 47, "PV2-47"}))
    *leave.mutable_expected_return_at() = ToProto(back->time);
}

void AdtMapping::LeaveEnded() {
  ResolvedTime at;
  if (Happened({kOccurred, kRecorded, kMessageTime}, at)) Add(at).mutable_leave_ended();
}

void AdtMapping::Cancelled() {
  ResolvedTime at;
  if (!Happened({kRecorded, kMessageTime}, at)) return;
  Add(at).mutable_fact_cancelled()->set_kind(rule_->kind);
  if (rule_->kind == v1::FACT_KIND_PATIENT_DISCHARGED) {
    Add(at).mutable_fact_cancelled()->set_kind(v1::FACT_KIND_PATIENT_DIED);
  }
}

}  // namespace overgang::hl7v2
