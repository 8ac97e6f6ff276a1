#include "adapters/http/query_fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/errors.h"
#include "core/url_form.h"
#include "google/protobuf/descriptor.h"

namespace overgang::http {
namespace {

namespace pb = google::protobuf;

constexpr size_t kValuesMax = 1000;  // Of one repeated field; there are 357 kommuner.

bool IsMessage(const pb::FieldDescriptor& field) {
  return field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
}

// A part of a request, whose fields are given as the request's own.
bool IsPart(const pb::FieldDescriptor& field, const pb::Descriptor& type) {
  return IsMessage(field) && !field.is_repeated() &&
         field.message_type()->file()->package() == type.file()->package();
}

const pb::FieldDescriptor* FindIn(const pb::Descriptor& type, const std::string& name) {
  const pb::FieldDescriptor* field = type.FindFieldByName(name);
  if (field == nullptr) field = type.FindFieldByCamelcaseName(name);
  return field != nullptr && IsMessage(*field) ? nullptr : field;
}

// A field and the message that it belongs to: the request or a part of it.
struct Place {
  pb::Message* message = nullptr;
  const pb::FieldDescriptor* field = nullptr;
};

Place FindPlace(pb::Message& request, const std::string& name) {
  const pb::Descriptor& type = *request.GetDescriptor();
  if (const pb::FieldDescriptor* field = FindIn(type, name)) return {&request, field};
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& part = *type.field(i);
    if (!IsPart(part, type)) continue;
    if (const pb::FieldDescriptor* field = FindIn(*part.message_type(), name))
      return {request.GetReflection()->MutableMessage(&request, &part), field};
  }
  return {};
}

std::string FieldNames(const pb::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    names.push_back(IsPart(field, type) ? FieldNames(*field.message_type()) : field.name());
  }
  return absl::StrJoin(names, ", ");
}

// Sets or adds one value; false where the text is none of the field's type.
bool SetValue(pb::Message& message, const pb::FieldDescriptor& field, const std::string& text) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      add ? reflection.AddString(&message, &field, text)
          : reflection.SetString(&message, &field, text);
      return true;
    case pb::FieldDescriptor::CPPTYPE_ENUM: {
      const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByName(text);
      if (value == nullptr) return false;
      add ? reflection.AddEnum(&message, &field, value)
          : reflection.SetEnum(&message, &field, value);
      return true;
    }
    case pb::FieldDescriptor::CPPTYPE_BOOL: {
      bool value = false;
      if (!absl::SimpleAtob(text, &value)) return false;
      add ? reflection.AddBool(&message, &field, value)
          : reflection.SetBool(&message, &field, value);
      return true;
    }
    case pb::FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      if (!absl::SimpleAtoi(text, &value)) return false;
      add ? reflection.AddInt32(&message, &field, value)
          : reflection.SetInt32(&message, &field, value);
      return true;
    }
    case pb::FieldDescriptor::CPPTYPE_INT64: {
      int64_t value = 0;
      if (!absl::SimpleAtoi(text, &value)) return false;
      add ? reflection.AddInt64(&message, &field, value)
          : reflection.SetInt64(&message, &field, value);
      return true;
    }
    default:
      return false;  // No request of a stream has others.
  }
}

absl::Status QueryError(std::string_view field, std::string_view what, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, what, remedy);
}

absl::Status FillOne(pb::Message& request, std::string_view parameter) {
  const size_t equals = parameter.find('=');
  const auto name = UrlDecode(parameter.substr(0, equals));
  const auto text = UrlDecode(equals == std::string_view::npos ? "" : parameter.substr(equals + 1));
  if (!name || !text)
    return QueryError("query", "has a '%' without two hexadecimal digits", "write '%' as %25");
  const auto [message, field] = FindPlace(request, *name);
  if (field == nullptr) {
    return QueryError("query", "has a parameter that is not a field of the request",
                      absl::StrCat("use ", FieldNames(*request.GetDescriptor())));
  }
  if (!field->is_repeated()) {
    if (SetValue(*message, *field, *text)) return absl::OkStatus();
    return QueryError(field->name(), "the value is not one of its type", "see the request message");
  }
  const std::vector<std::string> values = absl::StrSplit(*text, ',', absl::SkipEmpty());
  if (values.size() > kValuesMax) {
    return QueryError(field->name(), "has too many values",
                      absl::StrCat("give at most ", kValuesMax));
  }
  for (const std::string& value : values) {
    if (!SetValue(*message, *field, value)) {
      return QueryError(field->name(), "a value is not one of its type", "see the request message");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FillFromQuery(std::string_view query, pb::Message& request) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
    if (parameter.empty()) continue;
    if (absl::Status status = FillOne(request, parameter); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void SetStringField(pb::Message& request, std::string_view field, std::string_view value) {
  const pb::FieldDescriptor* found = request.GetDescriptor()->FindFieldByName(std::string(field));
  request.GetReflection()->SetString(&request, found, std::string(value));
}

}  // namespace overgang::http
