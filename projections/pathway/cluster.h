// A cluster in memory: all facts whose references touch, and the stays computed from them. One row
// of the store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "projections/pathway/held_fact.h"
#include "projections/pathway/matter.h"
#include "projections/pathway/stay.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

struct Cluster {
  PatientRef key;                                // The smallest of its references.
  std::vector<PatientRef> refs;                  // All others, sorted.
  std::vector<FactSlot> facts;                   // Sorted, each event id once.
  std::map<std::string, rows::ParkedOf> parked;  // By id.
  Decided decided;                               // What the hub decided on its stays.

  // False where the fact was there already (its earliest append time is kept).
  bool Add(FactPtr fact);
  // One that is not among them yet; the key is the smallest still.
  void AddRef(PatientRef ref);
  // Takes everything of another cluster.
  void Absorb(Cluster other);

  std::string Serialize() const;
  // The row was written by this program: a row that cannot be read is DATA_LOSS.
  static absl::StatusOr<Cluster> Parse(const PatientRef& key, std::string_view row);
};

// All stays of all persons of a cluster, and per fact where it stands.
struct ClusterStays {
  std::vector<DerivedStay> stays;  // Person by person.
  std::vector<StayTrace> traces;   // Per stay; filled only on demand.
  std::vector<const DerivedStay*>
      of_fact;  // Per fact; null where it belongs to no stay. Filled only on demand.
  std::vector<bool> cancelled;  // Per fact; filled only on demand.
  std::vector<int> person_of;   // Per fact, the person's number within the cluster.
};
ClusterStays ComputeStays(const Cluster& cluster, bool with_facts = false);

}  // namespace overgang::projections
