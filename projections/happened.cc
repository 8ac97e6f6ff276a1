#include "projections/happened.h"

#include <utility>
#include <vector>

namespace overgang::projections {

Cluster HappenedBy(Cluster cluster, int64_t until_us,
                   const std::function<bool(const HeldFact&)>& also) {
  const std::vector<bool> cancelled = ComputeStays(cluster, true).cancelled;
  std::vector<FactSlot> kept;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const HeldFact& fact = *cluster.facts[i];
    const bool corrects =
        fact.kind == v1::FACT_KIND_FACT_CANCELLED || fact.kind == v1::FACT_KIND_PATIENT_MERGED;
    if (fact.order_us <= until_us || corrects || cancelled[i] || (also && also(fact)))
      kept.push_back(std::move(cluster.facts[i]));
  }
  cluster.facts = std::move(kept);
  return cluster;
}

}  // namespace overgang::projections
