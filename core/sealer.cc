#include "core/sealer.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace overgang {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kKeyIdBytes = 8;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const EVP_CIPHER* Aes256Gcm() {
  static EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);  // Lives as long as the program.
  return cipher;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text, size_t at) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}

// Failing to seal means that the library is broken or there is no randomness; nothing may then be
// stored.
void Must(bool ok) {
  if (ok) return;
  std::fputs("overgang: OpenSSL cannot seal with AES-256-GCM\n", stderr);
  std::abort();
}

}  // namespace

absl::StatusOr<Sealer> Sealer::Create(std::string key) {
  if (key.size() != kKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "originals key: ", key.size(), " bytes; make one of exactly ", kKeyBytes, " random bytes"));
  }
  // As in log.proto: hex of the first 8 bytes of SHA-256 of HMAC(key, "fingerprint").
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac, digest;
  size_t mac_size = 0;
  Must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                 reinterpret_cast<const unsigned char*>("fingerprint"), 11, mac.data(), mac.size(),
                 &mac_size) != nullptr);
  EVP_Digest(mac.data(), mac_size, digest.data(), nullptr, EVP_sha256(), nullptr);
  return Sealer(std::move(key), absl::BytesToHexString(absl::string_view(
                                    reinterpret_cast<char*>(digest.data()), kKeyIdBytes)));
}

std::string Sealer::Seal(std::string_view plain, std::string_view associated) const {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  Must(context && Aes256Gcm() != nullptr && RAND_bytes(Bytes(sealed, 0), kNonceBytes) == 1 &&
       EVP_EncryptInit_ex2(context.get(), Aes256Gcm(), Bytes(key_), Bytes(sealed, 0), nullptr) ==
           1 &&
       EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(associated),
                         static_cast<int>(associated.size())) == 1 &&
       EVP_EncryptUpdate(context.get(), Bytes(sealed, kNonceBytes), &size, Bytes(plain),
                         static_cast<int>(plain.size())) == 1 &&
       EVP_EncryptFinal_ex(context.get(), Bytes(sealed, kNonceBytes + plain.size()), &size) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                           Bytes(sealed, kNonceBytes + plain.size())) == 1);
  return sealed;
}

absl::StatusOr<std::string> Sealer::Open(std::string_view sealed,
                                         std::string_view associated) const {
  const auto refused = [] {
    return absl::DataLossError(
        "the sealed original was changed, or was sealed under another key; give the originals key "
        "of its key id");
  };
  if (sealed.size() < kNonceBytes + kTagBytes) return refused();
  const std::string_view cipher_text =
      sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(cipher_text.size(), '\0');
  Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  unsigned char rest[EVP_MAX_BLOCK_LENGTH];
  const bool ok =
      context &&
      EVP_DecryptInit_ex2(context.get(), Aes256Gcm(), Bytes(key_), Bytes(sealed), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(associated),
                        static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), Bytes(plain, 0), &size, Bytes(cipher_text),
                        static_cast<int>(cipher_text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), rest, &size) == 1;
  if (!ok) return refused();
  return plain;
}

}  // namespace overgang
