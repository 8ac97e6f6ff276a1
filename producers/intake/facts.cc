#include "producers/intake/facts.h"

#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::intake {
absl::Status InvalidField(std::string_view field, std::string_view message,
                          std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, message, remedy);
}

absl::Status InvalidNumber(std::string_view field) {
  return InvalidField(field, "this is no valid fødselsnummer, D-number or common help number here",
                      "check its 11 digits; synthetic numbers are for test environments only");
}

bool IsKommuneNumber(std::string_view text) { return IsDigits(text, 4); }
bool IsBydelNumber(std::string_view text) { return IsDigits(text, 6); }

absl::StatusOr<v1::Envelope> NewFact(bool has_occurred_at,
                                     const google::protobuf::Timestamp& occurred_at,
                                     const FactContext& context) {
  v1::Envelope fact;
  if (has_occurred_at && FromProto(occurred_at) > context.now + kOccurredAheadMax) {
    return InvalidField("occurred_at", "this lies ahead of the hub's clock",
                        "send when it happened, in UTC, or leave it out for now");
  }
  fact.set_event_id(context.event_id);
  fact.set_correlation_id(context.event_id);
  *fact.mutable_source() = context.source;
  *fact.mutable_recorded_at() = ToProto(context.now);
  *fact.mutable_occurred_at() = has_occurred_at ? occurred_at : fact.recorded_at();
  fact.set_occurred_precision(v1::PRECISION_SECOND);
  fact.set_schema_version(1);
  return fact;
}

absl::StatusOr<std::vector<std::string>> Pseudonymize(const Pseudonymizer& pseudonymizer,
                                                      v1::Subject& subject) {
  if (!subject.has_person() || subject.person().id_kind() != v1::ID_KIND_NATIONAL_NUMBER)
    return std::vector<std::string>();
  v1::PersonAtHospital& person = *subject.mutable_person();
  absl::StatusOr<Pseudonymizer::Refs> refs = pseudonymizer.OfNationalNumber(person.id_number());
  if (!refs.ok()) return InvalidNumber("subject.person.id_number");
  person.set_id_kind(v1::ID_KIND_PATIENT_REF);
  person.set_id_number(refs->current);
  return std::move(refs->others);
}

}  // namespace overgang::intake
