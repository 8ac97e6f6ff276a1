#include "core/fact_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang {
namespace {

std::string Rfc3339(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", FromProto(timestamp), absl::UTCTimeZone());
}

}  // namespace

Topic TopicOf(const v1::Envelope& envelope) {
  const int number = envelope.fact_case();
  if (number == v1::Envelope::kOriginalReceived) return Topic::kOriginals;
  switch (number / 100) {
    case 2:
      return Topic::kReadmissions;
    case 3:
      return Topic::kCapacity;
    case 4:
      return Topic::kEscalation;
    case 5:
      return Topic::kStatus;
    case 6:
      return Topic::kParked;
    case 7:
      return Topic::kLeader;
    default:
      return Topic::kPathway;
  }
}

std::string KeyOf(const v1::Envelope& envelope) {
  switch (TopicOf(envelope)) {
    case Topic::kPathway:
    case Topic::kReadmissions:
      return envelope.patient_ref();
    case Topic::kCapacity:
      if (envelope.has_places_reported()) return envelope.places_reported().unit();
      if (envelope.has_beds_reported())
        return absl::StrCat(envelope.hospital(), "/", envelope.beds_reported().unit());
      return envelope.hospital();
    case Topic::kEscalation:
      return envelope.hospital();
    case Topic::kStatus:
      if (envelope.has_daily_status_issued()) return envelope.daily_status_issued().scope();
      if (envelope.has_tables_published())
        return absl::StrCat("t:", envelope.tables_published().date());
      if (envelope.has_daily_status_corrected()) return envelope.daily_status_corrected().scope();
      return envelope.hospital().empty() ? absl::StrCat("k:", envelope.stay_kommune())
                                         : absl::StrCat("h:", envelope.hospital());
    case Topic::kParked:
    case Topic::kOriginals:
      return SourceName(envelope.source());
    case Topic::kLeader:
      return "";
  }
  return "";
}

std::string_view FactName(const v1::Envelope& envelope) {
  if (envelope.fact_case() == v1::Envelope::FACT_NOT_SET) return {};
  return v1::Envelope::descriptor()
      ->FindFieldByNumber(envelope.fact_case())
      ->message_type()
      ->name();
}

std::string SourceName(const v1::Source& source) {
  switch (source.channel()) {
    case v1::CHANNEL_HL7V2:
      return absl::StrCat("hl7v2:", source.sender());
    case v1::CHANNEL_PLO:
      return absl::StrCat("plo:", source.sender());
    case v1::CHANNEL_INTAKE:
      return absl::StrCat("intake:", source.sender());
    case v1::CHANNEL_IMPORT:
      return absl::StrCat("import:", source.sender());
    default:
      return "hub";
  }
}

NewRecord ToRecord(const v1::Envelope& envelope) {
  NewRecord record;
  record.topic = TopicOf(envelope);
  record.key = KeyOf(envelope);
  // Maps are not used in facts, so protobuf's output is the same for the same fact.
  record.value = envelope.SerializeAsString();
  record.headers = {{"ce_specversion", "1.0"},
                    {"ce_type", absl::StrCat("overgang.v1.", std::string(FactName(envelope)))},
                    {"ce_id", envelope.event_id()},
                    {"ce_source", absl::StrCat("/", SourceName(envelope.source()))},
                    {"ce_time", Rfc3339(envelope.occurred_at())},
                    {"content-type", "application/protobuf"}};
  if (!envelope.patient_ref().empty())
    record.headers.emplace_back("ce_subject", envelope.patient_ref());
  return record;
}

void FactWriter::Append(const std::vector<v1::Envelope>& facts, Done done) {
  std::vector<NewRecord> records;
  records.reserve(facts.size());
  for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
  log_.Append(std::move(records),
              [this, done = std::move(done)](absl::StatusOr<std::vector<LogPosition>> positions) {
                if (!positions.ok()) return done(positions.status());
                done(Cursor::After(incarnation_, *positions));
              });
}

v1::Envelope FactWriter::Sealed(std::string_view format, std::string_view original,
                                const v1::Source& source) const {
  const std::string original_id = NameUuid({"original", format, original});
  v1::Envelope envelope;
  envelope.set_event_id(original_id);
  *envelope.mutable_source() = source;
  envelope.set_schema_version(1);
  *envelope.mutable_recorded_at() = *envelope.mutable_occurred_at() = ToProto(clock_.Now());
  v1::OriginalReceived& received = *envelope.mutable_original_received();
  received.set_original_id(original_id);
  received.set_format(std::string(format));
  received.set_key_id(sealer_.KeyId());
  received.set_sealed(
      sealer_.Seal(original.substr(0, std::min(original.size(), kOriginalBytesMax)), original_id));
  *received.mutable_received_at() = envelope.occurred_at();
  return envelope;
}

void FactWriter::AppendWithOriginal(std::string_view format, std::string_view original,
                                    std::vector<v1::Envelope> facts, Done done) {
  v1::Envelope envelope =
      Sealed(format, original, facts.empty() ? v1::Source() : facts.front().source());
  for (v1::Envelope& fact : facts) fact.set_original_id(envelope.original_received().original_id());
  facts.insert(facts.begin(), std::move(envelope));
  Append(facts, std::move(done));
}

void FactWriter::KeepOriginal(std::string_view format, std::string_view original,
                              const v1::Source& source, Done done) {
  Append({Sealed(format, original, source)}, std::move(done));
}

void FactWriter::Park(std::string_view format, std::string_view original, const v1::Source& source,
                      const Refusal& refusal, Done done) {
  const std::string digest = source.digest().empty() ? ContentDigest(original) : source.digest();
  v1::Envelope envelope;
  envelope.set_event_id(NameUuid({"parked", format, source.sender(), source.control_id(), digest}));
  *envelope.mutable_source() = source;
  envelope.set_schema_version(1);
  *envelope.mutable_recorded_at() = *envelope.mutable_occurred_at() = ToProto(clock_.Now());
  envelope.set_hospital(refusal.hospital);
  v1::MessageParked& parked = *envelope.mutable_message_parked();
  parked.set_parked_id(envelope.event_id());
  parked.set_reason(refusal.reason);
  if (original.size() > kOriginalBytesMax) {
    absl::StrAppend(parked.mutable_reason(), "; only its first ", kOriginalBytesMax, " of ",
                    original.size(), " bytes are kept");
  }
  parked.set_place(refusal.place);
  parked.set_code(refusal.code);
  parked.set_patient_ref(refusal.patient_ref);
  parked.set_visit_key(refusal.visit_key);
  parked.set_original_id(NameUuid({"original", format, original}));
  AppendWithOriginal(format, original, {std::move(envelope)}, std::move(done));
}

}  // namespace overgang
