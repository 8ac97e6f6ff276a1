#include "projections/pathway/pathway_fold.h"

#include <algorithm>

#include "projections/tables.h"

namespace overgang::projections {

absl::Status PathwayFold::Apply(FactPtr fact) {
  auto hot = FindAll(*fact);
  if (!hot.ok()) return hot.status();
  const size_t bytes = fact->bytes.size();
  (*hot)->bytes += bytes;
  if ((*hot)->dirty_at.has_value()) dirty_bytes_ += bytes;
  if ((*hot)->cluster.Add(std::move(fact))) ++hot_facts_;
  MarkDirty(*hot);
  return absl::OkStatus();
}

absl::Status PathwayFold::ApplyParked(const PatientRef& ref, const rows::ParkedOf& parked) {
  auto hot = Find(ref, true);
  if (!hot.ok()) return hot.status();
  rows::ParkedOf& held = (*hot)->cluster.parked[parked.parked_id()];
  const bool settled = held.settled() || parked.settled();
  if (!parked.visit_key().empty()) held.set_visit_key(parked.visit_key());
  if (!parked.hospital().empty()) held.set_hospital(parked.hospital());
  if (parked.at_us() != 0) held.set_at_us(parked.at_us());
  if (!parked.source().empty()) held.set_source(parked.source());
  held.set_parked_id(parked.parked_id());
  held.set_patient_ref(std::string(ref.key()));
  held.set_settled(settled);
  MarkDirty(*hot);
  return absl::OkStatus();
}

absl::Status PathwayFold::ApplyDecision(const v1::Envelope& decision) {
  const auto ref = PatientRef::Parse(decision.patient_ref());
  if (!ref.ok()) return absl::OkStatus();  // Not ours: nothing in the log names it.
  auto hot = Find(*ref, true);
  if (!hot.ok()) return hot.status();
  if (TakeDecision(decision, &(*hot)->cluster.decided)) MarkDirty(*hot);
  return absl::OkStatus();
}

// The cluster that holds all references of the fact, made or joined where need be.
absl::StatusOr<PathwayFold::Hot*> PathwayFold::FindAll(const HeldFact& fact) {
  auto hot = Find(fact.patient, true);
  if (!hot.ok()) return hot;
  const auto take = [&](const PatientRef& ref) -> absl::Status {
    auto other = Find(ref, false);
    if (!other.ok()) return other.status();
    if (*other == nullptr) {
      AddRef(*hot, ref);
    } else if (*other != *hot) {
      Join(*hot, *other);
    }
    return absl::OkStatus();
  };
  for (const PatientRef& alias : fact.aliases) {
    if (absl::Status status = take(alias); !status.ok()) return status;
  }
  if (fact.kind == v1::FACT_KIND_PATIENT_MERGED) {
    if (absl::Status status = take(fact.merged); !status.ok()) return status;
  }
  return hot;
}

// In memory, else from the store; null where nobody has the reference and it is not to be made.
absl::StatusOr<PathwayFold::Hot*> PathwayFold::Find(const PatientRef& ref, bool create) {
  if (const auto it = by_ref_.find(ref); it != by_ref_.end()) return Touch(it->second);
  PatientRef key = ref;
  auto row = store_.Get(kCluster, ref.key());
  if (row.ok() && !row->has_value()) {
    auto pointer = store_.Get(kRef, ref.key());
    if (!pointer.ok()) return pointer.status();
    if (pointer->has_value()) {
      key = PatientRef::FromKey(**pointer);
      row = store_.Get(kCluster, key.key());
    }
  }
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    auto cluster = Cluster::Parse(key, **row);
    if (!cluster.ok()) return cluster.status();
    Hot* hot = Insert(*std::move(cluster));
    ClusterSums sums = SumsOf(hot->cluster);
    hot->contributions = std::move(sums.stays);
    hot->matters = sums.matters.Serialize();
    hot->bytes = (*row)->size();
    hot->stored = true;
    if (const size_t facts = hot->cluster.facts.size(); facts >= kLargeClusterFacts)
      hot->told_facts = facts;
    return hot;
  }
  if (!create) return nullptr;
  Cluster cluster;
  cluster.key = ref;
  return Insert(std::move(cluster));
}

