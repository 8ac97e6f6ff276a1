#include "projections/pathway/contributions.h"

#include <algorithm>

namespace overgang::projections {

std::string StayKey(const Contribution& contribution) {
  return AliasKey(contribution.stay_id, contribution.home);
}

std::string AliasKey(const Uuid& alias, const PatientRef& home) {
  std::string key(alias.key());
  key += home.key();
  return key;
}

Contributions ContributionsOf(const Cluster& cluster) {
  Contributions contributions;
  for (DerivedStay& stay : ComputeStays(cluster).stays) {
    auto contribution = std::make_shared<Contribution>();
    contribution->stay_id = stay.id;
    contribution->home = stay.home;
    contribution->ended_us = stay.ended_us;
    contribution->entry = std::move(stay.entry);
    contribution->stay_row = stay.stay.SerializeAsString();
    contribution->aliases = std::move(stay.aliases);
    contributions.push_back(std::move(contribution));
  }
  std::ranges::sort(contributions, {}, [](const auto& c) { return c->place(); });
  return contributions;
}

void Difference(const Contributions& before, Contributions* after,
                std::vector<StayChange>* changes) {
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after->size()) {
    if (j == after->size() || (i < before.size() && before[i]->place() < (*after)[j]->place())) {
      changes->push_back({before[i++], nullptr});
    } else if (i == before.size() || (*after)[j]->place() < before[i]->place()) {
      changes->push_back({nullptr, (*after)[j++]});
    } else {
      if (before[i]->stay_row == (*after)[j]->stay_row && before[i]->entry == (*after)[j]->entry) {
        (*after)[j] = before[i];
      } else {
        changes->push_back({before[i], (*after)[j]});
      }
      ++i;
      ++j;
    }
  }
}

}  // namespace overgang::projections
