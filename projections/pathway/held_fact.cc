#include "projections/pathway/held_fact.h"

#include "core/oslo_time.h"

namespace overgang::projections {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr uint8_t kNoDigit = 0xff;

// Each fact has two ids in hex at the least: by table, and one look at the end whether all were
// digits.
constexpr std::array<uint8_t, 256> kNibbles = [] {
  std::array<uint8_t, 256> nibbles;
  nibbles.fill(kNoDigit);
  for (uint8_t i = 0; i < 10; ++i) nibbles[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    nibbles[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
    nibbles[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(10 + i);
  }
  return nibbles;
}();

bool ParseHex(std::string_view text, char* out) {
  unsigned seen = 0;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const unsigned high = kNibbles[static_cast<unsigned char>(text[i])];
    const unsigned low = kNibbles[static_cast<unsigned char>(text[i + 1])];
    seen |= high | low;
    out[i / 2] = static_cast<char>(high << 4 | low);
  }
  return seen < 16;
}

void AppendHex(std::string_view bytes, std::string* text) {
  const size_t at = text->size();
  text->resize(at + 2 * bytes.size());
  char* out = text->data() + at;
  for (const char c : bytes) {
    *out++ = kDigits[static_cast<unsigned char>(c) >> 4];
    *out++ = kDigits[static_cast<unsigned char>(c) & 15];
  }
}

int64_t OrderOf(const v1::Envelope& envelope) {
  const int64_t occurred_us = UsOfProto(envelope.occurred_at());
  if (envelope.occurred_precision() != v1::PRECISION_DAY) return occurred_us;
  const absl::Time recorded = FromProto(envelope.recorded_at());
  const absl::CivilDay day = OsloDateOfUs(occurred_us);
  return OsloDate(recorded) == day ? UsOfProto(envelope.recorded_at())
                                   : absl::ToUnixMicros(OsloNoon(day));
}

void TakeBody(const v1::Envelope& envelope, HeldFact* fact) {
  switch (envelope.fact_case()) {
    case v1::Envelope::kPatientAdmitted:
      fact->corridor = envelope.patient_admitted().corridor();
      fact->code = static_cast<uint8_t>(envelope.patient_admitted().urgency());
      break;
    case v1::Envelope::kPatientTransferred:
      fact->corridor = envelope.patient_transferred().corridor();
      break;
    case v1::Envelope::kPatientDetailsChanged:
      if (envelope.patient_details_changed().has_died_at())
        fact->value_us = UsOfProto(envelope.patient_details_changed().died_at());
      fact->died_day_only =
          envelope.patient_details_changed().died_precision() == v1::PRECISION_DAY;
      if (envelope.patient_details_changed().has_moved_kommune_at())
        fact->value2_us = UsOfProto(envelope.patient_details_changed().moved_kommune_at());
      break;
    case v1::Envelope::kKommuneNotifiedOfAdmission:
      if (envelope.kommune_notified_of_admission().has_sent_at())
        fact->value_us = UsOfProto(envelope.kommune_notified_of_admission().sent_at());
      if (envelope.kommune_notified_of_admission().has_need_clear_at())
        fact->value2_us = UsOfProto(envelope.kommune_notified_of_admission().need_clear_at());
      break;
    case v1::Envelope::kKommuneNotifiedOfUkp:
      if (envelope.kommune_notified_of_ukp().has_sent_at())
        fact->value_us = UsOfProto(envelope.kommune_notified_of_ukp().sent_at());
      break;
    case v1::Envelope::kReportSent:
      fact->code = static_cast<uint8_t>(envelope.report_sent().report());
      break;
    case v1::Envelope::kExpectedDischargeSet:
      fact->value_us = UsOfProto(envelope.expected_discharge_set().expected_at());
      break;
    case v1::Envelope::kKommuneKnowsPatient:
      fact->code = static_cast<uint8_t>(envelope.kommune_knows_patient().services());
      break;
    case v1::Envelope::kKommuneAnswered:
      fact->can_receive = envelope.kommune_answered().can_receive();
      if (envelope.kommune_answered().has_from_date())
        fact->value_us = UsOfProto(envelope.kommune_answered().from_date());
      break;
    case v1::Envelope::kPatientDischarged:
      fact->dead = envelope.patient_discharged().outcome() == "2";
      fact->discharged_to = envelope.patient_discharged().discharged_to();
      fact->to_specialist = envelope.patient_discharged().to_specialist_care();
      break;
    case v1::Envelope::kPatientDied:
      fact->dead = true;
      break;
    case v1::Envelope::kFactCancelled:
      fact->cancelled_kind = envelope.fact_cancelled().kind();
      fact->reference = envelope.fact_cancelled().reference();
      break;
    default:
      break;
  }
}

// A notice names the message or the fact that it is of.
void TakeNotice(const v1::Envelope& envelope, HeldFact* fact) {
  const std::string& of_admission = envelope.kommune_notified_of_admission().notice_id();
  const std::string& of_ukp = envelope.kommune_notified_of_ukp().notice_id();
  if (!of_admission.empty()) fact->reference = of_admission;
  if (!of_ukp.empty()) fact->reference = of_ukp;
}

}  // namespace

absl::StatusOr<PatientRef> PatientRef::Parse(std::string_view text) {
  PatientRef ref;
  if (text.size() != 37 || text[4] != '-' || !ParseHex(text.substr(0, 4), ref.bytes.data()) ||
      !ParseHex(text.substr(5), ref.bytes.data() + 2)) {
    return absl::InvalidArgumentError(
        "not a patient reference; expected 4 hex digits, '-', 32 hex digits");
  }
  return ref;
}

PatientRef PatientRef::FromKey(std::string_view key) {
  PatientRef ref;
  if (key.size() == ref.bytes.size()) std::memcpy(ref.bytes.data(), key.data(), key.size());
  return ref;
}

std::string PatientRef::Text() const {
  std::string text;
  text.reserve(37);
  AppendHex(key().substr(0, 2), &text);
  text += '-';
  AppendHex(key().substr(2), &text);
  return text;
}

bool Uuid::Parse(std::string_view text, Uuid* uuid) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return false;
  char* out = uuid->bytes.data();
  for (auto [at, size] : {std::pair<size_t, size_t>{0, 8}, {9, 4}, {14, 4}, {19, 4}, {24, 12}}) {
    if (!ParseHex(text.substr(at, size), out)) return false;
    out += size / 2;
  }
  return true;
}

