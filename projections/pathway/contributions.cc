#include "projections/pathway/contributions.h"

#include <algorithm>

#include "projections/tables.h"

namespace overgang::projections {

std::string StayKey(const Contribution& contribution) {
  return AliasKey(contribution.stay_id, contribution.home);
}

std::string AliasKey(const Uuid& alias, const PatientRef& home) {
  std::string key(alias.key());
  key += home.key();
  return key;
}

std::string ClosedKey(const Contribution& contribution) {
  std::string key(contribution.entry.hospital.view());
  key.resize(sizeof(HospitalCode), '\0');
  key += DescendingTime(contribution.entry.ended_us);
  key += StayKey(contribution);
  return key;
}

ClusterSums SumsOf(const Cluster& cluster) {
  ClusterSums sums;
  ClusterStays computed = ComputeStays(cluster);
  sums.matters.cluster = cluster.key;
  sums.matters.open = OpenMatters(computed.stays, cluster.decided);
  for (DerivedStay& stay : computed.stays) {
    auto contribution = std::make_shared<Contribution>();
    contribution->stay_id = stay.id;
    contribution->home = stay.home;
    contribution->entry = std::move(stay.entry);
    contribution->stay_row = stay.stay.SerializeAsString();
    contribution->aliases = std::move(stay.aliases);
    contribution->findings = std::move(stay.findings);
    sums.stays.push_back(std::move(contribution));
  }
  std::ranges::sort(sums.stays, {}, [](const auto& c) { return c->place(); });
  return sums;
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
      if (before[i]->stay_row == (*after)[j]->stay_row && before[i]->entry == (*after)[j]->entry &&
          before[i]->findings == (*after)[j]->findings) {
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
