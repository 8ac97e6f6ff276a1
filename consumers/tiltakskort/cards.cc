#include "consumers/tiltakskort/cards.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace overgang::tiltakskort {

std::string Cards::NameOf(const std::string& role) const {
  const auto it = role_names.find(role);
  return it == role_names.end() ? role : it->second;
}

bool Roles::IsHeld(const std::string& recipient, const std::string& role) const {
  if (!given) return true;
  const auto it = holders.find({recipient, role});
  return it != holders.end() && !it->second.empty();
}

bool Roles::Holds(const std::string& principal, const std::string& recipient,
                  const std::string& role) const {
  if (!given) return true;
  const auto it = holders.find({recipient, role});
  return it != holders.end() && std::ranges::find(it->second, principal) != it->second.end();
}

std::vector<std::string> KommunerOf(std::string_view hospital, const Directory& directory) {
  std::set<std::string> kommuner;
  for (const Region& region : directory.contents().regions) {
    if (std::ranges::find(region.hospitals, hospital) != region.hospitals.end())
      kommuner.insert(region.kommuner.begin(), region.kommuner.end());
  }
  return {kommuner.begin(), kommuner.end()};
}

std::vector<VacantRole> VacantRoles(const Cards& cards, const Roles& roles,
                                    const Directory& directory) {
  std::set<std::pair<std::string, std::string>> vacant;
  const auto look = [&](const CardTemplate& card, const std::string& recipient) {
    std::set<std::string> named(card.roles.begin(), card.roles.end());
    for (const ActionTemplate& action : card.actions) named.insert(action.owner);
    for (const std::string& role : named) {
      if (!roles.IsHeld(recipient, role)) vacant.emplace(recipient, role);
    }
  };
  for (const Hospital& hospital : directory.contents().hospitals) {
    for (const CardTemplate& card : cards.templates) {
      if (!card.hospitals.empty() &&
          std::ranges::find(card.hospitals, hospital.organisation) == card.hospitals.end())
        continue;
      if (card.given_to == CardFor::kHospital) {
        look(card, absl::StrCat("h:", hospital.organisation));
        continue;
      }
      for (const std::string& kommune : KommunerOf(hospital.organisation, directory))
        look(card, absl::StrCat("k:", kommune));
    }
  }
  std::vector<VacantRole> list;
  for (const auto& [recipient, role] : vacant) list.push_back({recipient, role});
  return list;
}

}  // namespace overgang::tiltakskort
