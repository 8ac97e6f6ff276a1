#include "producers/plo/plo_patient.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/errors.h"

namespace overgang::plo {
namespace {

constexpr char kPlace[] = "MsgHead/MsgInfo/Patient";
// Numbers that name one person in the whole country, the best first.
constexpr std::string_view kNumberTypes[] = {"FNR", "DNR", "FHN"};

absl::Status NotIdentified(std::string_view element, std::string_view message,
                           std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, absl::StrCat(kPlace, std::string(element)),
                    message, remedy);
}

void Take(const Pseudonymizer::Refs& refs, PatientRefs& to) {
  if (to.current.empty()) {
    to.current = refs.current;
  } else if (refs.current != to.current) {
    to.aliases.push_back(refs.current);
  }
  to.aliases.insert(to.aliases.end(), refs.others.begin(), refs.others.end());
  to.synthetic = to.synthetic && refs.synthetic;
}

}  // namespace

absl::StatusOr<PatientRefs> IdentifyPatient(const PloMessage& message, std::string_view sender,
                                            const Pseudonymizer& pseudonymizer) {
  const PloPatient& patient = message.patient;
  if (patient.family_name.empty())
    return NotIdentified("/FamilyName", "the patient's name is missing", "send name and number");
  PatientRefs refs;
  for (std::string_view type : kNumberTypes) {
    for (const Identifier& identifier : patient.identifiers) {
      if (identifier.type != type || identifier.id.empty()) continue;
      const auto number = pseudonymizer.OfNationalNumber(identifier.id);
      if (!number.ok())
        return NotIdentified("/Ident/Id", std::string(number.status().message()),
                             "send the message anew with the right one");
      Take(*number, refs);
    }
  }
  if (!refs.current.empty()) return refs;
  if (!patient.born.has_value()) {
    return NotIdentified("/Ident", "the patient has no number, and no date of birth instead",
                         "send one, or name, date of birth and sex");
  }
  if (patient.sex.empty()) {
    return NotIdentified("/Sex", "the patient has no number, and no sex instead",
                         "send one, or name, date of birth and sex");
  }
  const std::string name =
      absl::StrCat(patient.family_name, "|", patient.middle_name, "|", patient.given_name);
  const std::string born = absl::StrFormat("%04d%02d%02d", patient.born->year(),
                                           patient.born->month(), patient.born->day());
  Take(pseudonymizer.OfUnnumbered(sender, name, born, patient.sex), refs);
  return refs;
}

v1::Sex SexOf(std::string_view code) {
  if (code == "1") return v1::SEX_MALE;
  if (code == "2") return v1::SEX_FEMALE;
  return v1::SEX_UNSPECIFIED;
}

int AgeAt(absl::CivilDay born, absl::CivilDay at) {
  const bool before_birthday =
      at.month() < born.month() || (at.month() == born.month() && at.day() < born.day());
  return std::max(0, static_cast<int>(at.year() - born.year()) - (before_birthday ? 1 : 0));
}

}  // namespace overgang::plo
