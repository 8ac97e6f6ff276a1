#include "app/cli/fact_text.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "app/cli/output.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "google/protobuf/duration.pb.h"

namespace overgang::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AddFields(const Message& message, const std::string& prefix, std::string& text);

std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return (one ? reflection.GetBool(message, &field)
                  : reflection.GetRepeatedBool(message, &field, index))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(one ? reflection.GetInt32(message, &field)
                              : reflection.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(one ? reflection.GetInt64(message, &field)
                              : reflection.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(one ? reflection.GetDouble(message, &field)
                              : reflection.GetRepeatedDouble(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.enum_type(),
                      one ? reflection.GetEnumValue(message, &field)
                          : reflection.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string value = one ? reflection.GetString(message, &field)
                                    : reflection.GetRepeatedString(message, &field, index);
      return field.type() == FieldDescriptor::TYPE_BYTES ? absl::StrCat(value.size(), " bytes")
                                                         : value;
    }
    default:
      return "";
  }
}

void AddValue(const Message& message, const FieldDescriptor& field, int index,
              const std::string& name, std::string& text) {
  std::string value;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const Reflection& reflection = *message.GetReflection();
    const Message& child = index < 0 ? reflection.GetMessage(message, &field)
                                     : reflection.GetRepeatedMessage(message, &field, index);
    if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
      value = OsloText(FromProto(static_cast<const google::protobuf::Timestamp&>(child)));
    } else if (field.message_type() == google::protobuf::Duration::descriptor()) {
      value = DurationText(
          absl::Seconds(static_cast<const google::protobuf::Duration&>(child).seconds()));
    } else {
      return AddFields(child, absl::StrCat(name, "."), text);
    }
  } else {
    value = ScalarText(message, field, index);
  }
  absl::StrAppend(&text, text.empty() ? "" : " ", name, "=", value);
}

void AddFields(const Message& message, const std::string& prefix, std::string& text) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(prefix, field->name());
    if (!field->is_repeated()) {
      AddValue(message, *field, -1, name, text);
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
      AddValue(message, *field, i, name, text);
  }
}

}  // namespace

std::string EnumText(const google::protobuf::EnumDescriptor& type, int value) {
  const google::protobuf::EnumValueDescriptor* known = type.FindValueByNumber(value);
  if (known == nullptr) return absl::StrCat(value);
  const std::string prefix(absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED"));
  return absl::AsciiStrToLower(absl::StripPrefix(known->name(), prefix));
}

std::string FactTitle(const v1::Envelope& envelope) {
  const std::string_view name = FactName(envelope);
  return name.empty() ? "?" : std::string(name);
}

std::string FactDetails(const v1::Envelope& envelope) {
  std::string text;
  const auto add = [&text](const char* name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, text.empty() ? "" : " ", name, "=", value);
  };
  add("ward", envelope.ward());
  add("kommune", envelope.stay_kommune());
  if (const FieldDescriptor* fact =
          v1::Envelope::descriptor()->FindFieldByNumber(envelope.fact_case())) {
    AddFields(envelope.GetReflection()->GetMessage(envelope, fact), "", text);
  }
  return text;
}

std::string OccurredText(const v1::Envelope& envelope) {
  if (!envelope.has_occurred_at()) return "";
  const absl::Time time = FromProto(envelope.occurred_at());
  if (envelope.occurred_precision() == v1::PRECISION_DAY)
    return absl::FormatTime("%Y-%m-%d", time, Oslo());
  return OsloText(time);
}

}  // namespace overgang::cli
