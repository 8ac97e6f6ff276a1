// Which clusters have something to be decided, by when it is due. Bounded: of more than
// `clusters_max` the ones due last are left out, and it is known from when on they are missing, so
// that they can be read again from the rows.
//
// Threads: one. Units: microseconds since 1970 UTC; 0 = at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "projections/pathway/held_fact.h"

namespace overgang::deciding {

class Agenda {
 public:
  explicit Agenda(size_t clusters_max) : clusters_max_(clusters_max) {}

  void Set(const projections::PatientRef& cluster, int64_t due_us);
  void Remove(const projections::PatientRef& cluster);
  void Clear();
  // Takes out the cluster that was due first, where that is before `now_us`.
  std::optional<projections::PatientRef> PopDue(int64_t now_us);
  // Whether one that was left out may be due, and none is left that was due as early.
  bool MustBeReadAgain(int64_t now_us) const;
  size_t size() const { return by_due_.size(); }

 private:
  const size_t clusters_max_;
  absl::btree_set<std::pair<int64_t, projections::PatientRef>> by_due_;
  absl::flat_hash_map<projections::PatientRef, int64_t> due_of_;
  int64_t left_out_from_us_ = std::numeric_limits<int64_t>::max();  // Due then or later.
};

}  // namespace overgang::deciding
