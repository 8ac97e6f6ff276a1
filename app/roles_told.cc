// What a hub tells of its roles where it starts: those that nobody holds, or that no mail reaches.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/cards_settings.h"

namespace overgang {
namespace {

// A line for each role: `says`, who it is for, and `remedy`.
std::vector<std::string> ByRole(const std::vector<tiltakskort::VacantRole>& roles,
                                const std::function<std::string(const std::string& role)>& says,
                                const std::string& remedy) {
  constexpr size_t kNamedMax = 5;
  std::map<std::string, std::vector<std::string>> by_role;
  for (const auto& vacant : roles) by_role[vacant.role].push_back(vacant.recipient);
  std::vector<std::string> lines;
  for (auto& [role, recipients] : by_role) {
    const size_t all = recipients.size();
    recipients.resize(std::min(all, kNamedMax));
    lines.push_back(absl::StrCat(
        says(role), " for ", absl::StrJoin(recipients, ", "), all > kNamedMax ? " and " : "",
        all > kNamedMax ? absl::StrCat(all - kNamedMax, " more") : "", remedy));
  }
  return lines;
}

}  // namespace

std::vector<std::string> TellVacantRoles(const tiltakskort::Cards& cards,
                                         const tiltakskort::Roles& roles,
                                         const Directory& directory) {
  return ByRole(
      tiltakskort::VacantRoles(cards, roles, directory),
      [](const std::string& role) { return absl::StrCat("nobody holds the role ", role); },
      "; cards pass it over. Add a [[role]] to the roles file");
}

std::vector<std::string> TellUnaddressedRoles(const tiltakskort::Cards& cards,
                                              const tiltakskort::Roles& roles,
                                              const Directory& directory) {
  if (!roles.given) {
    return {
        "there is no roles file, so no card goes by mail; name one in [escalation] roles, with "
        "emails"};
  }
  return ByRole(
      tiltakskort::UnaddressedRoles(cards, roles, directory),
      [](const std::string& role) {
        return absl::StrCat("no card of the role ", role, " goes by mail");
      },
      "; add emails to its [[role]] in the roles file");
}

}  // namespace overgang
