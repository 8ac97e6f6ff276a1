// National identity numbers, and what stands in for them. A number lives only between the edge's
// parser and this class; nothing here logs, stores or returns it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX.

namespace overgang {

// What a valid 11-digit number is, by its digits. Source: Skatteetaten's and Norsk helsenett's
// number rules.
enum class NumberKind : uint8_t { kInvalid, kFnr, kDnr, kHNumber, kCommonHelpNumber };
struct NationalNumber {
  NumberKind kind = NumberKind::kInvalid;
  bool synthetic = false;  // Month + 80 (or + 65 for Tenor's).
};
// Checks form, date and both check digits, with the first digit's rule from 2032 accepted already.
NationalNumber ClassifyNationalNumber(std::string_view digits);

enum class Environment : uint8_t { kTest, kProduction };

// Makes patient references: "<key id, 4 hex>-<32 hex>", HMAC-SHA-256 truncated to 128 bits.
// Thread-safe; immutable after construction.
class Pseudonymizer {
 public:
  // `keys`: the current key first, then those not retired; each at least 32 bytes.
  static absl::StatusOr<Pseudonymizer> Create(std::vector<std::string> keys,
                                              Environment environment);

  struct Refs {
    std::string current;              // Under the current key.
    std::vector<std::string> others;  // The same identity under the keys not retired.
    bool synthetic =
        true;  // False: a number that is not synthetic, taken in a test environment and counted.
  };
  // INVALID_ARGUMENT where the number is not valid, an H-number (use OfLocalIdentifier), or
  // synthetic in production. The message never holds the number.
  absl::StatusOr<Refs> OfNationalNumber(std::string_view digits) const;
  // A local identifier together with its assigning authority (MR numbers and the like).
  Refs OfLocalIdentifier(std::string_view authority, std::string_view identifier) const;
  // A person without a number. `birth_date` YYYYMMDD; never linked to anything by itself.
  Refs OfUnnumbered(std::string_view sender, std::string_view name, std::string_view birth_date,
                    std::string_view sex) const;
  // What stands in for a mail address in the log: 32 hex digits. Under the oldest key, which is the
  // one that the log was founded with and never goes, so that a new key makes nobody a stranger who
  // gets today's mail once more. Letters of either case are the same address.
  std::string OfMailAddress(std::string_view address) const;
  // Of the current key: hex, 16 digits; stands in LogFounded.
  std::string Fingerprint() const;
  // Whether it is the fingerprint of any of the keys.
  bool HasKey(std::string_view fingerprint) const;

 private:
  explicit Pseudonymizer(std::vector<std::string> keys, Environment environment);
  Refs Make(std::string_view input) const;
  struct Key {
    std::string id;
    std::string fingerprint;
    std::shared_ptr<evp_mac_ctx_st> context;  // HMAC with the key taken in; only ever duplicated.
  };
  std::vector<Key> keys_;
  Environment environment_;
};

// Whether a valid national identity number stands in the text: 11 digits, or 6 and 5 parted by one
// space or hyphen.
bool HoldsNationalNumber(std::string_view text);

// Whether text has the shape of a patient reference.
bool IsPatientRef(std::string_view text);

}  // namespace overgang
