#include "consumers/tiltakskort/cards.h"

#include <algorithm>
#include <functional>
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
  return (it != holders.end() && !it->second.empty()) || !AddressesOf(recipient, role).empty();
}

bool Roles::Holds(const std::string& principal, const std::string& recipient,
                  const std::string& role) const {
  if (!given) return true;
  if (principal.starts_with(kMailPrincipal)) {
    const auto hash = std::string_view(principal).substr(kMailPrincipal.size());
    return FindAddress(recipient, role, hash) != nullptr;
  }
  const auto it = holders.find({recipient, role});
  return it != holders.end() && std::ranges::find(it->second, principal) != it->second.end();
}

const std::vector<MailAddress>& Roles::AddressesOf(const std::string& recipient,
                                                   const std::string& role) const {
  static const std::vector<MailAddress> kNone;
  const auto it = addresses.find({recipient, role});
  return it == addresses.end() ? kNone : it->second;
}

const MailAddress* Roles::FindAddress(const std::string& recipient, const std::string& role,
                                      std::string_view hash) const {
  const std::vector<MailAddress>& of_role = AddressesOf(recipient, role);
  const auto found = std::ranges::find(of_role, hash, &MailAddress::hash);
  return found == of_role.end() ? nullptr : &*found;
}

std::vector<std::string> KommunerOf(std::string_view hospital, const Directory& directory) {
  std::set<std::string> kommuner;
  for (const Region& region : directory.contents().regions) {
    if (std::ranges::find(region.hospitals, hospital) != region.hospitals.end())
      kommuner.insert(region.kommuner.begin(), region.kommuner.end());
  }
  return {kommuner.begin(), kommuner.end()};
}

namespace {

// Each role of a card, once for each that the card may be for.
void VisitRoles(
    const Cards& cards, const Directory& directory,
    const std::function<void(const CardTemplate& card, const std::string& recipient)>& visit) {
  for (const Hospital& hospital : directory.contents().hospitals) {
    for (const CardTemplate& card : cards.templates) {
      if (!card.hospitals.empty() &&
          std::ranges::find(card.hospitals, hospital.organisation) == card.hospitals.end())
        continue;
      if (card.given_to == CardFor::kHospital) {
        visit(card, absl::StrCat("h:", hospital.organisation));
        continue;
      }
      for (const std::string& kommune : KommunerOf(hospital.organisation, directory))
        visit(card, absl::StrCat("k:", kommune));
    }
  }
}

std::vector<VacantRole> Listed(const std::set<std::pair<std::string, std::string>>& roles) {
  std::vector<VacantRole> list;
  list.reserve(roles.size());
  for (const auto& [recipient, role] : roles) list.push_back({recipient, role});
  return list;
}

}  // namespace

std::vector<VacantRole> VacantRoles(const Cards& cards, const Roles& roles,
                                    const Directory& directory) {
  std::set<std::pair<std::string, std::string>> vacant;
  VisitRoles(cards, directory, [&](const CardTemplate& card, const std::string& recipient) {
    std::set<std::string> named(card.roles.begin(), card.roles.end());
    for (const ActionTemplate& action : card.actions) named.insert(action.owner);
    for (const std::string& role : named) {
      if (!roles.IsHeld(recipient, role)) vacant.emplace(recipient, role);
    }
  });
  return Listed(vacant);
}

std::vector<VacantRole> UnaddressedRoles(const Cards& cards, const Roles& roles,
                                         const Directory& directory) {
  std::set<std::pair<std::string, std::string>> unaddressed;
  VisitRoles(cards, directory, [&](const CardTemplate& card, const std::string& recipient) {
    for (const std::string& role : card.roles) {
      if (roles.IsHeld(recipient, role) && roles.AddressesOf(recipient, role).empty())
        unaddressed.emplace(recipient, role);
    }
  });
  return Listed(unaddressed);
}

}  // namespace overgang::tiltakskort
