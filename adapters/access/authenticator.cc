#include "adapters/access/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/access/certificate.h"

namespace overgang::access {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// Tokens are not kept: what is compared is a digest. `kind` parts tokens from certificates.
std::string DigestOf(char kind, std::string_view shown) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(shown.data()), shown.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  digest += kind;
  return digest;
}

bool IsSame(std::string_view shown, std::string_view token) {
  return !token.empty() && shown.size() == token.size() &&
         CRYPTO_memcmp(shown.data(), token.data(), token.size()) == 0;
}

Identity Dev() { return {std::string(kDevPrincipal), Scope::All()}; }

}  // namespace

Authenticator::Authenticator(AccessSettings settings, const Clock& clock, Metrics& metrics)
    : clock_(clock),
      refused_(metrics.Counter("overgang_unauthenticated_total",
                               "Calls that nobody could be named for")),
      settings_(std::make_shared<const AccessSettings>(std::move(settings))) {}

void Authenticator::Set(AccessSettings settings) {
  auto made = std::make_shared<const AccessSettings>(std::move(settings));
  std::lock_guard lock(mutex_);
  settings_ = std::move(made);
  remembered_.clear();
}

absl::StatusOr<Authenticator::Verified> Authenticator::CheckToken(std::string_view token,
                                                                  const AccessSettings& settings,
                                                                  absl::Time now) {
  if (!settings.issuer.has_value()) {
    return Unauthenticated("is not the token of this hub", "send the token of [access] token_file");
  }
  auto verified = VerifyToken(token, *settings.issuer, now);
  if (!verified.ok()) return verified.status();
  return Verified{std::move(verified->identity), verified->expires};
}

absl::StatusOr<Authenticator::Verified> Authenticator::CheckCertificate(
    std::string_view pem, const AccessSettings& settings, absl::Time now) {
  const auto names = NamesOf(pem);
  if (!names.ok())
    return Unauthenticated("comes with a certificate that cannot be read", "send another");
  if (now >= names->not_after)
    return Unauthenticated("comes with a certificate that has expired", "renew it");
  for (const std::string& name : names->names) {
    const auto found = settings.certificates.find(name);
    if (found != settings.certificates.end()) return Verified{found->second, names->not_after};
  }
  return Unauthenticated("comes with a certificate that no principal has",
                         "have its name put into [access] principals");
}

absl::StatusOr<Identity> Authenticator::Check(const Credentials& credentials) {
  std::shared_ptr<const AccessSettings> settings;
  const std::string_view header = credentials.authorization;
  const bool by_token = !header.empty();
  const bool is_bearer =
      absl::StartsWithIgnoreCase({header.data(), header.size()}, {kBearer.data(), kBearer.size()});
  const std::string_view shown =
      by_token ? (is_bearer ? header.substr(kBearer.size()) : std::string_view())
               : credentials.certificate;
  const absl::Time now = clock_.Now();
  std::string digest = shown.empty() ? "" : DigestOf(by_token ? 't' : 'c', shown);
  {
    std::lock_guard lock(mutex_);
    settings = settings_;
    const auto found = remembered_.find(digest);
    if (!digest.empty() && found != remembered_.end() && now < found->second.expires)
      return found->second.identity;
  }
  if (!by_token && shown.empty() && settings->without_any) return Dev();
  absl::StatusOr<Verified> verified;
  if (shown.empty()) {
    verified = Unauthenticated(by_token ? "is no bearer token" : "is missing",
                               "send the header \"authorization: Bearer <token>\"");
  } else if (by_token && IsSame(shown, settings->token)) {
    return Dev();
  } else {
    verified =
        by_token ? CheckToken(shown, *settings, now) : CheckCertificate(shown, *settings, now);
  }
  if (!verified.ok()) {
    refused_.Increment();
    return verified.status();
  }
  verified->identity.expires = verified->expires;
  Remember(settings, std::move(digest), *verified, now);
  return verified->identity;
}

void Authenticator::Remember(const std::shared_ptr<const AccessSettings>& settings,
                             std::string digest, const Verified& verified, absl::Time now) {
  std::lock_guard lock(mutex_);
  if (settings != settings_) return;  // They changed meanwhile.
  if (remembered_.size() >= kVerifiedMax)
    absl::erase_if(remembered_, [&](const auto& item) { return item.second.expires <= now; });
  if (remembered_.size() >= kVerifiedMax) remembered_.erase(remembered_.begin());
  remembered_[std::move(digest)] = verified;
}

}  // namespace overgang::access
