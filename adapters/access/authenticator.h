// Who calls: by a signed token, by the one token of [access] token_file, or by a certificate that
// the connection has verified. A token says more than the certificate of the connection that it
// comes over, so where there is one it alone counts.
//
// What was verified is remembered until it expires, so that a caller pays for a signature once; the
// settings can be exchanged while calls come in, and then nothing is remembered. Threads: all
// methods are thread-safe. Errors: see Authenticate (core/rpc.h).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "adapters/access/token.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "core/rpc.h"

namespace overgang::access {

inline constexpr size_t kVerifiedMax = 10'000;  // Tokens and certificates remembered.

struct AccessSettings {
  std::string token;             // May do everything; empty: there is none.
  bool without_any = false;      // A call that shows nothing is the principal "dev" too.
  std::optional<Issuer> issuer;  // Of signed tokens.
  std::map<std::string, Identity> certificates;  // By name, as in CertificateNames.
};

class Authenticator {
 public:
  Authenticator(AccessSettings settings, const Clock& clock, Metrics& metrics);

  absl::StatusOr<Identity> Check(const Credentials& credentials);
  void Set(AccessSettings settings);

 private:
  struct Verified {
    Identity identity;
    absl::Time expires;
  };
  using Remembered = absl::flat_hash_map<std::string, Verified>;  // By digest of what was shown.

  // What is checked anew: may take a tenth of a millisecond.
  static absl::StatusOr<Verified> CheckToken(std::string_view token, const AccessSettings& settings,
                                             absl::Time now);
  static absl::StatusOr<Verified> CheckCertificate(std::string_view pem,
                                                   const AccessSettings& settings, absl::Time now);
  void Remember(const std::shared_ptr<const AccessSettings>& settings, std::string digest,
                const Verified& verified, absl::Time now);

  const Clock& clock_;
  prometheus::Counter& refused_;
  std::mutex mutex_;
  std::shared_ptr<const AccessSettings> settings_;
  Remembered remembered_;  // Under these settings.
};

}  // namespace overgang::access
