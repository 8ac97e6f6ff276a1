// Requests about one stay.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/intake/facts.h"
#include "producers/intake/may_write.h"

namespace overgang::intake {
namespace {

absl::Status NotFound(std::string_view field, std::string_view message, std::string_view remedy) {
  return FieldError(absl::StatusCode::kNotFound, field, message, remedy);
}

// A principal is not told of stays that it may not know of: they are to it as if they were not.
bool MayKnowOf(const StaySubject& stay, const FactContext& context) {
  return context.scope->MaySeeStay(stay.stay_kommune, stay.hospital);
}

absl::StatusOr<StaySubject> FindByStayId(const std::string& stay_id, const FactContext& context) {
  if (!IsUuid(stay_id))
    return InvalidField("subject.stay_id", "this is no stay id",
                        "send a stay_id as PathwayService gives it");
  absl::StatusOr<StaySubject> stay = context.stays.FindStay(stay_id);
  if (stay.ok() ? MayKnowOf(*stay, context) : !absl::IsNotFound(stay.status())) return stay;
  return NotFound("subject.stay_id", "no stay has this id",
                  "send a stay_id as PathwayService gives it; one of a fact just written is known "
                  "once its cursor is reached");
}

absl::StatusOr<StaySubject> FindByPerson(const v1::PersonAtHospital& person,
                                         const FactContext& context) {
  if (person.id_kind() != v1::ID_KIND_PATIENT_REF) {
    return InvalidField("subject.person.id_kind", "this is missing",
                        "send ID_KIND_NATIONAL_NUMBER or ID_KIND_PATIENT_REF");
  }
  if (!IsPatientRef(person.id_number())) {
    return InvalidField("subject.person.id_number", "this is no patient reference",
                        "send patient_ref as the hub gave it");
  }
  if (context.directory.HospitalByNumber(person.hospital()) == nullptr) {
    return InvalidField("subject.person.hospital", "the directory knows no such hospital",
                        "send its organisation number of 9 digits, or add it to directory.toml");
  }
  absl::StatusOr<StaySubject> stay =
      context.stays.FindOpenStay(person.id_number(), person.hospital());
  for (const std::string& other : context.other_refs) {
    if (!absl::IsNotFound(stay.status())) break;
    stay = context.stays.FindOpenStay(other, person.hospital());
  }
  // Two persons by one reference are nothing to tell of to others than their hospital.
  const bool told = stay.ok() ? MayKnowOf(*stay, context)
                              : context.scope->MaySeeHospital(person.hospital()) &&
                                    !absl::IsNotFound(stay.status());
  if (told || absl::IsUnavailable(stay.status())) return stay;
  return NotFound(
      "subject.person", "this person has no open stay at this hospital",
      "check person and hospital, or send the admission first (ADT A01 or LOG_INNLAGT)");
}

absl::StatusOr<StaySubject> FindSubject(const v1::Subject& subject, const FactContext& context) {
  if (subject.has_stay_id()) return FindByStayId(subject.stay_id(), context);
  if (subject.has_person()) return FindByPerson(subject.person(), context);
  return InvalidField("subject", "this is missing",
                      "send stay_id, or person with id_kind, id_number and hospital");
}

// Who says it of a stay.
enum class Side : unsigned char { kHospital, kKommune };

absl::Status CheckSide(Side side, const StaySubject& stay, const FactContext& context) {
  if (side == Side::kHospital) return MayWriteOfHospital(*context.scope, stay.hospital, "subject");
  if (context.scope->MaySeeKommune(stay.stay_kommune)) return absl::OkStatus();
  return FieldError(absl::StatusCode::kPermissionDenied, "subject",
                    "is for the patient's kommune to answer", "let the kommune answer");
}

// A fact of the request's subject, with what names its stay.
template <typename Request>
absl::StatusOr<v1::Envelope> NewStayFact(const Request& request, const FactContext& context,
                                         Side side) {
  absl::StatusOr<v1::Envelope> fact =
      NewFact(request.has_occurred_at(), request.occurred_at(), context);
  if (!fact.ok()) return fact;
  absl::StatusOr<StaySubject> stay = FindSubject(request.subject(), context);
  if (!stay.ok()) return stay.status();
  if (absl::Status status = CheckSide(side, *stay, context); !status.ok()) return status;
  fact->set_patient_ref(stay->patient_ref);
  fact->set_hospital(stay->hospital);
  fact->set_stay_kommune(stay->stay_kommune);
  if (stay->visit_key.empty()) {
    *fact->mutable_stated_admission_at() = ToProto(stay->admitted_at);
    fact->set_stated_admission_precision(v1::PRECISION_SECOND);
  } else {
    fact->set_visit_key(stay->visit_key);
  }
  const auto add_alias = [&](const std::string& ref) {
    if (ref != stay->patient_ref) fact->add_alias_refs(ref);
  };
  if (request.subject().has_person()) add_alias(request.subject().person().id_number());
  for (const std::string& other : context.other_refs) add_alias(other);
  return fact;
}

// Noon of the Oslo date; absent where the field is empty.
absl::StatusOr<std::optional<google::protobuf::Timestamp>> DateField(std::string_view field,
                                                                     const std::string& text) {
  if (text.empty()) return std::nullopt;
  absl::StatusOr<absl::CivilDay> day = ParseDate(text);
  if (!day.ok())
    return InvalidField(field, "this is not a date", "write it as YYYY-MM-DD, or leave it out");
  return ToProto(OsloNoon(*day));
}

bool IsCode(std::string_view text) {
  return text.size() <= kCommentCodeBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                  c == '.';
         });
}