Uuid Uuid::FromKey(std::string_view key) {
  Uuid uuid;
  if (key.size() == uuid.bytes.size()) std::memcpy(uuid.bytes.data(), key.data(), key.size());
  return uuid;
}

std::string Uuid::Text() const {
  std::string text;
  text.reserve(36);
  AppendHex(key().substr(0, 4), &text);
  for (auto [at, size] : {std::pair<size_t, size_t>{4, 2}, {6, 2}, {8, 2}, {10, 6}}) {
    text += '-';
    AppendHex(key().substr(at, size), &text);
  }
  return text;
}

bool IsPathwayFact(const v1::Envelope& envelope) {
  return envelope.fact_case() > 100 && envelope.fact_case() < 200;
}

absl::StatusOr<FactPtr> Hold(const v1::Envelope& envelope, std::string_view bytes,
                             int64_t appended_us) {
  auto held = std::make_unique<HeldFact>();
  HeldFact& fact = *held;
  fact.kind = static_cast<v1::FactKind>(envelope.fact_case() - 100);
  if (!Uuid::Parse(envelope.event_id(), &fact.event_id))
    return absl::InvalidArgumentError("event_id is not a UUID");
  auto patient = PatientRef::Parse(envelope.patient_ref());
  if (!patient.ok()) return absl::InvalidArgumentError("patient_ref is not a patient reference");
  fact.patient = *patient;
  for (const std::string& alias : envelope.alias_refs()) {
    auto ref = PatientRef::Parse(alias);
    if (!ref.ok())
      return absl::InvalidArgumentError("alias_refs holds what is no patient reference");
    if (*ref != fact.patient) fact.aliases.push_back(*ref);
  }
  if (envelope.has_patient_merged()) {
    auto merged = PatientRef::Parse(envelope.patient_merged().merged_ref());
    if (!merged.ok()) return absl::InvalidArgumentError("merged_ref is not a patient reference");
    fact.merged = *merged;
  }
  if (!envelope.has_occurred_at()) return absl::InvalidArgumentError("occurred_at is missing");
  if (!fact.hospital.Assign(envelope.hospital()))
    return absl::InvalidArgumentError("hospital is longer than 9 digits");
  if (!fact.residence_kommune.Assign(envelope.residence_kommune()) ||
      !fact.stay_kommune.Assign(envelope.stay_kommune())) {
    return absl::InvalidArgumentError("a kommune is longer than 4 digits");
  }
  if (!fact.bydel.Assign(envelope.bydel()))
    return absl::InvalidArgumentError("bydel is longer than 6 digits");
  fact.ward.Assign(std::string_view(envelope.ward()).substr(0, 24));
  fact.order_us = OrderOf(envelope);
  fact.occurred_us = UsOfProto(envelope.occurred_at());
  fact.recorded_us = UsOfProto(envelope.recorded_at());
  fact.appended_us = appended_us;
  if (envelope.has_stated_admission_at())
    fact.stated_admission_us = UsOfProto(envelope.stated_admission_at());
  fact.visit_key = envelope.visit_key();
  // A wrong birth date gives no age, rather than another band's; a fact without age says no sex.
  if (envelope.age_at_admission() >= 0 && envelope.age_at_admission() <= kAgeMax) {
    fact.age_at_admission = static_cast<uint8_t>(envelope.age_at_admission());
    fact.sex = envelope.sex();
  }
  fact.sector = envelope.sector();
  fact.channel = envelope.source().channel();
  fact.occurred_day_only = envelope.occurred_precision() == v1::PRECISION_DAY;
  fact.stated_day_only = envelope.stated_admission_precision() == v1::PRECISION_DAY;
  fact.time_ambiguous = envelope.time_ambiguous();
  if (fact.channel == v1::CHANNEL_PLO) fact.reference = envelope.source().control_id();
  TakeBody(envelope, &fact);
  TakeNotice(envelope, &fact);
  fact.bytes = bytes;
  return held;
}

}  // namespace overgang::projections
