// Who a message is about: the references that stand in for the identifiers of PID-3 or MRG-1.
// National numbers end here. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/pseudonymizer.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

inline constexpr size_t kIdentifiersMax = 32;  // Repetitions of a field that are read.
inline constexpr size_t kAliasesMax =
    16;  // Of one person in one message; those after are left out.

struct Identity {
  std::string ref;
  std::vector<std::string>
      aliases;  // The person's other identifiers, and all of them under other keys. No repeats.
  int not_synthetic = 0;  // National numbers that are not synthetic, taken in a test environment.
};

// Of PID-3 or MRG-1. First choice: a national number (authority FNR, DNR, FHN or their OIDs, or
// type NNNOR). Else the first of type MR, PI or none, taken with its assigning authority, or with
// `facility` where it states none. An invalid national number is passed over where there is a local
// one. Visit and account numbers and placeholders never name anybody. NOT_FOUND: nobody is named.
// INVALID_ARGUMENT: the only number is invalid, or synthetic in production. Never holds a number.
absl::StatusOr<Identity> IdentityOf(const Message& message, std::string_view field,
                                    std::string_view facility, const Pseudonymizer& pseudonymizer);

// A person without any number: family name, given name, date of birth and sex of PID, all of which
// must be there (NOT_FOUND).
absl::StatusOr<Identity> UnnumberedIdentityOf(const Message& message, const Segment& pid,
                                              std::string_view facility,
                                              const Pseudonymizer& pseudonymizer);

}  // namespace overgang::hl7v2
