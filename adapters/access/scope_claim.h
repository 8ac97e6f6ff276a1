// A scope as a token's claim "overgang" or a principals file says it. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/access.h"
#include "google/protobuf/struct.pb.h"

namespace overgang::access {

// INVALID_ARGUMENT names the member and what may stand there; one that is not known is a mistake,
// as it may have been meant to mean less.
absl::StatusOr<Scope> ScopeOfClaim(const google::protobuf::Value& claim);

// Sorts the values, and says which is no kommune or organisation number.
[[nodiscard]] absl::Status CheckScope(Scope* scope);

}  // namespace overgang::access
