#include "producers/plo/plo_map.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/plo/plo_patient.h"

namespace overgang::plo {
namespace {

struct Kind {
  std::string_view type;
  std::string_view usage;
  std::string_view event;
  v1::FactKind fact;
};
constexpr Kind kKinds[] = {
    {"LOG_INNLAGT", "MeldingInnlagtPasient", "1", v1::FACT_KIND_PATIENT_ADMITTED},
    {"LOG_UTSKRIVNINGSKLAR", "MeldingUtskrivningsklarPasient", "3", v1::FACT_KIND_UKP_DECLARED},
    {"LOG_AVMELDING", "AvmeldingUtskrivningsklarPasient", "4", v1::FACT_KIND_UKP_WITHDRAWN},
    {"LOG_UTSKREVET", "MeldingOmUtskrevetPasient", "2", v1::FACT_KIND_PATIENT_DISCHARGED},
    {"LOG_DOD", "OrienteringOmDod", "13", v1::FACT_KIND_PATIENT_DIED},
};
constexpr std::string_view kAdmittedEvent = "1";
constexpr std::string_view kOutcomeDead = "2";

v1::FactKind NoticeOf(v1::FactKind kind) {
  if (kind == v1::FACT_KIND_PATIENT_ADMITTED) return v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION;
  if (kind == v1::FACT_KIND_UKP_DECLARED) return v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP;
  return v1::FACT_KIND_UNSPECIFIED;
}

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

v1::Source SourceOf(int her_id, std::string_view control_id, std::string_view conversation,
                    std::string_view bytes) {
  v1::Source source;
  source.set_channel(v1::CHANNEL_PLO);
  source.set_sender(her_id == 0 ? "unknown" : absl::StrCat(her_id));
  // What is no UUID may be anything, and is not repeated.
  if (IsUuid(control_id)) source.set_control_id(Lower(control_id));
  if (IsUuid(conversation)) source.set_conversation(Lower(conversation));
  source.set_digest(ContentDigest(bytes));
  return source;
}

template <typename Id, typename Find>
auto Either(Id organisation, Id service, Find find) {
  auto found = organisation != 0 ? find(organisation) : nullptr;
  return found == nullptr && service != 0 ? find(service) : found;
}

// That the kommune was notified by this message, of an admission or of UKP.
void SetNotice(const std::string& message_id, const google::protobuf::Timestamp& sent_at,
               v1::FactKind of, v1::Envelope* notified) {
  if (of == v1::FACT_KIND_PATIENT_ADMITTED) {
    v1::KommuneNotifiedOfAdmission& notice = *notified->mutable_kommune_notified_of_admission();
    notice.set_notice_id(message_id);
    *notice.mutable_sent_at() = sent_at;
  } else {
    v1::KommuneNotifiedOfUkp& notice = *notified->mutable_kommune_notified_of_ukp();
    notice.set_notice_id(message_id);
    *notice.mutable_sent_at() = sent_at;
  }
}

class Mapper {
 public:
  Mapper(PloReading& reading, const PloContext& context)
      : reading_(reading), message_(reading.message), context_(context) {}

