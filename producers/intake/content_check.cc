#include "producers/intake/content_check.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"
#include "google/protobuf/timestamp.pb.h"
#include "overgang/v1/intake_service.pb.h"

namespace overgang::intake {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

absl::Status Invalid(const std::string& path, std::string_view message, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, path, message, remedy);
}

absl::Status CheckText(const FieldDescriptor& field, const std::string& text,
                       const std::string& path) {
  if (text.size() > kTextBytesMax) {
    return Invalid(path, "this is too long",
                   absl::StrCat("send at most ", kTextBytesMax, " bytes"));
  }
  const bool is_number_field = (field.containing_type() == v1::PersonAtHospital::descriptor() ||
                                field.containing_type() == v1::PersonOfFacts::descriptor()) &&
                               field.name() == "id_number";
  if (is_number_field || IsUuid(text) || IsPatientRef(text)) return absl::OkStatus();
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return Invalid(path, "this holds control characters", "send plain text of one line");
    }
  }
  if (!HoldsNationalNumber(text)) return absl::OkStatus();
  return Invalid(path, "this holds a national identity number",
                 "name the person in subject.person, or by a patient reference that the hub gave");
}

absl::Status CheckTime(const Timestamp& timestamp, const std::string& path) {
  constexpr int kNanosPerSecond = 1'000'000'000;
  const int64_t year =
      absl::ToCivilYear(absl::FromUnixSeconds(timestamp.seconds()), absl::UTCTimeZone()).year();
  if (timestamp.nanos() >= 0 && timestamp.nanos() < kNanosPerSecond && year >= kYearMin &&
      year <= kYearMax) {
    return absl::OkStatus();
  }
  return Invalid(path, "this time cannot be",
                 absl::StrCat("send a time of the years ", kYearMin, " to ", kYearMax));
}

absl::Status CheckMessage(const Message& message, const std::string& path);

// One value of a field; `index` is -1 where the field is not repeated.
absl::Status CheckValue(const Message& message, const FieldDescriptor& field, int index,
                        const std::string& path) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return CheckText(
          field,
          index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                    : reflection.GetRepeatedStringReference(message, &field, index, &scratch),
          path);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = index < 0 ? reflection.GetEnumValue(message, &field)
                                  : reflection.GetRepeatedEnumValue(message, &field, index);
      if (field.enum_type()->FindValueByNumber(value) != nullptr) return absl::OkStatus();
      return Invalid(path, "this value is not known",
                     absl::StrCat("send one of ", field.enum_type()->name()));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = index < 0 ? reflection.GetMessage(message, &field)
                                       : reflection.GetRepeatedMessage(message, &field, index);
      if (field.message_type() == Timestamp::descriptor())
        return CheckTime(static_cast<const Timestamp&>(child), path);
      return CheckMessage(child, path);
    }
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckMessage(const Message& message, const std::string& path) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = path.empty() ? field->name() : absl::StrCat(path, ".", field->name());
    if (!field->is_repeated()) {
      if (absl::Status status = CheckValue(message, *field, -1, name); !status.ok()) return status;
      continue;
    }
    const bool of_facts = field->containing_type() == v1::AppendFactsRequest::descriptor();
    const int items_max = of_facts ? kFactsPerRequestMax : kRepeatedItemsMax;
    const int items = message.GetReflection()->FieldSize(message, field);
    if (items > items_max)
      return Invalid(name, "these are too many",
                     absl::StrCat("send at most ", items_max, " at a time"));
    for (int i = 0; i < items; ++i) {
      if (absl::Status status = CheckValue(message, *field, i, absl::StrCat(name, "[", i, "]"));
          !status.ok())
        return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContent(const Message& message) { return CheckMessage(message, ""); }

}  // namespace overgang::intake
