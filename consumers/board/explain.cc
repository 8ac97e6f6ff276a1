#include "consumers/board/explain.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "consumers/board/past_stays.h"
#include "consumers/board/stay_query.h"
#include "projections/visible.h"

namespace overgang::board {
namespace {

using projections::Bucket;
using projections::Cluster;
using projections::ClusterStays;
using projections::Contribution;
using projections::Epoch;
using projections::PatientRef;
using projections::Uuid;
using StayPtr = std::shared_ptr<const Contribution>;

struct Pair {
  StayPtr before;  // Null: was not counted.
  StayPtr after;   // Null: is not counted.

  bool IsOf(const Uuid& id) const {
    const auto names = [&](const StayPtr& stay) {
      return stay != nullptr &&
             (stay->stay_id == id || std::ranges::find(stay->aliases, id) != stay->aliases.end());
    };
    return names(before) || names(after);
  }
  std::string SortKey() const {
    const StayPtr& stay = before != nullptr ? before : after;
    return stay->stay_id.Text() + std::string(stay->home.key());
  }
};

// Of one cluster of today: what was known of it then, and what is of that moment now.
struct Learnt {
  Cluster cluster;       // The facts that count.
  std::set<Uuid> known;  // Event ids.
  std::vector<Pair> pairs;
};

class Explanation {
 public:
  Explanation(const Epoch& then, const Epoch& today, const CensusQuery& query)
      : then_(then), today_(today), query_(query), kommune_(query.kommuner.front()) {}

  absl::StatusOr<v1::ExplainCensusResponse> Run() {
    const auto bucket = BucketAt(IndexOf(then_, query_.basis), kommune_);
    absl::Status status = bucket == nullptr ? absl::OkStatus() : FindBefore(*bucket);
    if (status.ok()) status = FindToday();
    if (!status.ok()) return status;
    Bucket counted;
    std::map<std::string, v1::CensusChange> changes;
    for (auto& [key, before] : before_) {
      status = Compare(key, before, &counted, &changes);
      if (!status.ok()) return status;
    }
    v1::ExplainCensusResponse response;
    *response.mutable_before() = CountKommune(then_, bucket.get(), kommune_, query_);
    *response.mutable_after() = CountKommune(then_, &counted, kommune_, query_);
    for (auto& [key, change] : changes) *response.add_changes() = std::move(change);
    return response;
  }

 private:
  std::string Counted(const StayPtr& stay) const {
    if (stay == nullptr) return "";
    const Bucket alone{stay};
    return CountKommune(then_, &alone, kommune_, query_).SerializeAsString();
  }
  // What begins later by a source's clock counted where that was known then: it still does.
  bool HasBegun(const Contribution& stay, const std::vector<StayPtr>& before) const {
    return stay.entry.admitted_us <= query_.at.now_us ||
           std::ranges::any_of(before, [&](const StayPtr& then) {
             return then->entry.admitted_us == stay.entry.admitted_us;
           });
  }
  bool IsCounted(const Contribution& stay, const std::vector<StayPtr>& before) const {
    return KommuneOf(stay, query_).view() == kommune_ && HasBegun(stay, before) &&
           projections::IsInpatient(stay);
  }

  // The stays that were counted, by the cluster that they are in today.
  absl::Status FindBefore(const Bucket& bucket) {
    for (const StayPtr& stay : bucket) {
      if (KommuneOf(*stay, query_).view() != kommune_) continue;
      auto cluster = projections::FindCluster(*today_.rows, stay->home);
      if (!cluster.ok()) return cluster.status();
      before_[cluster->key].push_back(stay);
    }
    return absl::OkStatus();
  }
  // The clusters of the stays that were open then, as known today.
  absl::Status FindToday() {
    std::set<PatientRef> homes;
    absl::Status status = VisitStaysAt(
        today_, query_.at.now_us, [&](const Uuid&, const PatientRef& home) { homes.insert(home); });
    if (!status.ok()) return status;
    for (const PatientRef& home : homes) {
      auto cluster = projections::FindCluster(*today_.rows, home);
      if (!cluster.ok()) return cluster.status();
      before_.try_emplace(cluster->key);
    }
    return absl::OkStatus();
  }

  // What was known then of anybody who is in this cluster today: it may have been several then.
  absl::StatusOr<std::set<Uuid>> KnownOf(const Cluster& cluster) const {
    std::vector<PatientRef> refs = cluster.refs;
    refs.push_back(cluster.key);
    std::set<PatientRef> read;
    std::set<Uuid> known;
    for (const PatientRef& ref : refs) {
      if (read.contains(ref)) continue;
      auto then = projections::FindCluster(*then_.rows, ref);
      if (absl::IsNotFound(then.status())) continue;
      if (!then.ok()) return then.status();
      read.insert(then->key);
      read.insert(then->refs.begin(), then->refs.end());
      for (const auto& fact : then->facts) known.insert(fact->event_id);
    }
    return known;
  }