  void Run(const std::optional<PloError>& error) {
    kind_ = std::ranges::find(kKinds, message_.type, &Kind::type);
    if (kind_ == std::end(kKinds) && !message_.type.empty())
      return NoFact("the hub makes no facts of this type of message");
    const auto hospital = [&](const Party& party) {
      return Either(party.organisation_her_id, party.service_her_id,
                    [&](int id) { return context_.directory.HospitalByHerId(id); });
    };
    const auto kommune = [&](const Party& party) {
      return Either(party.organisation_her_id, party.service_her_id,
                    [&](int id) { return context_.directory.KommuneByHerId(id); });
    };
    const Hospital* to_hospital = hospital(message_.receiver);
    const KommuneEntry* to_kommune = kommune(message_.receiver);
    from_hospital_ = hospital(message_.sender);
    kommune_ = to_kommune != nullptr ? to_kommune : kommune(message_.sender);
    for_us_ = to_hospital != nullptr || to_kommune != nullptr;
    // A notice of death goes between GP and kommune: either of them may be ours.
    const bool ours = for_us_ || (message_.type == "LOG_DOD" &&
                                  (kommune_ != nullptr || from_hospital_ != nullptr));
    if (!ours) return WrongOrganisation();
    if (!IsUuid(message_.msg_id)) {
      return Refuse("E10", "msg_id_no_uuid", "MsgHead/MsgInfo/MsgId",
                    "the MsgId is not a UUID; send the message with a new one");
    }
    if (error.has_value()) return Refuse(error->code, error->name, error->place, error->reason);
    if (message_.version.empty()) {
      return Refuse("T02", "no_content", "MsgHead/Document/RefDoc/Content",
                    "it holds no Pasientlogistikk; send it with its content");
    }
    if (message_.usage != kind_->usage) {
      return Refuse("T02", "type_and_content_differ", "MsgHead/MsgInfo/Type",
                    absl::StrCat("the type needs the content ", std::string(kind_->usage),
                                 "; send type and content that agree"));
    }
    hospital_ = from_hospital_ != nullptr ? from_hospital_ : to_hospital;
    if (kind_->fact != v1::FACT_KIND_PATIENT_DIED) {
      if (from_hospital_ == nullptr) {
        return Refuse(
            "X99", "unknown_sender", "MsgHead/MsgInfo/Sender/Organisation/Ident/Id",
            "no hospital of the directory has this HER-id; add it to her_ids of the hospital");
      }
      if (to_kommune == nullptr) {
        return Refuse("E21", "receiver_no_kommune",
                      "MsgHead/MsgInfo/Receiver/Organisation/Ident/Id",
                      "the receiver is not a kommune; send the message to the patient's kommune");
      }
    }
    Facts();
  }

 private:
  void WrongOrganisation() {
    reading_.kind = PloReading::Kind::kWrongOrganisation;
    reading_.refusal =
        Refusal{"wrong_organisation", "MsgHead/MsgInfo/Receiver/Organisation/Ident/Id",
                "neither kommune nor hospital of the directory has this HER-id; add it to her_ids "
                "or services, or send "
                "the message where it belongs",
                "", ""};
  }

  void NoFact(std::string_view why) {
    reading_.kind = PloReading::Kind::kNoFact;
    reading_.note = why;
  }

  void Refuse(std::string_view code, std::string_view name, std::string_view place,
              std::string_view reason) {
    reading_.kind = PloReading::Kind::kRefused;
    reading_.facts.clear();
    reading_.refusal = Refusal{std::string(name),
                               std::string(place),
                               std::string(reason),
                               patient_ref_,
                               "",
                               hospital_ == nullptr ? "" : hospital_->organisation};
    if (!Answers()) return;
    const std::string text =
        absl::StrCat(std::string(ErrorText(code)), " (", std::string(place), ")");
    reading_.answer = AppRecAnswer{AppRecStatus::kRejected, {{std::string(code), text}}};
  }

  bool Answers() const { return context_.role == PloRole::kReceiver && for_us_; }

  const PloEvent* Event(std::string_view code) const {
    const auto found = std::ranges::find(message_.events, code, &PloEvent::code);
    return found == message_.events.end() ? nullptr : &*found;
  }

  void Facts() {
    const PloEvent* event = Event(kind_->event);
    if (event == nullptr) {
      return Refuse("T02", "event_missing",
                    absl::StrCat(std::string(kind_->usage), "/TidsfestetHendelse/Hendelsekode"),
                    absl::StrCat("there is no event with code ", std::string(kind_->event),
                                 " of list 9121; send it with its time"));
    }
    const absl::StatusOr<PatientRefs> patient =
        IdentifyPatient(message_, reading_.source.sender(), context_.pseudonymizer);
    if (!patient.ok()) {
      return Refuse("E36", "patient_not_identified", PlaceOf(patient.status()).field,
                    std::string(patient.status().message()));
    }
    reading_.synthetic = patient->synthetic;
    patient_ref_ = patient->current;
    SetBase(*patient, *event);
    const bool cancels = message_.status == "C" || message_.status == "M";
    if (cancels) Cancel();
    if (message_.status != "C") State(*event);
    reading_.kind = PloReading::Kind::kFacts;
    if (Answers()) reading_.answer = AppRecAnswer{};
  }

