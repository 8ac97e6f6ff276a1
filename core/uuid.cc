#include "core/uuid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cctype>
#include <cstring>
#include <memory>

namespace overgang {
namespace {

// Overgang's namespace, itself a version 4 UUID.
constexpr unsigned char kNamespace[16] = {0x7d, 0x1c, 0x5e, 0x0a, 0x4b, 0x1f, 0x4c, 0x0e,
                                          0x9a, 0x57, 0x2f, 0x60, 0x8d, 0x33, 0xe1, 0x94};

std::string Hex(const unsigned char* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

// A fetched algorithm and a context kept per thread: looking the algorithm up costs as much as
// hashing a short text.
Digest Hash(const EVP_MD* algorithm, std::string_view input) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Digest digest{};
  EVP_DigestInit_ex2(context.get(), algorithm, nullptr);
  EVP_DigestUpdate(context.get(), input.data(), input.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

void SetVersion(unsigned char* bytes, int version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | version << 4);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
}

std::string Format(const unsigned char* bytes) {
  std::string hex = Hex(bytes, 16);
  for (size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace

std::array<char, 16> NameUuidBytes(std::initializer_list<std::string_view> parts) {
  std::string input(reinterpret_cast<const char*>(kNamespace), sizeof(kNamespace));
  for (std::string_view part : parts) {
    for (int shift = 0; shift < 32; shift += 8)
      input += static_cast<char>(part.size() >> shift & 0xff);
    input += part;
  }
  static const EVP_MD* const sha1 =
      EVP_MD_fetch(nullptr, "SHA1", nullptr);  // Lives as long as the program.
  Digest digest = Hash(sha1, input);
  SetVersion(digest.data(), 5);
  std::array<char, 16> uuid;
  std::memcpy(uuid.data(), digest.data(), uuid.size());
  return uuid;
}

std::string NameUuid(std::initializer_list<std::string_view> parts) {
  const std::array<char, 16> uuid = NameUuidBytes(parts);
  return Format(reinterpret_cast<const unsigned char*>(uuid.data()));
}

std::string RandomUuid() {
  std::array<unsigned char, 16> bytes;
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  SetVersion(bytes.data(), 4);
  return Format(bytes.data());
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::string Sha256Hex(std::string_view content) {
  static const EVP_MD* const sha256 =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);  // Lives as long as the program.
  return Hex(Hash(sha256, content).data(), 32);
}

std::string ContentDigest(std::string_view content) { return Sha256Hex(content).substr(0, 32); }

}  // namespace overgang
