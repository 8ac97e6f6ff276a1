// Who a PLO message is about: the reference that stands for the person. Pure functions; nothing
// here keeps a number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/pseudonymizer.h"
#include "overgang/v1/types.pb.h"
#include "producers/plo/plo_message.h"

namespace overgang::plo {

struct PatientRefs {
  std::string current;
  std::vector<std::string> aliases;  // Other keys, other identifiers.
  bool synthetic = true;
};

// By name and fødselsnummer, D-number or common help number (in that order); a person who has none
// by name, date of birth and sex. INVALID_ARGUMENT names the element. `sender`: the HER-id, as
// unnumbered persons are the sender's own.
absl::StatusOr<PatientRefs> IdentifyPatient(const PloMessage& message, std::string_view sender,
                                            const Pseudonymizer& pseudonymizer);

v1::Sex SexOf(std::string_view code);               // Code list 3101.
int AgeAt(absl::CivilDay born, absl::CivilDay at);  // Whole years; 0 before birth.

}  // namespace overgang::plo
