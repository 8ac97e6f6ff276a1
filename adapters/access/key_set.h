// The keys that an issuer signs its tokens with, from its JWKS (RFC 7517). Each key is for one
// algorithm, whatever a token says: RSA of 2 048 bits or more for RS256, P-256 for ES256, Ed25519
// for EdDSA. Keys for other uses and algorithms are passed over.
//
// Immutable; thread-safe. Errors: INVALID_ARGUMENT names the key and what to do.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct evp_pkey_st;

namespace overgang::access {

inline constexpr size_t kKeySetBytesMax = 256 << 10;
inline constexpr int kKeysMax = 64;
inline constexpr int kRsaBitsMin = 2048;

enum class Algorithm : unsigned char { kRs256, kEs256, kEdDsa };
std::string_view NameOf(Algorithm algorithm);

class SigningKey {
 public:
  SigningKey(Algorithm algorithm, std::shared_ptr<evp_pkey_st> key)
      : algorithm_(algorithm), key_(std::move(key)) {}
  Algorithm algorithm() const { return algorithm_; }
  // `signature` as a token carries it: for ES256 r and s, 32 bytes each.
  bool Verifies(std::string_view text, std::string_view signature) const;

 private:
  Algorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

class KeySet {
 public:
  static absl::StatusOr<KeySet> Parse(std::string_view json);
  // By kid; without one, the only key that there is. Null: none.
  const SigningKey* Find(std::string_view kid) const;
  size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, SigningKey, std::less<>> keys_;  // By kid.
};

}  // namespace overgang::access