PathwayFold::Hot* PathwayFold::Insert(Cluster cluster) {
  hot_.emplace_front();
  Hot* hot = &hot_.front();
  hot->self = hot_.begin();
  hot->used_in = epoch_;
  hot->cluster = std::move(cluster);
  hot_facts_ += hot->cluster.facts.size();
  by_ref_[hot->cluster.key] = hot;
  for (const PatientRef& ref : hot->cluster.refs) by_ref_[ref] = hot;
  return hot;
}

// A reference that nobody had before.
void PathwayFold::AddRef(Hot* hot, const PatientRef& ref) {
  const PatientRef former = hot->cluster.key;
  hot->cluster.AddRef(ref);
  by_ref_[ref] = hot;
  hot->new_refs.push_back(ref);
  ChangeKey(hot, former);
}

// After a smaller reference came: the row moves, and all references point to it anew.
void PathwayFold::ChangeKey(Hot* hot, const PatientRef& former) {
  if (hot->cluster.key == former) return;
  if (hot->stored) hot->dead_keys.push_back(former);
  hot->matters.clear();  // Their row is gone with the key.
  hot->stored = false;
  hot->new_refs = hot->cluster.refs;
}

// `hot` takes the other in, and the key is the smaller of both.
void PathwayFold::Join(Hot* hot, Hot* taken) {
  const PatientRef former = hot->cluster.key;
  const PatientRef taken_key = taken->cluster.key;
  by_ref_[taken_key] = hot;
  for (const PatientRef& ref : taken->cluster.refs) by_ref_[ref] = hot;
  hot->new_refs.push_back(taken_key);
  hot->new_refs.insert(hot->new_refs.end(), taken->cluster.refs.begin(), taken->cluster.refs.end());
  hot->dead_keys.insert(hot->dead_keys.end(), taken->dead_keys.begin(), taken->dead_keys.end());
  if (taken->stored && former < taken_key) hot->dead_keys.push_back(taken_key);
  hot_facts_ -= hot->cluster.facts.size() + taken->cluster.facts.size();
  hot->cluster.Absorb(std::move(taken->cluster));
  hot_facts_ += hot->cluster.facts.size();
  hot->contributions.insert(hot->contributions.end(), taken->contributions.begin(),
                            taken->contributions.end());
  std::ranges::sort(hot->contributions, {}, [](const auto& c) { return c->place(); });
  ChangeKey(hot, former);
  if (taken_key < former) {
    hot->stored = taken->stored;
    hot->matters = std::move(taken->matters);
  }
  hot->bytes += taken->bytes;
  hot->told_facts = std::max(hot->told_facts, taken->told_facts);
  if (taken->dirty_at.has_value()) dirty_[*taken->dirty_at] = nullptr;
  hot_.erase(taken->self);
}

// Once an epoch: which of the persons of one epoch was used last does not matter.
PathwayFold::Hot* PathwayFold::Touch(Hot* hot) {
  if (hot->used_in != epoch_) {
    hot->used_in = epoch_;
    hot_.splice(hot_.begin(), hot_, hot->self);
  }
  return hot;
}

void PathwayFold::MarkDirty(Hot* hot) {
  if (hot->dirty_at.has_value()) return;
  hot->dirty_at = dirty_.size();
  dirty_bytes_ += hot->bytes;
  dirty_.push_back(hot);
}

PathwayChanges PathwayFold::EndEpoch(WriteSet* writes) {
  PathwayChanges changes;
  std::erase(dirty_, nullptr);
  // In the order of their rows, which the store takes faster.
  std::ranges::sort(dirty_, {}, [](const Hot* hot) { return hot->cluster.key; });
  for (Hot* hot : dirty_) {
    ClusterSums now = SumsOf(hot->cluster);
    Difference(hot->contributions, &now.stays, &changes.stays);
    hot->contributions = std::move(now.stays);
    WriteMatters(hot, now.matters, &changes, writes);
    WriteCluster(hot, writes);
    TellIfLarge(hot, &changes);
  }
  dirty_.clear();
  dirty_bytes_ = 0;
  WriteStays(changes.stays, writes);
  Evict();
  ++epoch_;
  return changes;
}

