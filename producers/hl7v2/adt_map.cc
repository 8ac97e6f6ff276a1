#include "producers/hl7v2/adt_map.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/hl7v2/adt_header.h"
#include "producers/hl7v2/adt_identity.h"
#include "producers/hl7v2/adt_mapping.h"

namespace overgang::hl7v2 {
const AdtMapping::Rule* AdtMapping::RuleOf(std::string_view trigger) {
  using M = AdtMapping;
  static constexpr std::array<Rule, 21> kRules = {{
      {"A01", &M::Admitted, v1::FACT_KIND_PATIENT_ADMITTED, true},
      {"A02", &M::Transferred, v1::FACT_KIND_PATIENT_TRANSFERRED, true},
      {"A03", &M::Discharged, v1::FACT_KIND_PATIENT_DISCHARGED, true},
      {"A06", &M::Admitted, v1::FACT_KIND_PATIENT_ADMITTED},
      {"A07", &M::BecameOutpatient},
      {"A08", &M::DetailsChanged},
      {"A11", &M::Cancelled, v1::FACT_KIND_PATIENT_ADMITTED},
      {"A12", &M::Cancelled, v1::FACT_KIND_PATIENT_TRANSFERRED},
      {"A13", &M::Cancelled, v1::FACT_KIND_PATIENT_DISCHARGED},
      {"A16", &M::DischargePending, v1::FACT_KIND_UNSPECIFIED, true},
      {"A21", &M::LeaveStarted, v1::FACT_KIND_LEAVE_STARTED, true},
      {"A22", &M::LeaveEnded, v1::FACT_KIND_LEAVE_ENDED, true},
      {"A25", &M::DischargeNotPending, v1::FACT_KIND_UNSPECIFIED, true},
      {"A31", &M::PersonChanged},
      {"A34", &M::Merged},
      {"A35", &M::Merged},
      {"A36", &M::Merged},
      {"A40", &M::Merged},
      {"A47", &M::Merged},
      {"A52", &M::Cancelled, v1::FACT_KIND_LEAVE_STARTED},
      {"A53", &M::Cancelled, v1::FACT_KIND_LEAVE_ENDED},
  }};
  const auto* found = std::find_if(kRules.begin(), kRules.end(),
                                   [&](const Rule& rule) { return rule.trigger == trigger; });
  return found == kRules.end() ? nullptr : found;
}

void AdtMapping::Run(const Hospital& hospital) {
  hospital_ = &hospital;
  rule_ = RuleOf(result_.trigger);
  if (rule_ == nullptr) return;
  const std::string patient_class = message_.Value(message_.Field("PV1", 2));
  const bool outpatient = Contains(context_.mapping.outpatient_classes, patient_class);
  if (rule_->inpatients_only && outpatient) return;
  pid_ = message_.Find("PID");
  if (pid_ == nullptr)
    return Refuse("segment_missing", "PID", "there is no PID segment; send it",
                  Hl7Error::kSegmentMissing);

  message_id_ = MessageId(message_, result_.source.digest());
  base_.set_hospital(hospital.organisation);
  base_.set_correlation_id(message_id_);
  base_.set_schema_version(1);
  *base_.mutable_source() = result_.source;
  message_time_ = TimeIn(kMessageTime);
  std::optional<ResolvedTime> recorded = TimeIn(kRecorded);
  if (!recorded) recorded = message_time_;
  if (recorded) *base_.mutable_recorded_at() = ToProto(recorded->time);
  if (!ReadPerson(*pid_)) return;
  ReadVisit();
  // Of a visit that has no stay here: without its number it would take back that of an inpatient.
  if (rule_->map == &AdtMapping::Cancelled && outpatient && base_.visit_key().empty()) return;
  const bool cancel = rule_->kind != v1::FACT_KIND_UNSPECIFIED &&
                      message_.Value(message_.Field("ZBE", 4)) == "CANCEL";
  cancel ? Cancelled() : (this->*rule_->map)();
  if (result_.refusal) result_.facts.clear();
}

bool AdtMapping::ReadPerson(const Segment& pid) {
  absl::StatusOr<Identity> identity =
      IdentityOf(message_, pid.Field(3), hospital_->organisation, context_.pseudonymizer);
  if (absl::IsNotFound(identity.status()) && rule_->map != &AdtMapping::Merged) {
    identity = UnnumberedIdentityOf(message_, pid, hospital_->organisation, context_.pseudonymizer);
  }
  if (!identity.ok()) {
    Refuse("person_not_named", "PID-3",
           std::string(identity.status().message()) +
               "; send a valid identifier with its authority or type",
           identity.status().code() == absl::StatusCode::kNotFound ? Hl7Error::kFieldMissing
                                                                   : Hl7Error::kUnknownKey);
    return false;
  }
  result_.not_synthetic += identity->not_synthetic;
  base_.set_patient_ref(identity->ref);
  base_.clear_alias_refs();
  for (const std::string& alias : identity->aliases) base_.add_alias_refs(alias);
  const StatedKommune kommune = KommuneOf(message_, pid);
  base_.set_residence_kommune(kommune.residence);
  base_.set_stay_kommune(kommune.stay);
  base_.set_bydel(kommune.bydel);
  base_.set_sex(SexOf(message_.Value(pid.Field(8))));
  return true;
}

void AdtMapping::ReadVisit() {
  const Segment* pv1 = message_.Find("PV1");
  if (pv1 == nullptr) return;
  base_.set_visit_key(VisitKeyOf(message_, pv1->Field(19), context_.pseudonymizer));
  base_.set_ward(SafeText(message_.Value(pv1->Field(3), 1)));
  if (!base_.ward().empty())
    base_.set_sector(context_.directory.SectorOf(*hospital_, base_.ward()));
  if (const std::optional<ResolvedTime> admitted = TimeIn(kAdmitTime)) {
    *base_.mutable_stated_admission_at() = ToProto(admitted->time);
    base_.set_stated_admission_precision(admitted->precision);
    base_.set_age_at_admission(AgeAt(message_.Value(pid_->Field(7)), admitted->time));
  }
}

std::optional<ResolvedTime> AdtMapping::TimeIn(const TimeField& field) const {
  const std::optional<StatedTime> stated =
      ReadTime(message_.Value(message_.Field(field.segment, field.field)));
  if (!stated || stated->grain < Grain::kDay) return std::nullopt;
  return Resolve(*stated, message_time_ ? &*message_time_ : nullptr);
}

// The first of the fields that says a time. Refuses where one is unreadable or none is there.
bool AdtMapping::Happened(std::initializer_list<TimeField> fields, ResolvedTime& time) {
  for (const TimeField& field : fields) {
    const std::string text = message_.Value(message_.Field(field.segment, field.field));
    if (text.empty()) continue;
    if (const std::optional<ResolvedTime> found = TimeIn(field)) {
      time = *found;
      return true;
    }
    if (ReadTime(text) && fields.size() > 1) continue;  // A year or a month does not tell when.
    Refuse("bad_time", field.place, "this is not a time; write it as YYYYMMDDHHMMSS+ZZZZ",
           Hl7Error::kDataType);
    return false;
  }
  Refuse("time_missing", "EVN-2", "nothing says when it happened; fill in EVN-2",
         Hl7Error::kFieldMissing);
  return false;
}

v1::Envelope& AdtMapping::Add(const ResolvedTime& occurred) {
  v1::Envelope& fact = result_.facts.emplace_back(base_);
  fact.set_event_id(
      NameUuid({"hl7v2 fact", message_id_, std::to_string(result_.facts.size() - 1)}));
  *fact.mutable_occurred_at() = ToProto(occurred.time);
  fact.set_occurred_precision(occurred.precision);
  fact.set_time_ambiguous(occurred.ambiguous);
  if (!fact.has_recorded_at()) *fact.mutable_recorded_at() = fact.occurred_at();
  return fact;
}

void AdtMapping::Merged() {
  ResolvedTime at;
  if (!Happened({kOccurred, kRecorded, kMessageTime}, at)) return;
  int pairs = 0;
  for (const Segment& segment : message_.segments()) {
    if (segment.name() == "PID" && !ReadPerson(segment)) return;
    if (segment.name() != "MRG") continue;
    if (++pairs > kFactsMax) return RefuseMerge();
    MergePair(segment, at);
    if (result_.refusal) return;
  }
  if (pairs == 0)
    Refuse("segment_missing", "MRG", "nothing says who is merged; send MRG after PID",
           Hl7Error::kSegmentMissing);
}

void AdtMapping::MergePair(const Segment& mrg, const ResolvedTime& at) {
  const absl::StatusOr<Identity> gone =
      IdentityOf(message_, mrg.Field(1), hospital_->organisation, context_.pseudonymizer);
  if (!gone.ok()) {
    return Refuse("person_not_named", "MRG-1",
                  std::string(gone.status().message()) + "; send the identifier that is merged",
                  Hl7Error::kUnknownKey);
  }
  result_.not_synthetic += gone->not_synthetic;
  std::vector<std::string> refs = gone->aliases;
  refs.insert(refs.begin(), gone->ref);
  const auto& known = base_.alias_refs();
  for (const std::string& ref : refs) {
    if (ref == base_.patient_ref() || std::find(known.begin(), known.end(), ref) != known.end())
      continue;
    if (result_.facts.size() >= kFactsMax) return RefuseMerge();
    v1::Envelope& fact = Add(at);
    fact.mutable_patient_merged()->set_merged_ref(ref);
    // Of persons, not of a stay.
    fact.clear_visit_key();
    fact.clear_stated_admission_at();
    fact.clear_stated_admission_precision();
  }
}

void AdtMapping::RefuseMerge() {
  Refuse("too_many", "MRG",
         "more persons are merged at once than can be taken; send fewer in a message",
         Hl7Error::kDataType);
}

void AdtMapping::Refuse(std::string_view code, std::string_view place, std::string_view reason,
                        Hl7Error error) {
  result_.refusal = AdtRefusal{{std::string(code), std::string(place), std::string(reason),
                                base_.patient_ref(), base_.visit_key(), base_.hospital()},
                               error,
                               false};
}

AdtResult MapAdt(const Message& message, const AdtContext& context) {
  AdtResult result;
  const Hospital* hospital = ReadHeader(message, context, result);
  if (hospital != nullptr) AdtMapping(message, context, result).Run(*hospital);
  return result;
}

AdtResult ReadAdt(std::string_view bytes, const AdtContext& context, Message& message) {
  const absl::Status read = message.Read(bytes);
  if (read.ok()) return MapAdt(message, context);
  AdtResult result;
  result.trigger = "other";
  result.source.set_channel(v1::CHANNEL_HL7V2);
  result.source.set_sender("unknown");
  result.source.set_digest(ContentDigest(bytes));
  const ErrorPlace place = PlaceOf(read);
  result.refusal = AdtRefusal{{"not_hl7", place.field, std::string(read.message()), "", ""},
                              Hl7Error::kSegmentMissing,
                              false};
  return result;
}

}  // namespace overgang::hl7v2
