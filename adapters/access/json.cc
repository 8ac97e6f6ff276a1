#include "adapters/access/json.h"

#include "absl/strings/escaping.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::access {

using google::protobuf::Struct;
using google::protobuf::Value;

absl::StatusOr<Struct> ParseObject(std::string_view text) {
  Struct object;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &object);
  if (!parsed.ok()) return absl::InvalidArgumentError("this is no JSON object");
  return object;
}

const Value* FindMember(const Struct& object, std::string_view name) {
  const auto found = object.fields().find(std::string(name));
  return found == object.fields().end() ? nullptr : &found->second;
}

std::string TextOf(const Struct& object, std::string_view name) {
  const Value* value = FindMember(object, name);
  return value == nullptr ? "" : value->string_value();
}

std::optional<double> NumberOf(const Struct& object, std::string_view name) {
  const Value* value = FindMember(object, name);
  if (value == nullptr || value->kind_case() != Value::kNumberValue) return std::nullopt;
  return value->number_value();
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  // Abseil takes padding and white space too, and a text that is not the shortest of its bytes.
  std::string bytes;
  if (!absl::WebSafeBase64Unescape({text.data(), text.size()}, &bytes) ||
      absl::WebSafeBase64Escape(bytes) != text)
    return std::nullopt;
  return bytes;
}

}  // namespace overgang::access
