#include "adapters/access/token.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/access/json.h"
#include "adapters/access/scope_claim.h"
#include "core/errors.h"
#include "core/pseudonymizer.h"

namespace overgang::access {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr char kGetAnother[] = "get a new token from the issuer";
constexpr double kSecondsMax = 253402300800;  // Of the year 10000.

struct Parts {
  Struct header;
  Struct claims;
  std::string_view text;  // That is signed.
  std::string signature;
};

absl::StatusOr<Parts> Split(std::string_view token) {
  const absl::Status malformed =
      Unauthenticated("is no signed token", "send a JWT: three parts with dots between");
  if (token.size() > kTokenBytesMax) {
    return Unauthenticated(absl::StrCat("is a token of more than ", kTokenBytesMax, " bytes"),
                           "have the issuer put less into it");
  }
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(token.data(), token.size()), '.');
  if (parts.size() != 3) return malformed;
  const auto header = FromBase64Url(parts[0]);
  const auto claims = FromBase64Url(parts[1]);
  auto signature = FromBase64Url(parts[2]);
  if (!header.has_value() || !claims.has_value() || !signature.has_value()) return malformed;
  auto header_object = ParseObject(*header);
  auto claims_object = ParseObject(*claims);
  if (!header_object.ok() || !claims_object.ok()) return malformed;
  return Parts{*std::move(header_object), *std::move(claims_object),
               token.substr(0, token.rfind('.')), *std::move(signature)};
}

// The key decides the algorithm; what the header says must be the same.
absl::Status CheckSignature(const Parts& parts, const KeySet& keys) {
  const std::string algorithm = TextOf(parts.header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256" && algorithm != "EdDSA") {
    return Unauthenticated("is signed in a way that is not taken, or not at all",
                           "have it signed with RS256, ES256 or EdDSA");
  }
  if (FindMember(parts.header, "crit") != nullptr)
    return Unauthenticated("wants something understood that is not (crit)", kGetAnother);
  const SigningKey* key = keys.Find(TextOf(parts.header, "kid"));
  if (key == nullptr) {
    return Unauthenticated(
        "is signed with a key that the hub does not know",
        "get a new token; where the issuer has a new key, put it into [access] jwks_file and send "
        "the hub a SIGHUP");
  }
  if (NameOf(key->algorithm()) != algorithm)
    return Unauthenticated("is signed in another way than its key is for", kGetAnother);
  if (!key->Verifies(parts.text, parts.signature))
    return Unauthenticated("has a signature that is not the issuer's", kGetAnother);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<absl::Time>> TimeOf(const Struct& claims, std::string_view name) {
  if (FindMember(claims, name) == nullptr) return std::nullopt;
  const auto seconds = NumberOf(claims, name);
  if (!seconds.has_value() || !std::isfinite(*seconds) || std::abs(*seconds) > kSecondsMax) {
    return Unauthenticated(absl::StrCat("has no time in its claim ", std::string(name)),
                           kGetAnother);
  }
  return absl::UnixEpoch() + absl::Seconds(*seconds);
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// When it is over, leeway included.
absl::StatusOr<absl::Time> CheckTimes(const Struct& claims, absl::Time now) {
  const auto expires = TimeOf(claims, "exp");
  const auto not_before = TimeOf(claims, "nbf");
  if (!expires.ok()) return expires.status();
  if (!not_before.ok()) return not_before.status();
  if (!expires->has_value())
    return Unauthenticated("never expires", "have the issuer set the claim exp");
  if (now >= **expires + kClockLeeway)
    return Unauthenticated(absl::StrCat("expired at ", TimeText(**expires)), kGetAnother);
  if (not_before->has_value() && now + kClockLeeway < **not_before) {
    return Unauthenticated(absl::StrCat("is not valid before ", TimeText(**not_before)),
                           "wait, or set the clocks right");
  }
  return **expires + kClockLeeway;
}

bool IsFor(const Struct& claims, const std::string& audience) {
  const Value* aud = FindMember(claims, "aud");
  if (aud == nullptr) return false;
  if (aud->kind_case() == Value::kStringValue) return aud->string_value() == audience;
  return std::ranges::any_of(aud->list_value().values(),
                             [&](const Value& value) { return value.string_value() == audience; });
}

absl::StatusOr<Identity> IdentityOf(const Struct& claims) {
  Identity identity{.principal = TextOf(claims, "sub")};
  if (!IsPrincipal(identity.principal)) {
    return Unauthenticated("names nobody that can be a principal in its claim sub",
                           absl::StrCat("have the issuer set 1 to ", kPrincipalBytesMax,
                                        " letters, digits and -_.:@/|+=, no person's number, and "
                                        "not \"dev\""));
  }
  const Value* claim = FindMember(claims, "overgang");
  if (claim == nullptr) return identity;  // Known, and may nothing.
  auto scope = ScopeOfClaim(*claim);
  if (!scope.ok()) {
    return Unauthenticated(
        absl::StrCat("has a wrong claim overgang: ", std::string(scope.status().message())),
        "have the issuer set it as docs/access.md says");
  }
  identity.scope = std::make_shared<const Scope>(*std::move(scope));
  return identity;
}

}  // namespace

absl::Status Unauthenticated(std::string_view what, std::string_view remedy) {
  return FieldError(absl::StatusCode::kUnauthenticated, "authorization", what, remedy);
}

bool IsPrincipal(std::string_view name) {
  if (name.empty() || name.size() > kPrincipalBytesMax || name == kDevPrincipal ||
      name.starts_with(kMailPrincipals))
    return false;
  const bool plain = std::ranges::all_of(name, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_.:@/|+=").find(c) != std::string_view::npos;
  });
  return plain && !HoldsNationalNumber(name);
}

absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const Issuer& issuer,
                                          absl::Time now) {
  const auto parts = Split(token);
  if (!parts.ok()) return parts.status();
  if (absl::Status status = CheckSignature(*parts, issuer.keys); !status.ok()) return status;
  const auto expires = CheckTimes(parts->claims, now);
  if (!expires.ok()) return expires.status();
  if (TextOf(parts->claims, "iss") != issuer.issuer) {
    return Unauthenticated("is from another issuer (iss)",
                           "get one from the issuer that [access] issuer names");
  }
  if (!IsFor(parts->claims, issuer.audience)) {
    return Unauthenticated("is for somebody else (aud)",
                           "get one for the audience that [access] audience names");
  }
  auto identity = IdentityOf(parts->claims);
  if (!identity.ok()) return identity.status();
  return VerifiedToken{*std::move(identity), *expires};
}

}  // namespace overgang::access
