#include "core/pseudonymizer.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace overgang {
namespace {

constexpr size_t kKeyBytesMin = 32;  // The size of SHA-256's output; shorter keys weaken the HMAC.
constexpr size_t kRefBytes = 16;     // The HMAC is truncated to 128 bits.
constexpr size_t kKeyIdChars = 4;
constexpr size_t kFingerprintBytes = 8;

std::string Hex(const unsigned char* bytes, size_t size) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), size));
}

// Failing here means that the library itself is broken or memory is gone; no reference may be made
// then.
void Must(bool ok) {
  if (ok) return;
  std::fputs("overgang: OpenSSL cannot compute HMAC-SHA-256\n", stderr);
  std::abort();
}

struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// A context that has taken the key in; duplicating it spares the search for the algorithm and two
// blocks of hashing.
std::shared_ptr<EVP_MAC_CTX> KeyedContext(std::string_view secret) {
  static EVP_MAC* const hmac =
      EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // Lives as long as the program.
  Must(hmac != nullptr);
  std::shared_ptr<EVP_MAC_CTX> context(EVP_MAC_CTX_new(hmac), FreeContext());
  char digest_name[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  Must(context && EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(secret.data()),
                               secret.size(), params) == 1);
  return context;
}

std::string Hmac(const EVP_MAC_CTX* keyed, std::string_view input) {
  std::unique_ptr<EVP_MAC_CTX, FreeContext> context(EVP_MAC_CTX_dup(keyed));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  size_t size = 0;
  Must(context &&
       EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(input.data()),
                      input.size()) == 1 &&
       EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 && size >= kRefBytes);
  return Hex(digest.data(), kRefBytes);
}

// Hex of the first 8 bytes of SHA-256 of HMAC(key, "fingerprint"), as in log.proto: tells keys
// apart and nothing of them.
std::string KeyFingerprint(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  size_t mac_size = 0;
  Must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
                 reinterpret_cast<const unsigned char*>("fingerprint"), 11, mac.data(), mac.size(),
                 &mac_size) != nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(mac.data(), mac_size, digest.data(), nullptr, EVP_sha256(), nullptr);
  return Hex(digest.data(), kFingerprintBytes);
}

// Each part preceded by its length, so that no two lists of parts give the same text.
std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (std::string_view part : parts)
    absl::StrAppend(&text, part.size(), ":", absl::string_view(part.data(), part.size()));
  return text;
}

using Digits = std::array<int, 11>;

int Remainder(const Digits& digits, std::initializer_list<int> weights) {
  int sum = 0;
  size_t i = 0;
  for (int weight : weights) sum += weight * digits[i++];
  return sum % 11;
}

bool IsDay(int day, int month, int year_in_century, bool in_1900) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > kDays[static_cast<size_t>(month - 1)])
    return false;
  return month != 2 || day < 29 || (year_in_century % 4 == 0 && !in_1900);
}

std::string_view KindName(NumberKind kind) {
  switch (kind) {
    case NumberKind::kFnr:
      return "FNR";
    case NumberKind::kDnr:
      return "DNR";
    case NumberKind::kHNumber:
      return "HNR";
    case NumberKind::kCommonHelpNumber:
      return "FHN";
    case NumberKind::kInvalid:
      break;
  }
  return "";
}

constexpr size_t kNumberDigits = 11;
constexpr size_t kDateDigits = 6;  // A number is written as one run, or parted after its date.

size_t DigitsFrom(std::string_view text, size_t start) {
  size_t end = start;
  while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
  return end - start;
}

bool IsValidNumber(std::string_view digits) {
  return ClassifyNationalNumber(digits).kind != NumberKind::kInvalid;
}

}  // namespace

NationalNumber ClassifyNationalNumber(std::string_view text) {
  Digits digits;
  if (text.size() != digits.size()) return {};
  for (size_t i = 0; i < digits.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') return {};
    digits[i] = text[i] - '0';
  }
  // The weight of the check digit itself is 1.
  const int r1 = Remainder(digits, {3, 7, 6, 1, 8, 9, 4, 5, 2, 1});
  const int r2 = Remainder(digits, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1});
  if (r2 != 0) return {};
  if (digits[0] >= 8)
    return r1 == 0 ? NationalNumber{NumberKind::kCommonHelpNumber, false} : NationalNumber{};
  if (r1 > 3) return {};
  const bool d_number = digits[0] >= 4;
  const int day = (digits[0] - (d_number ? 4 : 0)) * 10 + digits[1];
  int month = digits[2] * 10 + digits[3];
  bool synthetic = false;
  bool h_number = false;
  if (month > 80) {
    month -= 80, synthetic = true;
  } else if (month > 65) {
    month -= 65, synthetic = true;
  } else if (month > 40) {
    month -= 40, h_number = true;
  }
  const int year = digits[4] * 10 + digits[5];
  const bool in_1900 =
      year == 0 &&
      digits[6] < 5;  // Individual numbers below 500 are of the 1900s; 1900 had no leap day.
  if (!IsDay(day, month, year, in_1900) || (h_number && d_number)) return {};
  return {h_number   ? NumberKind::kHNumber
          : d_number ? NumberKind::kDnr
                     : NumberKind::kFnr,
          synthetic};
}