  void SetBase(const PatientRefs& patient, const PloEvent& event) {
    base_.set_patient_ref(patient.current);
    for (const std::string& alias : patient.aliases) base_.add_alias_refs(alias);
    if (hospital_ != nullptr) base_.set_hospital(hospital_->organisation);
    if (kommune_ != nullptr) base_.set_stay_kommune(kommune_->kommune);
    if (KommuneByNumber(message_.patient.kommune) != nullptr)
      base_.set_residence_kommune(message_.patient.kommune);
    SetWard();
    const PloEvent* admitted = Event(kAdmittedEvent);
    if (admitted != nullptr) {
      *base_.mutable_stated_admission_at() = ToProto(admitted->at.time);
      base_.set_stated_admission_precision(admitted->at.precision);
    }
    if (message_.patient.born.has_value()) {
      base_.set_age_at_admission(AgeAt(
          *message_.patient.born, OsloDate((admitted != nullptr ? *admitted : event).at.time)));
      base_.set_sex(SexOf(message_.patient.sex));
    }
    *base_.mutable_recorded_at() = ToProto(message_.generated.time);
    *base_.mutable_source() = reading_.source;
    base_.set_correlation_id(reading_.source.control_id());
    base_.set_schema_version(1);
  }

  // Only a ward that the directory knows: the local names of units are the sender's own.
  void SetWard() {
    if (hospital_ == nullptr) return;
    for (const std::string& unit : message_.units) {
      const auto ward = std::ranges::find(hospital_->wards, unit, &Ward::id);
      if (ward == hospital_->wards.end()) continue;
      base_.set_ward(ward->id);
      base_.set_sector(ward->sector);
      return;
    }
  }

  v1::Envelope& Add(const StatedTime& at) {
    v1::Envelope& fact = reading_.facts.emplace_back(base_);
    const std::string index = absl::StrCat(reading_.facts.size() - 1);
    fact.set_event_id(NameUuid({"plo", reading_.source.control_id(), index}));
    *fact.mutable_occurred_at() = ToProto(at.time);
    fact.set_occurred_precision(at.precision);
    fact.set_time_ambiguous(at.ambiguous);
    return fact;
  }

  void State(const PloEvent& event) {
    v1::Envelope& fact = Add(event.at);
    switch (kind_->fact) {
      case v1::FACT_KIND_PATIENT_ADMITTED:
        fact.mutable_patient_admitted();
        break;
      case v1::FACT_KIND_UKP_DECLARED:
        fact.mutable_ukp_declared()->set_anslag_stated(event.anslag.has_value());
        fact.mutable_ukp_declared()->set_anslag(event.anslag.value_or(false));
        break;
      case v1::FACT_KIND_UKP_WITHDRAWN:
        fact.mutable_ukp_withdrawn();
        break;
      case v1::FACT_KIND_PATIENT_DISCHARGED:
        fact.mutable_patient_discharged()->set_discharged_to(message_.discharged_to);
        fact.mutable_patient_discharged()->set_outcome(message_.outcome);
        if (message_.outcome == kOutcomeDead) Add(event.at).mutable_patient_died();
        break;
      default:
        fact.mutable_patient_died();
        break;
    }
    if (NoticeOf(kind_->fact) == v1::FACT_KIND_UNSPECIFIED || !Answers()) return;
    // Our positive AppRec is the notice, and it is given now.
    v1::Envelope& notified = Add({context_.now, v1::PRECISION_SECOND, false});
    *notified.mutable_recorded_at() = ToProto(context_.now);
    SetNotice(reading_.source.control_id(), ToProto(message_.generated.time), kind_->fact,
              &notified);
  }

  void Cancel() {
    const std::string& original = message_.parent.empty() ? message_.conversation : message_.parent;
    const std::string reference = IsUuid(original) ? Lower(original) : "";
    AddCancelled(kind_->fact, reference);
    // A death that the discharge told goes with it; without its id, another source's death is not
    // ours to take back.
    if (kind_->fact == v1::FACT_KIND_PATIENT_DISCHARGED && !reference.empty()) {
      AddCancelled(v1::FACT_KIND_PATIENT_DIED, reference);
    }
    // What was changed has still been told; what is taken back was never to be told.
    if (message_.status == "C" && NoticeOf(kind_->fact) != v1::FACT_KIND_UNSPECIFIED) {
      AddCancelled(NoticeOf(kind_->fact), reference);
    }
  }

