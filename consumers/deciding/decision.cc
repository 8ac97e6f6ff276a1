#include "consumers/deciding/decision.h"

#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::deciding {

std::string DecisionId(const projections::Matter& matter, const projections::StayWho& who) {
  return NameUuid(
      {"decision", matter.subject, std::to_string(matter.revision), who.patient.Text()});
}

v1::Envelope DecisionEnvelope(const projections::Matter& matter, const projections::StayWho& who,
                              absl::Time now) {
  v1::Envelope envelope;
  envelope.set_event_id(DecisionId(matter, who));
  envelope.set_visit_key(who.visit_key);
  envelope.set_patient_ref(who.patient.Text());
  envelope.set_hospital(who.hospital.str());
  envelope.set_ward(who.ward.str());
  envelope.set_sector(who.sector);
  envelope.set_residence_kommune(who.residence_kommune.str());
  envelope.set_stay_kommune(who.stay_kommune.str());
  *envelope.mutable_occurred_at() = *envelope.mutable_recorded_at() = ToProto(now);
  envelope.set_occurred_precision(v1::PRECISION_SECOND);
  envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
  envelope.mutable_source()->set_sender("hub");
  envelope.set_schema_version(1);
  return envelope;
}

v1::Decision DecisionOf(const projections::Matter& matter, std::string_view cursor) {
  v1::Decision decision;
  decision.set_subject(matter.subject);
  decision.set_revision(matter.revision);
  decision.set_withdrawn(matter.withdraw);
  decision.set_cursor(std::string(cursor));
  return decision;
}

google::protobuf::Duration DurationOf(int64_t us) {
  google::protobuf::Duration duration;
  duration.set_seconds(us / 1'000'000);
  duration.set_nanos(static_cast<int32_t>(us % 1'000'000 * 1'000));
  return duration;
}

}  // namespace overgang::deciding
