#include "consumers/tiltakskort/card_facts.h"

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::tiltakskort {

std::string CardId(std::string_view hospital, std::string_view template_id,
                   std::string_view recipient, int level_revision) {
  return NameUuid(
      {"tiltakskort", hospital, template_id, recipient, std::to_string(level_revision)});
}

std::string MeetingCardId(std::string_view meeting_id, std::string_view recipient) {
  return NameUuid({"tiltakskort", meeting_id, recipient});
}

v1::Envelope CardEnvelope(std::string_view hospital, std::string_view recipient, absl::Time now) {
  v1::Envelope envelope;
  envelope.set_hospital(std::string(hospital));
  if (recipient.starts_with("k:")) envelope.set_stay_kommune(std::string(recipient.substr(2)));
  *envelope.mutable_occurred_at() = *envelope.mutable_recorded_at() = ToProto(now);
  envelope.set_occurred_precision(v1::PRECISION_SECOND);
  envelope.set_schema_version(1);
  return envelope;
}

v1::Envelope CardDecisionEnvelope(std::string_view hospital, std::string_view recipient,
                                  const v1::Decision& decision, std::string_view what,
                                  absl::Time now) {
  v1::Envelope envelope = CardEnvelope(hospital, recipient, now);
  envelope.set_event_id(
      NameUuid({"decision", decision.subject(), std::to_string(decision.revision()), what}));
  envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
  envelope.mutable_source()->set_sender("hub");
  return envelope;
}

v1::Decision CardDecision(std::string_view card_id, int revision, std::string_view cursor) {
  v1::Decision decision;
  decision.set_subject(absl::StrCat("c:", std::string(card_id)));
  decision.set_revision(revision);
  decision.set_cursor(std::string(cursor));
  return decision;
}

}  // namespace overgang::tiltakskort