  absl::Status Compare(const PatientRef& key, const std::vector<StayPtr>& before, Bucket* counted,
                       std::map<std::string, v1::CensusChange>* changes) {
    auto cluster = projections::FindCluster(*today_.rows, key);
    if (!cluster.ok()) return cluster.status();
    auto known = KnownOf(*cluster);
    if (!known.ok()) return known.status();
    Learnt learnt;
    learnt.known = *std::move(known);
    learnt.cluster = HappenedBy(
        *std::move(cluster), query_.at.now_us,
        [&](const projections::HeldFact& fact) { return learnt.known.contains(fact.event_id); });
    for (const StayPtr& stay : before) learnt.pairs.push_back({stay, nullptr});
    auto sums = projections::SumsOf(learnt.cluster);
    for (StayPtr& stay : sums.stays) {
      if (!IsCounted(*stay, before)) continue;
      counted->push_back(stay);
      const auto same = std::ranges::find_if(learnt.pairs, [&](const Pair& pair) {
        return pair.after == nullptr && Pair{nullptr, stay}.IsOf(pair.before->stay_id);
      });
      if (same != learnt.pairs.end()) {
        same->after = std::move(stay);
      } else {
        learnt.pairs.push_back({nullptr, std::move(stay)});
      }
    }
    return Tell(learnt, changes);
  }

  absl::Status Tell(const Learnt& learnt, std::map<std::string, v1::CensusChange>* changes) const {
    const auto changed = [&](const Pair& pair) {
      return Counted(pair.before) != Counted(pair.after);
    };
    if (std::ranges::none_of(learnt.pairs, changed)) return absl::OkStatus();
    const ClusterStays stays = projections::ComputeStays(learnt.cluster, true);
    for (const Pair& pair : learnt.pairs) {
      // Of what is another's not even that there is something.
      if (!changed(pair) || !(Seen(pair.before) || Seen(pair.after))) continue;
      v1::CensusChange change;
      if (Seen(pair.before)) {
        auto before = ReadStay(then_, *pair.before, at_, *query_.scope);
        if (!before.ok()) return before.status();
        *change.mutable_before() = *std::move(before);
      }
      if (Seen(pair.after)) {
        auto after = ReadStay(today_, *pair.after, at_, *query_.scope);
        if (!after.ok()) return after.status();
        *change.mutable_after() = *std::move(after);
      }
      AddFacts(learnt, stays, pair, &change);
      (*changes)[pair.SortKey()] = std::move(change);
    }
    return absl::OkStatus();
  }

  // One that has become somebody else's is told of as it was.
  bool Seen(const StayPtr& stay) const {
    return stay != nullptr && projections::MaySee(*query_.scope, stay->entry, at_.now_us);
  }

  // What was learnt of the stay itself; and of its person what belongs to no stay: who is whom, and
  // what took back the whole of it.
  void AddFacts(const Learnt& learnt, const ClusterStays& stays, const Pair& pair,
                v1::CensusChange* change) const {
    const Contribution& stay = pair.before != nullptr ? *pair.before : *pair.after;
    const auto person = projections::PersonMeant(learnt.cluster, stays, stay.home, "");
    google::protobuf::RepeatedPtrField<v1::PathwayEntry> others;
    for (size_t i = 0; i < learnt.cluster.facts.size(); ++i) {
      const projections::HeldFact& fact = *learnt.cluster.facts[i];
      // Also what was taken back: a cancellation that was known may have met it instead of another.
      if (learnt.known.contains(fact.event_id)) continue;
      const projections::DerivedStay* of = stays.of_fact[i];
      const bool of_person = person.ok() && stays.person_of[i] == *person;
      const bool of_other_visit = !fact.visit_key.empty() && !IsVisitOf(pair, fact.visit_key);
      const bool of_theirs = of == nullptr
                                 ? of_person && !of_other_visit && IsOfStay(fact, stay)
                                 : projections::MaySee(*query_.scope, of->entry, at_.now_us);
      if (!query_.scope->everything && !of_theirs) continue;
      v1::PathwayEntry entry = EntryOf(fact, of, stays.cancelled[i]);
      if (of != nullptr ? pair.IsOf(of->id) : of_person && !of_other_visit)
        *change->add_facts() = entry;
      *others.Add() = std::move(entry);
    }
    // Another stay that was learnt of draws facts to it.
    if (change->facts().empty()) *change->mutable_facts() = std::move(others);
  }
  // Of what is of no stay only what its own hospital says of it, as that it never was; who is whom,
  // where a person lives, and what others say of it is told to who sees everything alone.
  static bool IsOfStay(const projections::HeldFact& fact, const Contribution& stay) {
    return fact.hospital == stay.entry.hospital && fact.kind != v1::FACT_KIND_PATIENT_MERGED &&
           (fact.kind != v1::FACT_KIND_PATIENT_DETAILS_CHANGED || !fact.visit_key.empty());
  }
  bool IsVisitOf(const Pair& pair, const std::string& visit_key) const {
    for (const StayPtr& stay : {pair.before, pair.after}) {
      if (stay == nullptr) continue;
      auto served = ReadStay(then_, *stay, at_, *query_.scope);
      if (served.ok() && (served->visit_key().empty() || served->visit_key() == visit_key))
        return true;
    }
    return false;
  }

  const Epoch& then_;
  const Epoch& today_;
  const CensusQuery& query_;
  const std::string kommune_;
  const ServeAt at_{query_.at.now_us, query_.at.terms, {}};
  // By cluster of today; empty where only today knows of it.
  std::map<PatientRef, std::vector<StayPtr>> before_;
};

}  // namespace

absl::StatusOr<v1::ExplainCensusResponse> ExplainCensus(const Epoch& then, const Epoch& today,
                                                        const CensusQuery& query) {
  return Explanation(then, today, query).Run();
}

}  // namespace overgang::board
