// Errors for the outside: a status that also names the field and the remedy. The doors turn it into
// a google.rpc.BadRequest / ErrorInfo detail (gRPC) or Connect's error JSON (HTTP).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace overgang {

struct ErrorPlace {
  std::string field;   // "PID-3", "[mllp] port", "subject.stay_id".
  std::string remedy;  // What to do about it, one sentence.
};

// `message` says what is wrong and never holds personal data.
[[nodiscard]] absl::Status FieldError(absl::StatusCode code, std::string_view field,
                                      std::string_view message, std::string_view remedy);
// Empty where the status has none.
ErrorPlace PlaceOf(const absl::Status& status);

}  // namespace overgang
