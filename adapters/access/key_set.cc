#include "adapters/access/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/access/json.h"

namespace overgang::access {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;
using KeyPtr = std::shared_ptr<EVP_PKEY>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;

constexpr size_t kP256Bytes = 32;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A public key from its parts; null where they make none.
KeyPtr FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
      OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  const KeyPtr owned(key, EVP_PKEY_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> check(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), EVP_PKEY_CTX_free);
  return check != nullptr && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

KeyPtr RsaKey(const Struct& jwk) {
  const auto n = FromBase64Url(TextOf(jwk, "n"));
  const auto e = FromBase64Url(TextOf(jwk, "e"));
  if (!n.has_value() || !e.has_value()) return nullptr;
  const auto number = [](const std::string& bytes) {
    return std::unique_ptr<BIGNUM, decltype(&BN_free)>(
        BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr), BN_free);
  };
  const auto modulus = number(*n);
  const auto exponent = number(*e);
  const ParamsBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  return FromParams("RSA", builder.get());
}

KeyPtr P256Key(const Struct& jwk) {
  const auto x = FromBase64Url(TextOf(jwk, "x"));
  const auto y = FromBase64Url(TextOf(jwk, "y"));
  if (!x.has_value() || !y.has_value() || x->size() != kP256Bytes || y->size() != kP256Bytes)
    return nullptr;
  const std::string point = absl::StrCat("\x04", *x, *y);  // Uncompressed.
  const ParamsBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return nullptr;
  return FromParams("EC", builder.get());
}

KeyPtr Ed25519Key(const Struct& jwk) {
  const auto x = FromBase64Url(TextOf(jwk, "x"));
  if (!x.has_value()) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()),
          EVP_PKEY_free};
}

// What its type allows; absent where that is nothing that is taken here.
std::optional<Algorithm> AlgorithmOf(const Struct& jwk) {
  const std::string type = TextOf(jwk, "kty");
  const std::string curve = TextOf(jwk, "crv");
  std::optional<Algorithm> algorithm;
  if (type == "RSA") algorithm = Algorithm::kRs256;
  if (type == "EC" && curve == "P-256") algorithm = Algorithm::kEs256;
  if (type == "OKP" && curve == "Ed25519") algorithm = Algorithm::kEdDsa;
  const std::string stated = TextOf(jwk, "alg");
  const std::string use = TextOf(jwk, "use");
  if (!algorithm.has_value() || (!stated.empty() && stated != NameOf(*algorithm)) ||
      (!use.empty() && use != "sig"))
    return std::nullopt;
  return algorithm;
}

KeyPtr KeyOf(const Struct& jwk, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
      return RsaKey(jwk);
    case Algorithm::kEs256:
      return P256Key(jwk);
    case Algorithm::kEdDsa:
      return Ed25519Key(jwk);
  }
  return nullptr;
}

// A token's r and s as OpenSSL reads them; empty where it is none.
std::string ToDer(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return "";
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(ECDSA_SIG_new(),
                                                                     ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(Bytes(signature), kP256Bytes, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(signature.substr(kP256Bytes)), kP256Bytes, nullptr);
  ECDSA_SIG_set0(parsed.get(), r, s);  // Takes both over.
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parsed.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

std::string_view NameOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kEdDsa:
      return "EdDSA";
  }
  return "";
}

bool SigningKey::Verifies(std::string_view text, std::string_view signature) const {
  const std::string der = algorithm_ == Algorithm::kEs256 ? ToDer(signature) : "";
  const std::string_view read = algorithm_ == Algorithm::kEs256 ? std::string_view(der) : signature;
  const EVP_MD* digest = algorithm_ == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return !read.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(read), read.size(), Bytes(text), text.size()) == 1;
}

absl::StatusOr<KeySet> KeySet::Parse(std::string_view json) {
  const auto wrong = [](int index, std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("keys[", index, "]: ", std::string(what)));
  };
  const auto object = ParseObject(json);
  const Value* keys = object.ok() ? FindMember(*object, "keys") : nullptr;
  if (keys == nullptr || keys->kind_case() != Value::kListValue) {
    return absl::InvalidArgumentError(
        "this is no JWKS; write {\"keys\": [...]} as the issuer publishes it");
  }
  if (keys->list_value().values_size() > kKeysMax)
    return absl::InvalidArgumentError(absl::StrCat("more than ", kKeysMax, " keys"));
  KeySet set;
  for (int i = 0; i < keys->list_value().values_size(); ++i) {
    const Struct& jwk = keys->list_value().values(i).struct_value();
    if (FindMember(jwk, "d") != nullptr || TextOf(jwk, "kty") == "oct")
      return wrong(i, "this is a secret key; put public keys here, and take that one for lost");
    const auto algorithm = AlgorithmOf(jwk);
    if (!algorithm.has_value()) continue;
    KeyPtr key = KeyOf(jwk, *algorithm);
    if (key == nullptr)
      return wrong(i, "its numbers make no key; get the file from the issuer anew");
    if (*algorithm == Algorithm::kRs256 && EVP_PKEY_get_bits(key.get()) < kRsaBitsMin)
      return wrong(i, absl::StrCat("is shorter than ", kRsaBitsMin, " bits; have a new one made"));
    const bool added =
        set.keys_.emplace(TextOf(jwk, "kid"), SigningKey(*algorithm, std::move(key))).second;
    if (!added) return wrong(i, "another key has the same kid; give each its own");
  }
  if (set.keys_.empty()) {
    return absl::InvalidArgumentError(
        "no key can be used; RS256 (RSA), ES256 (P-256) and EdDSA (Ed25519) are taken");
  }
  return set;
}

const SigningKey* KeySet::Find(std::string_view kid) const {
  if (kid.empty() && keys_.size() == 1) return &keys_.begin()->second;
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace overgang::access
