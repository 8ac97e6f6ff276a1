// An issuer of tokens with keys of its own, made for the test: signs whatever it is told to, also
// what nobody should.
#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace overgang::testing {

using KeyPtr = std::shared_ptr<EVP_PKEY>;

inline std::string Base64Url(std::string_view bytes) {
  return absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()));
}

inline std::string NumberOf(const KeyPtr& key, const char* name, size_t bytes_min = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  std::string bytes(std::max(static_cast<size_t>(BN_num_bytes(number)), bytes_min), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

// One key pair: its public half as a JWK, and signatures as tokens carry them.
class SigningPair {
 public:
  static SigningPair Rsa(unsigned bits = 2048) {
    return {"RS256", {EVP_RSA_gen(bits), EVP_PKEY_free}};
  }
  static SigningPair P256() { return {"ES256", {EVP_EC_gen("P-256"), EVP_PKEY_free}}; }
  static SigningPair Ed25519() {
    return {"EdDSA", {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free}};
  }

  const std::string& algorithm() const { return algorithm_; }
  const KeyPtr& key() const { return key_; }

  // `more` goes into the object: "\"use\":\"enc\",".
  std::string Jwk(const std::string& kid, const std::string& more = "") const {
    const std::string head = absl::StrCat("{\"kid\":\"", kid, "\",", more);
    if (algorithm_ == "RS256") {
      return absl::StrCat(head, R"("kty":"RSA","n":")",
                          Base64Url(NumberOf(key_, OSSL_PKEY_PARAM_RSA_N)), R"(","e":")",
                          Base64Url(NumberOf(key_, OSSL_PKEY_PARAM_RSA_E)), "\"}");
    }
    if (algorithm_ == "ES256") {
      return absl::StrCat(head, R"("kty":"EC","crv":"P-256","x":")",
                          Base64Url(NumberOf(key_, OSSL_PKEY_PARAM_EC_PUB_X, 32)), R"(","y":")",
                          Base64Url(NumberOf(key_, OSSL_PKEY_PARAM_EC_PUB_Y, 32)), "\"}");
    }
    std::string raw(32, '\0');
    size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    return absl::StrCat(head, R"("kty":"OKP","crv":"Ed25519","x":")", Base64Url(raw), "\"}");
  }

  std::string Sign(const std::string& text) const {
    const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get());
    size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                   text.size());
    signature.resize(size);
    return algorithm_ == "ES256" ? ToFixed(signature) : signature;
  }

  std::string PublicPem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(bio.get(), key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<size_t>(size)};
  }

 private:
  SigningPair(std::string algorithm, KeyPtr key)
      : algorithm_(std::move(algorithm)), key_(std::move(key)) {}

  static std::string ToFixed(const std::string& der) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
    std::string fixed(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(fixed.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + 32, 32);
    ECDSA_SIG_free(parsed);
    return fixed;
  }

  std::string algorithm_;
  KeyPtr key_;
};

inline std::string HmacSha256(const std::string& key, const std::string& text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return {reinterpret_cast<char*>(mac), size};
}

// The two parts that are signed.
inline std::string Unsigned(const std::string& header, const std::string& claims) {
  return absl::StrCat(Base64Url(header), ".", Base64Url(claims));
}

inline std::string Token(const SigningPair& pair, const std::string& header,
                         const std::string& claims) {
  const std::string text = Unsigned(header, claims);
  return absl::StrCat(text, ".", Base64Url(pair.Sign(text)));
}

inline std::string Jwks(const std::string& keys) { return absl::StrCat("{\"keys\":[", keys, "]}"); }

}  // namespace overgang::testing
