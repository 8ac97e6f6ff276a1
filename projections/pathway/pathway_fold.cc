#include "projections/pathway/pathway_fold.h"

#include <algorithm>

#include "projections/tables.h"

namespace overgang::projections {

absl::Status PathwayFold::Apply(HeldFact fact) {
  auto hot = FindAll(fact);
  if (!hot.ok()) return hot.status();
  const size_t bytes = fact.bytes.size();
  if ((*hot)->cluster.Add(std::move(fact))) ++hot_facts_;
  dirty_bytes_ += bytes;
  MarkDirty(*hot);
  return absl::OkStatus();
}

absl::Status PathwayFold::ApplyParked(const PatientRef& ref, const rows::ParkedOf& parked) {
  auto hot = Find(ref, true);
  if (!hot.ok()) return hot.status();
  rows::ParkedOf& held = (*hot)->cluster.parked[parked.parked_id()];
  const bool settled = held.settled() || parked.settled();
  if (!parked.visit_key().empty()) held.set_visit_key(parked.visit_key());
  held.set_parked_id(parked.parked_id());
  held.set_settled(settled);
  MarkDirty(*hot);
  return absl::OkStatus();
}

// The cluster that holds all references of the fact, made or joined where need be.
absl::StatusOr<PathwayFold::Hot*> PathwayFold::FindAll(const HeldFact& fact) {
  auto hot = Find(fact.patient, true);
  if (!hot.ok()) return hot;
  const auto take = [&](const PatientRef& ref) -> absl::Status {
    if (ref == (*hot)->cluster.key || std::ranges::binary_search((*hot)->cluster.refs, ref))
      return absl::OkStatus();
    auto other = Find(ref, false);
    if (!other.ok()) return other.status();
    if (*other == nullptr) {
      AddRef(*hot, ref);
    } else if (*other != *hot) {
      *hot = Join(*hot, *other);
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

absl::StatusOr<PathwayFold::Hot*> PathwayFold::Find(const PatientRef& ref, bool create) {
  const auto by_ref = key_of_.find(ref);
  const PatientRef* key = by_ref == key_of_.end() ? &ref : &by_ref->second;
  if (const auto it = hot_.find(*key); it != hot_.end()) {
    Touch(it->second.get());
    return it->second.get();
  }
  auto row = store_.Get(kCluster, ref.key());
  PatientRef stored_key = ref;
  if (row.ok() && !row->has_value()) {
    auto pointer = store_.Get(kRef, ref.key());
    if (!pointer.ok()) return pointer.status();
    if (pointer->has_value()) {
      stored_key = PatientRef::FromKey(**pointer);
      // The cluster that it points to may be hot under another key already, taken in during this
      // epoch.
      if (const auto moved = key_of_.find(stored_key); moved != key_of_.end())
        stored_key = moved->second;
      if (const auto it = hot_.find(stored_key); it != hot_.end()) {
        Touch(it->second.get());
        return it->second.get();
      }
      row = store_.Get(kCluster, stored_key.key());
    }
  }
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    auto cluster = Cluster::Parse(stored_key, **row);
    if (!cluster.ok()) return cluster.status();
    Hot* hot = Insert(*std::move(cluster));
    hot->contributions = ContributionsOf(hot->cluster);
    hot->stored = true;
    return hot;
  }
  if (!create) return nullptr;
  Cluster cluster;
  cluster.key = ref;
  return Insert(std::move(cluster));
}

PathwayFold::Hot* PathwayFold::Insert(Cluster cluster) {
  auto hot = std::make_unique<Hot>();
  hot->cluster = std::move(cluster);
  const PatientRef key = hot->cluster.key;
  by_use_.push_front(key);
  hot->used = by_use_.begin();
  hot_facts_ += hot->cluster.facts.size();
  for (const PatientRef& ref : hot->cluster.refs) key_of_[ref] = key;
  return (hot_[key] = std::move(hot)).get();
}

// A reference that nobody had before.
void PathwayFold::AddRef(Hot* hot, const PatientRef& ref) {
  Cluster alone;
  alone.key = ref;
  Hot* other = Insert(std::move(alone));
  Join(hot, other);
}

// The one with the smaller key takes the other in.
PathwayFold::Hot* PathwayFold::Join(Hot* a, Hot* b) {
  // `a` must stay where it is for the caller, whichever key wins.
  const PatientRef key_a = a->cluster.key;
  const PatientRef key_b = b->cluster.key;
  auto taken = std::move(hot_.extract(key_b).mapped());
  by_use_.erase(taken->used);
  a->new_refs.insert(a->new_refs.end(), taken->new_refs.begin(), taken->new_refs.end());
  a->dead_keys.insert(a->dead_keys.end(), taken->dead_keys.begin(), taken->dead_keys.end());
  hot_facts_ -= a->cluster.facts.size() + taken->cluster.facts.size();
  a->cluster.Absorb(std::move(taken->cluster));
  hot_facts_ += a->cluster.facts.size();
  a->contributions.insert(a->contributions.end(), taken->contributions.begin(),
                          taken->contributions.end());
  std::ranges::sort(a->contributions, {}, [](const auto& c) { return c->place(); });
  const PatientRef key = a->cluster.key;
  if (key != key_a) {
    auto moved = hot_.extract(key_a);
    *a->used = key;
    hot_[key] = std::move(moved.mapped());
  }
  if (key == key_a ? taken->stored : a->stored)
    a->dead_keys.push_back(key == key_a ? key_b : key_a);
  if (key != key_a) a->stored = taken->stored;
  key_of_.erase(key);
  for (const PatientRef& ref : a->cluster.refs) {
    PatientRef& known = key_of_[ref];
    if (known != key) a->new_refs.push_back(ref);
    known = key;
  }
  a->dirty = false;
  MarkDirty(a);
  return a;
}

void PathwayFold::Touch(Hot* hot) {
  if (hot->used != by_use_.begin()) by_use_.splice(by_use_.begin(), by_use_, hot->used);
}

void PathwayFold::MarkDirty(Hot* hot) {
  if (hot->dirty) return;
  hot->dirty = true;
  dirty_.push_back(hot->cluster.key);
}

std::vector<StayChange> PathwayFold::EndEpoch(WriteSet* writes) {
  std::vector<StayChange> all;
  std::ranges::sort(dirty_);
  dirty_.erase(std::unique(dirty_.begin(), dirty_.end()), dirty_.end());
  for (const PatientRef& key : dirty_) {
    const auto it = hot_.find(key);
    if (it == hot_.end() || !it->second->dirty) continue;  // Taken in by another.
    Hot& hot = *it->second;
    Contributions now = ContributionsOf(hot.cluster);
    std::vector<StayChange> changes = Difference(hot.contributions, &now);
    hot.contributions = std::move(now);
    for (const PatientRef& dead : hot.dead_keys)
      writes->push_back({kCluster, std::string(dead.key()), std::nullopt});
    for (const PatientRef& ref : hot.new_refs) {
      if (ref != key) writes->push_back({kRef, std::string(ref.key()), std::string(key.key())});
    }
    writes->push_back({kCluster, std::string(key.key()), hot.cluster.Serialize()});
    hot.dead_keys.clear();
    hot.new_refs.clear();
    hot.dirty = false;
    hot.stored = true;
    all.insert(all.end(), std::make_move_iterator(changes.begin()),
               std::make_move_iterator(changes.end()));
  }
  dirty_.clear();
  dirty_bytes_ = 0;
  WriteStays(all, writes);
  Evict();
  return all;
}

void PathwayFold::WriteStays(const std::vector<StayChange>& changes, WriteSet* writes) const {
  const auto aliases = [](const std::shared_ptr<const Contribution>& c) {
    return c ? c->aliases : std::vector<Uuid>();
  };
  // Removals first: an alias may go from one stay to another within one epoch.
  for (const StayChange& change : changes) {
    if (!change.before) continue;
    const Contribution& before = *change.before;
    if (!change.after) writes->push_back({kStay, StayKey(before), std::nullopt});
    if (!change.after || change.after->ended_us != before.ended_us) {
      writes->push_back(
          {kStayByEnd, DescendingTime(before.ended_us) + StayKey(before), std::nullopt});
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
    writes->push_back({kStayByEnd, DescendingTime(after.ended_us) + StayKey(after),
                       after.entry.SerializeAsString()});
    const std::vector<Uuid> known = aliases(change.before);
    for (const Uuid& alias : after.aliases) {
      if (!std::ranges::binary_search(known, alias)) {
        writes->push_back(
            {kStayAlias, AliasKey(alias, after.home), std::string(after.stay_id.key())});
      }
    }
  }
}

void PathwayFold::Evict() {
  while (hot_facts_ > kHotFactsMax && !by_use_.empty()) {
    const auto it = hot_.find(by_use_.back());
    hot_facts_ -= it->second->cluster.facts.size();
    for (const PatientRef& ref : it->second->cluster.refs) key_of_.erase(ref);
    by_use_.pop_back();
    hot_.erase(it);
  }
}

}  // namespace overgang::projections
