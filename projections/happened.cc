#include "projections/happened.h"

#include <set>
#include <utility>
#include <vector>

namespace overgang::projections {

Cluster HappenedBy(Cluster cluster, int64_t until_us,
                   const std::function<bool(const HeldFact&)>& also) {
  const ClusterStays stays = ComputeStays(cluster, true);
  const auto stands = [&](const HeldFact& fact) {
    // An end that is stated for a time to come happened when it was told.
    const int64_t at_us = EndsInFuture(fact) ? fact.recorded_us : fact.order_us;
    return at_us <= until_us || (also && also(fact));
  };
  std::set<const DerivedStay*> begun;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    if (stands(*cluster.facts[i])) begun.insert(stays.of_fact[i]);
  }
  std::vector<FactSlot> kept;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const HeldFact& fact = *cluster.facts[i];
    const DerivedStay* stay = stays.of_fact[i];
    const bool corrects =
        fact.kind == v1::FACT_KIND_FACT_CANCELLED || fact.kind == v1::FACT_KIND_PATIENT_MERGED ||
        stays.cancelled[i] ||
        (fact.kind == v1::FACT_KIND_PATIENT_ADMITTED && stay != nullptr && begun.contains(stay));
    if (corrects || stands(fact)) kept.push_back(std::move(cluster.facts[i]));
  }
  cluster.facts = std::move(kept);
  return cluster;
}

}  // namespace overgang::projections
