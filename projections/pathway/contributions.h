// What one cluster adds to the sums of the views: one contribution a stay. Sums are kept by taking
// the old contributions away and adding the new ones, so a correction reaches every sum.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "projections/pathway/cluster.h"

namespace overgang::projections {

struct Contribution {
  Uuid stay_id;
  PatientRef home;  // See DerivedStay.
  StayEntry entry;
  std::string stay_row;           // v1.Stay, serialized: what of the stay can be seen.
  std::vector<Uuid> aliases;      // Sorted.
  std::vector<Finding> findings;  // Sorted.

  auto place() const { return std::pair(stay_id, home); }
};

// Keys of kStay (stay id + home), kStayAlias (alias + home) and kClosedStay.
std::string StayKey(const Contribution& contribution);
std::string AliasKey(const Uuid& alias, const PatientRef& home);
std::string ClosedKey(const Contribution& contribution);

// By place. Immutable once made, shared with the census.
using Contributions = std::vector<std::shared_ptr<const Contribution>>;

// Everything that a cluster adds.
struct ClusterSums {
  Contributions stays;
  Matters matters;
};
ClusterSums SumsOf(const Cluster& cluster);

struct StayChange {
  std::shared_ptr<const Contribution> before;  // Null: new.
  std::shared_ptr<const Contribution> after;   // Null: gone.
};
// Adds the stays that differ; those that do not keep their old object in `after`.
void Difference(const Contributions& before, Contributions* after,
                std::vector<StayChange>* changes);

}  // namespace overgang::projections
