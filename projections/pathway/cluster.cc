#include "projections/pathway/cluster.h"

#include <algorithm>

#include "projections/pathway/persons.h"

namespace overgang::projections {

bool Cluster::Add(HeldFact fact) {
  const auto same = std::ranges::find(facts, fact.event_id, &HeldFact::event_id);
  if (same != facts.end()) {
    fact.appended_us = same->appended_us = std::min(same->appended_us, fact.appended_us);
    // The same message sent again may differ in when it was sent: the first in order stands,
    // whichever came first.
    if (fact.bytes == same->bytes ||
        !(fact < *same || (!(*same < fact) && fact.bytes < same->bytes)))
      return false;
    facts.erase(same);
    facts.insert(std::lower_bound(facts.begin(), facts.end(), fact), std::move(fact));
    return false;
  }
  facts.insert(std::lower_bound(facts.begin(), facts.end(), fact), std::move(fact));
  return true;
}

void Cluster::Absorb(Cluster other) {
  for (HeldFact& fact : other.facts) Add(std::move(fact));
  parked.merge(other.parked);
  for (auto& [id, message] : other.parked) {
    if (message.settled()) parked[id].set_settled(true);
  }
  refs.push_back(other.key);
  refs.insert(refs.end(), other.refs.begin(), other.refs.end());
  refs.push_back(key);
  std::ranges::sort(refs);
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  key = refs.front();
  refs.erase(refs.begin());
}

std::string Cluster::Serialize() const {
  rows::Cluster row;
  for (const HeldFact& fact : facts) {
    rows::Held& held = *row.add_facts();
    held.set_envelope(fact.bytes);
    held.set_appended_us(fact.appended_us);
  }
  for (const PatientRef& ref : refs) row.add_refs(std::string(ref.key()));
  for (const auto& [id, message] : parked) *row.add_parked() = message;
  return row.SerializeAsString();
}

absl::StatusOr<Cluster> Cluster::Parse(const PatientRef& key, std::string_view bytes) {
  rows::Cluster row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(
        "a cluster row cannot be read; delete the views' folder, it is made anew from the log");
  }
  Cluster cluster;
  cluster.key = key;
  v1::Envelope envelope;
  for (const rows::Held& held : row.facts()) {
    if (!envelope.ParseFromString(held.envelope()))
      return absl::DataLossError("a fact in a cluster row cannot be read");
    auto fact = Hold(envelope, held.envelope(), held.appended_us());
    if (!fact.ok()) return absl::DataLossError("a fact in a cluster row cannot be used");
    cluster.facts.push_back(*std::move(fact));
  }
  for (const std::string& ref : row.refs()) cluster.refs.push_back(PatientRef::FromKey(ref));
  for (const rows::ParkedOf& message : row.parked()) cluster.parked[message.parked_id()] = message;
  return cluster;
}

ClusterStays ComputeStays(const Cluster& cluster, bool with_facts) {
  ClusterStays result;
  Persons persons = FindPersons(cluster.facts);
  std::vector<rows::ParkedOf> parked;
  for (const auto& [id, message] : cluster.parked) parked.push_back(message);
  const size_t n = cluster.facts.size();
  std::vector<int> stay_of(n, kNoStay);
  if (with_facts) result.cancelled.assign(n, false);
  for (size_t p = 0; p < persons.ambiguous.size(); ++p) {
    std::vector<const HeldFact*> facts;
    std::vector<size_t> index;
    for (size_t i = 0; i < n; ++i) {
      if (persons.of_fact[i] != static_cast<int>(p)) continue;
      facts.push_back(&cluster.facts[i]);
      index.push_back(i);
    }
    PersonStays person = DeriveStays(facts, persons.ambiguous[p], parked);
    if (with_facts) {
      for (size_t i = 0; i < facts.size(); ++i) {
        const int group = person.grouping.group_of[i];
        if (group != kNoStay && person.stay_of_group[static_cast<size_t>(group)] != kNoStay) {
          stay_of[index[i]] = static_cast<int>(result.stays.size()) +
                              person.stay_of_group[static_cast<size_t>(group)];
        }
        result.cancelled[index[i]] = person.grouping.cancelled[i];
      }
    }
    for (DerivedStay& stay : person.stays) result.stays.push_back(std::move(stay));
  }
  result.person_of = std::move(persons.of_fact);
  if (with_facts) {
    for (int stay : stay_of)
      result.of_fact.push_back(stay == kNoStay ? nullptr
                                               : &result.stays[static_cast<size_t>(stay)]);
  } else {
    std::ranges::sort(result.stays, {}, &DerivedStay::id);
  }
  return result;
}

}  // namespace overgang::projections
