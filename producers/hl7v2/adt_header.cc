#include "producers/hl7v2/adt_header.h"

#include "core/uuid.h"

namespace overgang::hl7v2 {
namespace {

bool IsTrigger(std::string_view text) {
  return text.size() == 3 && text[0] == 'A' && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' &&
         text[2] <= '9';
}

// 2.1 to 2.8, and their corrections (2.3.1, 2.8.2).
bool IsVersion(std::string_view text) {
  return text.size() >= 3 && text.starts_with("2.") && text[2] >= '1' && text[2] <= '8' &&
         (text.size() == 3 || text[3] == '.');
}

void Refuse(AdtResult& result, std::string_view code, std::string_view place,
            std::string_view reason, Hl7Error error, bool reject) {
  result.refusal = AdtRefusal{
      {std::string(code), std::string(place), std::string(reason), "", ""}, error, reject};
}

// Fills in the name by which the directory knows the facility.
const Hospital* FindHospital(const Message& message, const Directory& directory,
                             std::string& facility) {
  const std::string_view msh4 = message.msh().Field(4);
  for (const size_t component : {size_t{1}, size_t{2}}) {
    const std::string name = message.Value(msh4, component);
    const Hospital* hospital = name.empty() ? nullptr : directory.HospitalByFacility(name);
    if (hospital == nullptr) continue;
    facility = name;
    return hospital;
  }
  return nullptr;
}

void CheckKind(const Message& message, const AdtContext& context, AdtResult& result) {
  const Segment& msh = message.msh();
  if (message.Value(msh.Field(9), 1) != "ADT") {
    return Refuse(result, "unsupported_type", "MSH-9",
                  "only ADT messages are taken here; send others elsewhere",
                  Hl7Error::kUnsupportedType, true);
  }
  const std::string version = message.Value(msh.Field(12));
  if (!version.empty() && !IsVersion(version)) {
    return Refuse(result, "unsupported_version", "MSH-12",
                  "versions 2.1 to 2.8 are taken; send one of them", Hl7Error::kUnsupportedVersion,
                  true);
  }
  const std::string processing = message.Value(msh.Field(11));
  const bool test = processing == "T" || processing == "D";
  if (!processing.empty() && processing != "P" &&
      !(test && context.environment == Environment::kTest)) {
    return Refuse(
        result, "unsupported_processing", "MSH-11",
        test ? "this hub is in production; send test messages to a test hub" : "send P, T or D",
        Hl7Error::kUnsupportedProcessing, true);
  }
  if (message.Value(msh.Field(10)).empty()) {
    Refuse(result, "field_missing", "MSH-10", "the message has no control id; number each message",
           Hl7Error::kFieldMissing, false);
  }
}

}  // namespace

std::string DigestWithoutTime(const Message& message) {
  thread_local std::string content;
  const std::string_view bytes = message.bytes(), time = message.raw_msh().Field(7);
  const size_t start =
      time.data() == nullptr ? bytes.size() : static_cast<size_t>(time.data() - bytes.data());
  content.assign(bytes.substr(0, start));
  if (start < bytes.size()) content += bytes.substr(start + time.size());
  return ContentDigest(content);
}

std::string MessageId(const Message& message, std::string_view digest) {
  const Segment& msh = message.msh();
  return NameUuid({"hl7v2", msh.Field(3), msh.Field(4), msh.Field(10), digest});
}

const Hospital* ReadHeader(const Message& message, const AdtContext& context, AdtResult& result) {
  const Segment& msh = message.msh();
  result.trigger = message.Value(msh.Field(9), 2);
  if (result.trigger.empty()) result.trigger = message.Value(message.Field("EVN", 1));
  if (!IsTrigger(result.trigger)) result.trigger = "other";
  result.is_acknowledgement =
      message.Value(msh.Field(9), 1) == "ACK" || message.Find("MSA") != nullptr;
  v1::Source& source = result.source;
  source.set_channel(v1::CHANNEL_HL7V2);
  source.set_sender(SafeText(message.Value(msh.Field(4), 1)));
  if (source.sender().empty()) source.set_sender("unknown");
  source.set_control_id(SafeText(message.Value(msh.Field(10))));
  source.set_digest(DigestWithoutTime(message));
  if (result.is_acknowledgement) return nullptr;

  const Hospital* hospital = FindHospital(message, context.directory, result.facility);
  CheckKind(message, context, result);
  if (result.refusal) return nullptr;
  if (hospital == nullptr) {
    Refuse(result, "unknown_facility", "MSH-4",
           "the directory has no hospital with this facility; add it to hl7_facilities in the "
           "directory, then retry",
           Hl7Error::kUnknownKey, false);
  }
  return hospital;
}

}  // namespace overgang::hl7v2
