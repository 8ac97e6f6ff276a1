#include "core/uuid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cctype>

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

std::string Format(unsigned char* bytes, int version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | version << 4);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = Hex(bytes, 16);
  for (size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace

std::string NameUuid(const std::vector<std::string_view>& parts) {
  std::string input(reinterpret_cast<const char*>(kNamespace), sizeof(kNamespace));
  for (std::string_view part : parts) {
    for (int shift = 0; shift < 32; shift += 8) input += static_cast<char>(part.size() >> shift & 0xff);
    input += part;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return Format(digest.data(), 5);
}

std::string RandomUuid() {
  std::array<unsigned char, 16> bytes;
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return Format(bytes.data(), 4);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::string ContentDigest(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(content.data(), content.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return Hex(digest.data(), 16);
}

}  // namespace overgang
