// What holds for every request at the intake door, whatever its method: bounded text, known
// enumeration values, times that can be, and no national identity number outside the one field that
// is made for it.
//
// Pure functions, any thread. Errors are INVALID_ARGUMENT and name the field by its path
// ("facts[3].visit_key"); they never repeat the value.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace overgang::intake {

inline constexpr size_t kTextBytesMax = 256;  // Of any text field.
inline constexpr int kRepeatedItemsMax = 64;  // Of any repeated field but AppendFactsRequest's.
inline constexpr int kFactsPerRequestMax = 1'000;  // AppendFactsRequest.facts, persons.
inline constexpr int kYearMin = 1900;
inline constexpr int kYearMax = 2200;

// Walks the whole message. An id_number, which is there for a number, is not searched for one;
// fields whose shape is theirs alone (ids and references in hexadecimal) are left to the checks of
// their shape.
[[nodiscard]] absl::Status CheckContent(const google::protobuf::Message& message);

}  // namespace overgang::intake
