// Signed tokens (JWT, RFC 7519): whose they are and what they may, once the issuer's signature and
// every claim has been checked. docs/access.md says what a token must hold. Pure functions.
//
// Errors: UNAUTHENTICATED with the place "authorization"; they never repeat what the token holds,
// names of claims aside.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/access/key_set.h"
#include "core/rpc.h"

namespace overgang::access {

inline constexpr size_t kTokenBytesMax = 8 << 10;
inline constexpr size_t kPrincipalBytesMax = 128;
inline constexpr absl::Duration kClockLeeway = absl::Seconds(30);  // For exp and nbf.
inline constexpr std::string_view kDevPrincipal = "dev";           // Who has the token file.
inline constexpr std::string_view kMailPrincipals =
    "mail:";  // Begins who answers by a mail's link.

struct Issuer {
  std::string issuer;    // "iss".
  std::string audience;  // One of "aud".
  KeySet keys;
};

struct VerifiedToken {
  Identity identity;
  absl::Time expires;  // Leeway included.
};

absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const Issuer& issuer,
                                          absl::Time now);

// What is wrong with who calls, and what to do about it.
absl::Status Unauthenticated(std::string_view what, std::string_view remedy);
// Whether this can be the name of a principal: it stands in facts, logs and metrics. Not the one
// that is taken, and no number of a person.
bool IsPrincipal(std::string_view name);

}  // namespace overgang::access