  void AddCancelled(v1::FactKind kind, const std::string& reference) {
    // Just before the new fact of a change, or it would take that back where no reference names the
    // old one.
    StatedTime at = message_.generated;
    if (message_.status == "M") at.time -= absl::Microseconds(1);
    v1::Envelope& fact = Add(at);
    *fact.mutable_recorded_at() = ToProto(at.time);
    fact.mutable_fact_cancelled()->set_kind(kind);
    fact.mutable_fact_cancelled()->set_reference(reference);
  }

  PloReading& reading_;
  const PloMessage& message_;
  const PloContext& context_;
  const Kind* kind_ = nullptr;
  const Hospital* from_hospital_ = nullptr;
  const Hospital* hospital_ = nullptr;
  const KommuneEntry* kommune_ = nullptr;
  bool for_us_ = false;
  std::string patient_ref_;
  v1::Envelope base_;
};

void RefuseUnread(PloReading& reading, std::string_view name, std::string_view place,
                  std::string_view reason) {
  reading.kind = PloReading::Kind::kRefused;
  reading.refusal = Refusal{std::string(name), std::string(place), std::string(reason), "", ""};
}

void ReadReceipt(PloReading& reading, const pugi::xml_node& root, std::string_view bytes) {
  AppRecReadResult read = ReadAppRec(root);
  reading.format = "apprec";
  reading.apprec = std::move(read.apprec);
  reading.source =
      SourceOf(reading.apprec.sender_her_id, reading.apprec.original_id, reading.apprec.id, bytes);
  if (read.error.has_value())
    return RefuseUnread(reading, read.error->name, read.error->place, read.error->reason);
  reading.kind = PloReading::Kind::kAppRec;
}

}  // namespace

PloReading ReadPlo(std::string_view bytes, const PloContext& context) {
  PloReading reading;
  reading.source = SourceOf(0, "", "", bytes);
  const auto document = LoadXml(bytes);
  if (!document.ok()) {
    const std::string_view name = bytes.size() > kMessageBytesMax ? "too_large" : "not_xml";
    RefuseUnread(reading, name, PlaceOf(document.status()).field,
                 std::string(document.status().message()));
    return reading;
  }
  const pugi::xml_node root = (*document)->document_element();
  if (IsAppRec(root)) {
    ReadReceipt(reading, root, bytes);
    return reading;
  }
  if (LocalName(root) != "MsgHead" || NamespaceOf(root) != kMsgHeadNamespace) {
    RefuseUnread(reading, "no_msg_head", "document",
                 "the root is neither a MsgHead nor an AppRec; send PLO messages here");
    return reading;
  }
  PloReadResult read = ReadMsgHead(root);
  reading.message = std::move(read.message);
  const PloMessage& message = reading.message;
  const int sender = message.sender.organisation_her_id != 0 ? message.sender.organisation_her_id
                                                             : message.sender.service_her_id;
  reading.source = SourceOf(sender, message.msg_id, message.conversation, bytes);
  Mapper(reading, context).Run(read.error);
  return reading;
}

bool NotifiesKommune(const AppRec& apprec) {
  const auto kind = std::ranges::find(kKinds, apprec.original_type, &Kind::type);
  return apprec.status != AppRecStatus::kRejected && IsUuid(apprec.original_id) &&
         kind != std::end(kKinds) && NoticeOf(kind->fact) != v1::FACT_KIND_UNSPECIFIED;
}

v1::Envelope MapAppRec(const AppRec& apprec, const v1::Source& source, const v1::Envelope& notice) {
  v1::Envelope fact = notice;
  fact.set_event_id(NameUuid({"apprec", apprec.id, source.control_id()}));
  *fact.mutable_source() = source;
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(apprec.generated.time);
  fact.set_occurred_precision(apprec.generated.precision);
  fact.set_time_ambiguous(apprec.generated.ambiguous);
  fact.set_correlation_id(source.control_id());
  fact.clear_original_id();
  SetNotice(
      source.control_id(), notice.recorded_at(),
      notice.has_patient_admitted() ? v1::FACT_KIND_PATIENT_ADMITTED : v1::FACT_KIND_UKP_DECLARED,
      &fact);
  return fact;
}

}  // namespace overgang::plo