void PathwayFold::TellIfLarge(Hot* hot, PathwayChanges* changes) {
  const size_t facts = hot->cluster.facts.size();
  if (facts < kLargeClusterFacts) return;
  const bool doubled = facts >= 2 * hot->told_facts;
  if (doubled) hot->told_facts = facts;
  changes->large.push_back({facts, hot->cluster.refs.size() + 1, doubled});
}

void PathwayFold::WriteMatters(Hot* hot, const Matters& matters, PathwayChanges* changes,
                               WriteSet* writes) const {
  for (const PatientRef& dead : hot->dead_keys) {
    writes->push_back({kMatter, std::string(dead.key()), std::nullopt});
    changes->matters.push_back({dead, {}});
  }
  std::string row = matters.open.empty() ? "" : matters.Serialize();
  if (row == hot->matters) return;
  hot->matters = std::move(row);
  writes->push_back({kMatter, std::string(hot->cluster.key.key()),
                     hot->matters.empty() ? std::nullopt : std::optional(hot->matters)});
  changes->matters.push_back(matters);
}

void PathwayFold::WriteCluster(Hot* hot, WriteSet* writes) {
  const PatientRef& key = hot->cluster.key;
  for (const PatientRef& dead : hot->dead_keys)
    writes->push_back({kCluster, std::string(dead.key()), std::nullopt});
  for (const PatientRef& ref : hot->new_refs) {
    if (ref != key) writes->push_back({kRef, std::string(ref.key()), std::string(key.key())});
  }
  writes->push_back({kCluster, std::string(key.key()), hot->cluster.Serialize()});
  hot->dead_keys.clear();
  hot->new_refs.clear();
  hot->dirty_at.reset();
  hot->stored = true;
}

namespace {

// Where the entry of a stay is: of one that is open in one table, of one that ended in another, and
// of one that took long in a third as well.
std::vector<std::pair<Table, std::string>> EntryPlaces(const Contribution& stay) {
  if (stay.entry.ended_us == kNeverUs) return {{kOpenStay, StayKey(stay)}};
  std::string key = ClosedKey(stay);
  if (stay.entry.ended_us - stay.entry.admitted_us > kLongStayUs)
    return {{kClosedStay, key}, {kLongStay, key}};
  return {{kClosedStay, std::move(key)}};
}

}  // namespace

void PathwayFold::WriteStays(const std::vector<StayChange>& changes, WriteSet* writes) const {
  // Removals first: an alias may go from one stay to another within one epoch.
  for (const StayChange& change : changes) {
    if (!change.before) continue;
    const Contribution& before = *change.before;
    if (!change.after) writes->push_back({kStay, StayKey(before), std::nullopt});
    const auto kept =
        change.after ? EntryPlaces(*change.after) : std::vector<std::pair<Table, std::string>>{};
    for (auto& place : EntryPlaces(before)) {
      if (std::ranges::find(kept, place) == kept.end())
        writes->push_back({place.first, std::move(place.second), std::nullopt});
    }
    for (const Uuid& alias : before.aliases) {
      if (change.after && std::ranges::binary_search(change.after->aliases, alias)) continue;
      writes->push_back({kStayAlias, AliasKey(alias, before.home), std::nullopt});
    }
  }
  for (const StayChange& change : changes) {
    if (!change.after) continue;
    const Contribution& after = *change.after;
    writes->push_back({kStay, StayKey(after), after.stay_row});
    const std::string entry = after.entry.Serialize();
    for (auto& place : EntryPlaces(after))
      writes->push_back({place.first, std::move(place.second), entry});
    for (const Uuid& alias : after.aliases) {
      if (!change.before || !std::ranges::binary_search(change.before->aliases, alias)) {
        writes->push_back(
            {kStayAlias, AliasKey(alias, after.home), std::string(after.stay_id.key())});
      }
    }
  }
}

void PathwayFold::Evict() {
  while (hot_facts_ > kHotFactsMax && !hot_.empty()) {
    const Cluster& cluster = hot_.back().cluster;
    hot_facts_ -= cluster.facts.size();
    by_ref_.erase(cluster.key);
    for (const PatientRef& ref : cluster.refs) by_ref_.erase(ref);
    hot_.pop_back();
  }
}

}  // namespace overgang::projections
