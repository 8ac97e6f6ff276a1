// What one cluster adds to the sums of the views: one contribution a stay. Sums are kept by taking
// the old contributions away and adding the new ones, so a correction reaches every sum.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "projections/pathway/cluster.h"

namespace overgang::projections {

// What was last computed of a stay for an hour: payable days change at midnight, and Oslo's
// midnight is at a whole hour of UTC. Thread-safe.
class HourMemo {
 public:
  HourMemo() = default;
  HourMemo(const HourMemo&) {}  // A copy computes for itself.
  HourMemo& operator=(const HourMemo&) = delete;
  // `terms` tells what else the value depends on.
  template <typename Compute>
  uint32_t Get(int64_t now_us, uint8_t terms, Compute compute) const {
    const auto hour = static_cast<uint64_t>(now_us / kHourUs) + 1;
    const uint64_t key = hour << 8 | terms;
    const uint64_t held = held_.load(std::memory_order_relaxed);
    if (held >> 32 == key) return static_cast<uint32_t>(held);
    const uint32_t value = compute();
    held_.store(key << 32 | value, std::memory_order_relaxed);
    return value;
  }

 private:
  mutable std::atomic<uint64_t> held_{0};
};

struct Contribution {
  Uuid stay_id;
  PatientRef home;  // See DerivedStay.
  StayEntry entry;
  std::string stay_row;           // v1.Stay, serialized: what of the stay can be seen.
  std::vector<Uuid> aliases;      // Sorted.
  std::vector<Finding> findings;  // Sorted.
  HourMemo payable_days;          // So far, in periods of its stay kommune.

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
