// The fold of overgang.pathway.v1: facts into clusters, clusters into stays, stays into
// contributions.
//
// Apply only puts a fact into its cluster; stays are computed once per changed cluster when the
// epoch ends, so a burst of facts of one person costs one computation. Threads: one. Errors: what
// the store answers (UNAVAILABLE, DATA_LOSS) stops the projection.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "core/state_store.h"
#include "projections/pathway/contributions.h"

namespace overgang::projections {

inline constexpr size_t kHotFactsMax =
    300'000;  // Facts of persons kept in memory between epochs: about 200 MiB.

// A cluster of so many facts is no person any more: computing it anew costs milliseconds each time.
inline constexpr size_t kLargeClusterFacts = 4'000;

struct LargeCluster {
  size_t facts = 0;
  size_t references = 0;
  bool doubled = false;  // Since it was first large, or was last said to have.
};

struct PathwayChanges {
  std::vector<StayChange> stays;
  std::vector<Matters> matters;     // Of the clusters whose open matters are others now.
  std::vector<LargeCluster> large;  // Of those that changed.
};

class PathwayFold {
 public:
  explicit PathwayFold(const StateStore& store) : store_(store) {}

  [[nodiscard]] absl::Status Apply(FactPtr fact);
  // Flags the person's stays incomplete, or no longer.
  [[nodiscard]] absl::Status ApplyParked(const PatientRef& ref, const rows::ParkedOf& parked);

  // A decision of the hub on one of the person's stays; the first record of a revision counts.
  [[nodiscard]] absl::Status ApplyDecision(const v1::Envelope& decision);

  // Adds the changed rows to `writes` and returns what changed.
  [[nodiscard]] PathwayChanges EndEpoch(WriteSet* writes);

  // Roughly what waits to be written, bytes.
  size_t dirty_bytes() const { return dirty_bytes_; }

 private:
  // A cluster in memory.
  struct Hot {
    Cluster cluster;
    Contributions contributions;        // As last written.
    std::string matters;                // Row of its open matters as last written; empty: none.
    bool stored = false;                // The store has a row under the cluster's key.
    std::vector<PatientRef> new_refs;   // To be written to kRef.
    std::vector<PatientRef> dead_keys;  // Keys of rows that are no more.
    size_t bytes = 0;                   // Roughly of its row.
    size_t told_facts = 0;              // When it was last said to have doubled; 0: not large.
    std::optional<size_t> dirty_at;     // Where it stands in dirty_.
    int64_t used_in = 0;                // Epoch.
    std::list<Hot>::iterator self;
  };

  absl::StatusOr<Hot*> Find(const PatientRef& ref, bool create);
  absl::StatusOr<Hot*> FindAll(const HeldFact& fact);
  void Join(Hot* hot, Hot* taken);
  void AddRef(Hot* hot, const PatientRef& ref);
  void ChangeKey(Hot* hot, const PatientRef& former);
  Hot* Insert(Cluster cluster);
  Hot* Touch(Hot* hot);
  void MarkDirty(Hot* hot);
  static void TellIfLarge(Hot* hot, PathwayChanges* changes);
  void WriteCluster(Hot* hot, WriteSet* writes);
  void WriteMatters(Hot* hot, const Matters& matters, PathwayChanges* changes,
                    WriteSet* writes) const;
  void WriteStays(const std::vector<StayChange>& changes, WriteSet* writes) const;
  void Evict();

  const StateStore& store_;
  std::list<Hot> hot_;  // Used in the newest epoch first.
  absl::flat_hash_map<PatientRef, Hot*> by_ref_;
  std::vector<Hot*> dirty_;  // Null: taken in by another.
  int64_t epoch_ = 1;
  size_t hot_facts_ = 0;
  size_t dirty_bytes_ = 0;
};

}  // namespace overgang::projections
