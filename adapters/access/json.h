// JSON of tokens and key sets, read with protobuf's own parser. Private to this folder. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"

namespace overgang::access {

// INVALID_ARGUMENT where the text is no JSON object.
absl::StatusOr<google::protobuf::Struct> ParseObject(std::string_view text);
// Null: absent.
const google::protobuf::Value* FindMember(const google::protobuf::Struct& object,
                                          std::string_view name);
// Empty where it is absent or no text.
std::string TextOf(const google::protobuf::Struct& object, std::string_view name);
// Absent where it is no number.
std::optional<double> NumberOf(const google::protobuf::Struct& object, std::string_view name);

// Base64url without padding, as JOSE has it. Absent where it is none.
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace overgang::access
