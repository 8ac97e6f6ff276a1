#include "adapters/access/scope_claim.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/directory.h"

namespace overgang::access {
namespace {

using google::protobuf::Value;

constexpr size_t kOrganisationDigits = 9;

constexpr std::array<std::pair<std::string_view, bool Scope::*>, 5> kFlags = {
    {{"everything", &Scope::everything},
     {"aggregate", &Scope::aggregate},
     {"write", &Scope::write},
     {"operator", &Scope::operate},
     {"dpo", &Scope::data_protection}}};

absl::Status Wrong(std::string_view member, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(member), " ", std::string(what)));
}

absl::Status ReadTexts(std::string_view member, const Value& value,
                       std::vector<std::string>* texts) {
  if (value.kind_case() != Value::kListValue) return Wrong(member, "must be a list of texts");
  for (const Value& item : value.list_value().values()) {
    if (item.kind_case() != Value::kStringValue) return Wrong(member, "must be a list of texts");
    texts->push_back(item.string_value());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckScope(Scope* scope) {
  for (auto* values : {&scope->kommuner, &scope->hospitals}) {
    std::ranges::sort(*values);
    values->erase(std::unique(values->begin(), values->end()), values->end());
    if (values->size() > kScopeValuesMax)
      return Wrong("", absl::StrCat("more than ", kScopeValuesMax, " values"));
  }
  for (const std::string& kommune : scope->kommuner) {
    if (KommuneByNumber(kommune) == nullptr)
      return Wrong("kommuner", "must be the 4 digits of kommuner of 2024");
  }
  for (const std::string& hospital : scope->hospitals) {
    const bool digits = std::ranges::all_of(
        hospital, [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
    if (hospital.size() != kOrganisationDigits || !digits)
      return Wrong("hospitals", "must be organisation numbers of 9 digits");
  }
  return absl::OkStatus();
}

absl::StatusOr<Scope> ScopeOfClaim(const Value& claim) {
  if (claim.kind_case() != Value::kStructValue) return Wrong("", "must be an object");
  Scope scope;
  for (const auto& [member, value] : claim.struct_value().fields()) {
    absl::Status status;
    const auto* flag = std::ranges::find(kFlags, std::string_view(member),
                                         &std::pair<std::string_view, bool Scope::*>::first);
    if (member == "kommuner") {
      status = ReadTexts(member, value, &scope.kommuner);
    } else if (member == "hospitals") {
      status = ReadTexts(member, value, &scope.hospitals);
    } else if (flag == kFlags.end()) {
      status = Wrong("a member",
                     "is not known; there are kommuner, hospitals, aggregate, "
                     "everything, write, operator and dpo");
    } else if (value.kind_case() != Value::kBoolValue) {
      status = Wrong(member, "must be true or false");
    } else {
      scope.*(flag->second) = value.bool_value();
    }
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckScope(&scope); !status.ok()) return status;
  return scope;
}

}  // namespace overgang::access