absl::StatusOr<Pseudonymizer> Pseudonymizer::Create(std::vector<std::string> keys,
                                                    Environment environment) {
  if (keys.empty())
    return absl::InvalidArgumentError(
        "pseudonym key: there is none; give a key file with at least 32 bytes");
  for (const std::string& key : keys) {
    if (key.size() < kKeyBytesMin) {
      return absl::InvalidArgumentError(absl::StrCat("pseudonym key: ", key.size(),
                                                     " bytes is too short; make one of at least ",
                                                     kKeyBytesMin, " random bytes"));
    }
  }
  Pseudonymizer made(std::move(keys), environment);
  for (size_t i = 0; i < made.keys_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (made.keys_[i].id != made.keys_[j].id) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("pseudonym key: two keys have the id ", made.keys_[i].id,
                       "; remove the repeated one or make a new key"));
    }
  }
  return made;
}

Pseudonymizer::Pseudonymizer(std::vector<std::string> keys, Environment environment)
    : environment_(environment) {
  for (const std::string& secret : keys) {
    std::string fingerprint = KeyFingerprint(secret);
    keys_.push_back(
        {fingerprint.substr(0, kKeyIdChars), std::move(fingerprint), KeyedContext(secret)});
  }
}

Pseudonymizer::Refs Pseudonymizer::Make(std::string_view input) const {
  Refs refs;
  refs.current = absl::StrCat(keys_[0].id, "-", Hmac(keys_[0].context.get(), input));
  for (size_t i = 1; i < keys_.size(); ++i) {
    refs.others.push_back(absl::StrCat(keys_[i].id, "-", Hmac(keys_[i].context.get(), input)));
  }
  return refs;
}

absl::StatusOr<Pseudonymizer::Refs> Pseudonymizer::OfNationalNumber(std::string_view digits) const {
  const NationalNumber number = ClassifyNationalNumber(digits);
  if (number.kind == NumberKind::kInvalid) {
    return absl::InvalidArgumentError(
        "the number is not a valid national identity number; correct it at its source");
  }
  if (number.kind == NumberKind::kHNumber) {
    // Two institutions may give the same one to different persons.
    return absl::InvalidArgumentError(
        "an H-number names a person only where it was given; send it with its assigning authority");
  }
  if (number.synthetic && environment_ == Environment::kProduction) {
    return absl::InvalidArgumentError(
        "the number is synthetic, and this hub is in production; send test persons to a test hub");
  }
  Refs refs = Make(Joined({KindName(number.kind), digits}));
  refs.synthetic = number.synthetic;
  return refs;
}

Pseudonymizer::Refs Pseudonymizer::OfLocalIdentifier(std::string_view authority,
                                                     std::string_view identifier) const {
  return Make(Joined({"LOCAL", authority, identifier}));
}

Pseudonymizer::Refs Pseudonymizer::OfUnnumbered(std::string_view sender, std::string_view name,
                                                std::string_view birth_date,
                                                std::string_view sex) const {
  return Make(Joined({"UNNUMBERED", sender, name, birth_date, sex}));
}

std::string Pseudonymizer::OfMailAddress(std::string_view address) const {
  const std::string lower =
      absl::AsciiStrToLower(absl::string_view(address.data(), address.size()));
  return Hmac(keys_.back().context.get(), Joined({"MAIL", lower}));
}

std::string Pseudonymizer::Fingerprint() const { return keys_[0].fingerprint; }

bool Pseudonymizer::HasKey(std::string_view fingerprint) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& key) { return key.fingerprint == fingerprint; });
}

bool HoldsNationalNumber(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t run = DigitsFrom(text, i);
    if (run == 0) continue;
    if (run == kNumberDigits && IsValidNumber(text.substr(i, run))) return true;
    const size_t gap = i + run;
    const bool parted =
        run == kDateDigits && gap < text.size() && (text[gap] == ' ' || text[gap] == '-');
    if (parted && DigitsFrom(text, gap + 1) == kNumberDigits - kDateDigits) {
      std::string digits(text.substr(i, kDateDigits));
      digits += text.substr(gap + 1, kNumberDigits - kDateDigits);
      if (IsValidNumber(digits)) return true;
    }
    i += run;
  }
  return false;
}

bool IsPatientRef(std::string_view text) {
  if (text.size() != kKeyIdChars + 1 + 2 * kRefBytes || text[kKeyIdChars] != '-') return false;
  const auto lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return std::all_of(text.begin(), text.begin() + kKeyIdChars, lower_hex) &&
         std::all_of(text.begin() + kKeyIdChars + 1, text.end(), lower_hex);
}

}  // namespace overgang