absl::Status CheckCode(std::string_view field, std::string_view text) {
  if (IsCode(text)) return absl::OkStatus();
  return InvalidField(field, "this is no code",
                      absl::StrCat("send at most ", kCommentCodeBytesMax,
                                   " letters, digits, '-', '_' and '.', never free text"));
}

}  // namespace

absl::StatusOr<Facts> MakeFacts(const v1::DeclareUkpRequest& request, const FactContext& context) {
  absl::StatusOr<v1::Envelope> declared = NewStayFact(request, context, Side::kHospital);
  if (!declared.ok()) return declared.status();
  // The door's acceptance is the notice: from then on the kommune's view and feed show it.
  v1::Envelope notified = *declared;
  notified.set_event_id(context.next_id);
  notified.set_causation_id(context.event_id);
  if (FromProto(notified.occurred_at()) < context.now)
    *notified.mutable_occurred_at() = ToProto(context.now);
  notified.mutable_kommune_notified_of_ukp()->set_notice_id(context.event_id);

  v1::UkpDeclared& ukp = *declared->mutable_ukp_declared();
  ukp.set_decided_by(request.decided_by());
  if (request.has_assessment()) *ukp.mutable_assessment() = request.assessment();
  return Facts{*std::move(declared), std::move(notified)};
}

absl::StatusOr<Facts> MakeFacts(const v1::WithdrawUkpRequest& request, const FactContext& context) {
  if (absl::Status status = CheckCode("reason", request.reason()); !status.ok()) return status;
  absl::StatusOr<v1::Envelope> fact = NewStayFact(request, context, Side::kHospital);
  if (!fact.ok()) return fact.status();
  fact->mutable_ukp_withdrawn()->set_reason(request.reason());
  return Facts{*std::move(fact)};
}

absl::StatusOr<Facts> MakeFacts(const v1::AnswerUkpRequest& request, const FactContext& context) {
  if (absl::Status status = CheckCode("comment_code", request.comment_code()); !status.ok())
    return status;
  auto from_date = DateField("from_date", request.from_date());
  if (!from_date.ok()) return from_date.status();
  if (from_date->has_value() && !request.can_receive()) {
    return InvalidField(
        "from_date", "this stands with can_receive = false",
        "leave it out, or set can_receive where the kommune can receive from that date");
  }
  absl::StatusOr<v1::Envelope> fact = NewStayFact(request, context, Side::kKommune);
  if (!fact.ok()) return fact.status();
  v1::KommuneAnswered& answer = *fact->mutable_kommune_answered();
  answer.set_can_receive(request.can_receive());
  if (from_date->has_value()) *answer.mutable_from_date() = **from_date;
  answer.set_place_kind(request.place_kind());
  answer.set_comment_code(request.comment_code());
  return Facts{*std::move(fact)};
}

absl::StatusOr<Facts> MakeFacts(const v1::SetExpectedDischargeRequest& request,
                                const FactContext& context) {
  auto expected = DateField("expected_date", request.expected_date());
  if (!expected.ok()) return expected.status();
  absl::StatusOr<v1::Envelope> fact = NewStayFact(request, context, Side::kHospital);
  if (!fact.ok()) return fact.status();
  if (expected->has_value()) {
    *fact->mutable_expected_discharge_set()->mutable_expected_at() = **expected;
    fact->mutable_expected_discharge_set()->set_expected_precision(v1::PRECISION_DAY);
  } else {
    fact->mutable_expected_discharge_cleared();
  }
  return Facts{*std::move(fact)};
}

}  // namespace overgang::intake
