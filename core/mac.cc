#include "core/mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace overgang {
namespace {

constexpr size_t kMacBytes = 32;

std::string Hmac(std::string_view key, std::string_view text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  size_t size = 0;
  const unsigned char* made =
      EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size);
  // The library is broken: nothing may then be signed, nor taken for signed.
  if (made == nullptr || size != kMacBytes) {
    std::fputs("overgang: OpenSSL cannot make an HMAC-SHA-256\n", stderr);
    std::abort();
  }
  mac.resize(size);
  return mac;
}

}  // namespace

MacKey::MacKey(std::string_view secret, std::string_view purpose) : key_(Hmac(secret, purpose)) {}

std::string MacKey::Sign(std::string_view text) const { return Hmac(key_, text); }

bool MacKey::Verify(std::string_view text, std::string_view mac) const {
  const std::string expected = Hmac(key_, text);
  return mac.size() == expected.size() &&
         CRYPTO_memcmp(expected.data(), mac.data(), expected.size()) == 0;
}

}  // namespace overgang
