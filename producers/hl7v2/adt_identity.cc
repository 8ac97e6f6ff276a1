#include "producers/hl7v2/adt_identity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "producers/hl7v2/adt_fields.h"
#include "producers/hl7v2/hl7_time.h"

namespace overgang::hl7v2 {
namespace {

constexpr std::array<std::string_view, 6> kNationalAuthorities = {
    "FNR", "DNR", "FHN", "2.16.578.1.12.4.1.4.1", "2.16.578.1.12.4.1.4.2", "2.16.578.1.12.4.1.4.3"};
constexpr std::array<std::string_view, 4> kPersonTypes = {"", "MR", "PI", "PT"};

struct Identifier {
  std::string number;
  std::string authority;
  bool national = false;
};

template <size_t N>
bool IsOneOf(const std::array<std::string_view, N>& known, std::string_view text) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

// Empty number: not an identifier of a person.
Identifier ReadIdentifier(const Message& message, std::string_view repetition,
                          std::string_view facility) {
  Identifier read;
  const std::string_view authority = message.Component(repetition, 4);
  const std::string name = message.Value(message.Subcomponent(authority, 1));
  const std::string universal = message.Value(message.Subcomponent(authority, 2));
  const std::string type = message.Value(message.Component(repetition, 5));
  read.national = IsOneOf(kNationalAuthorities, name) || IsOneOf(kNationalAuthorities, universal) ||
                  type == "NNNOR";
  if (!read.national && !IsOneOf(kPersonTypes, type)) return read;
  read.number = message.Value(repetition);
  if (read.national) {  // "010190 12345" is the same number.
    std::erase_if(read.number, [](char c) { return c == ' ' || c == '-' || c == '.'; });
  }
  if (IsPlaceholder(read.number)) read.number.clear();
  read.authority = !name.empty() ? name : !universal.empty() ? universal : std::string(facility);
  return read;
}

void AddAlias(Identity& identity, std::string ref) {
  if (identity.aliases.size() >= kAliasesMax || ref == identity.ref) return;
  if (std::find(identity.aliases.begin(), identity.aliases.end(), ref) != identity.aliases.end())
    return;
  identity.aliases.push_back(std::move(ref));
}

void Add(Identity& identity, Pseudonymizer::Refs refs) {
  if (identity.ref.empty()) {
    identity.ref = std::move(refs.current);
  } else {
    AddAlias(identity, std::move(refs.current));
  }
  for (std::string& other : refs.others) AddAlias(identity, std::move(other));
}

}  // namespace

absl::StatusOr<Identity> IdentityOf(const Message& message, std::string_view field,
                                    std::string_view facility, const Pseudonymizer& pseudonymizer) {
  std::vector<Pseudonymizer::Refs> national, local;
  absl::Status problem = absl::NotFoundError("no identifier that names a person");
  Identity identity;
  std::string_view rest = field, repetition;
  for (size_t n = 0; n < kIdentifiersMax && message.NextRepetition(rest, repetition); ++n) {
    const Identifier identifier = ReadIdentifier(message, repetition, facility);
    if (identifier.number.empty()) continue;
    const NationalNumber number =
        identifier.national ? ClassifyNationalNumber(identifier.number) : NationalNumber();
    if (!identifier.national || number.kind == NumberKind::kHNumber) {
      local.push_back(pseudonymizer.OfLocalIdentifier(identifier.authority, identifier.number));
      continue;
    }
    absl::StatusOr<Pseudonymizer::Refs> refs = pseudonymizer.OfNationalNumber(identifier.number);
    if (!refs.ok()) {
      // A test person in production is nobody's patient, whatever other numbers it has.
      if (number.synthetic) return refs.status();
      problem = refs.status();
      continue;
    }
    identity.not_synthetic += refs->synthetic ? 0 : 1;
    national.push_back(*std::move(refs));
  }
  for (Pseudonymizer::Refs& refs : national) Add(identity, std::move(refs));
  for (Pseudonymizer::Refs& refs : local) Add(identity, std::move(refs));
  if (identity.ref.empty()) return problem;
  return identity;
}

absl::StatusOr<Identity> UnnumberedIdentityOf(const Message& message, const Segment& pid,
                                              std::string_view facility,
                                              const Pseudonymizer& pseudonymizer) {
  const std::string family = message.Value(pid.Field(5), 1), given = message.Value(pid.Field(5), 2);
  const std::string born = message.Value(pid.Field(7)), sex = message.Value(pid.Field(8));
  const std::optional<StatedTime> birth = ReadTime(born);
  if (family.empty() || given.empty() || sex.empty() || !birth || birth->grain < Grain::kDay) {
    return absl::NotFoundError("no identifier, and not all of name, date of birth and sex");
  }
  Identity identity;
  Add(identity, pseudonymizer.OfUnnumbered(facility, family + "^" + given, born.substr(0, 8),
                                           sex.substr(0, 1)));
  return identity;
}

}  // namespace overgang::hl7v2
