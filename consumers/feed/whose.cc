#include "consumers/feed/whose.h"

#include <algorithm>

#include "core/fact_writer.h"
#include "projections/visible.h"

namespace overgang::feed {
namespace {

using projections::Cluster;
using projections::ClusterStays;
using projections::DerivedStay;

// The stay that a decision of the hub is on; empty for other facts.
const std::string& DecidedOn(const v1::Envelope& fact) {
  return fact.has_deadline_missed() ? fact.deadline_missed().stay_id()
                                    : fact.patient_readmitted().stay_id();
}

const DerivedStay* StayById(const ClusterStays& stays, std::string_view id) {
  const auto found = std::ranges::find_if(stays.stays, [id](const DerivedStay& stay) {
    return stay.id.Text() == id || std::ranges::any_of(stay.aliases, [id](const auto& alias) {
             return alias.Text() == id;
           });
  });
  return found == stays.stays.end() ? nullptr : &*found;
}

const DerivedStay* StayOf(const v1::Envelope& fact, const Cluster& cluster,
                          const ClusterStays& stays) {
  if (TopicOf(fact) == Topic::kReadmissions) return StayById(stays, DecidedOn(fact));
  projections::Uuid id;
  if (!projections::Uuid::Parse(fact.event_id(), &id)) return nullptr;
  const auto held = std::ranges::find_if(
      cluster.facts, [&](const projections::FactSlot& slot) { return slot.Is(id); });
  return held == cluster.facts.end()
             ? nullptr
             : stays.of_fact[static_cast<size_t>(held - cluster.facts.begin())];
}

// One that never was, as it was before that was said.
const DerivedStay* StayTakenBack(const v1::Envelope& fact, Cluster* cluster, ClusterStays* stays) {
  if (fact.visit_key().empty()) return nullptr;
  std::erase_if(cluster->facts, [](const projections::FactSlot& held) {
    return held->kind == v1::FACT_KIND_FACT_CANCELLED;
  });
  *stays = projections::ComputeStays(*cluster, true);
  const auto found = std::ranges::find_if(stays->stays, [&](const DerivedStay& stay) {
    return stay.stay.visit_key() == fact.visit_key() && stay.stay.hospital() == fact.hospital();
  });
  return found == stays->stays.end() ? nullptr : &*found;
}

std::vector<std::string> Said(const v1::Envelope& fact) {
  // Where a patient who is in no stay lives is no kommune's to know.
  if (fact.has_patient_details_changed() || fact.stay_kommune().empty()) return {};
  return {fact.stay_kommune()};
}

}  // namespace

bool IsOfPatients(Topic topic) { return topic == Topic::kPathway || topic == Topic::kReadmissions; }

std::vector<std::string> Whose::KommunerOf(const v1::Envelope& fact) const {
  const auto epoch = views_.Current();
  const auto ref = projections::PatientRef::Parse(fact.patient_ref());
  if (epoch == nullptr || !ref.ok()) return {};
  auto cluster = projections::FindCluster(*epoch->rows, *ref);
  if (absl::IsNotFound(cluster.status())) return Said(fact);
  if (!cluster.ok()) return {};
  ClusterStays stays = projections::ComputeStays(*cluster, true);
  const DerivedStay* stay = StayOf(fact, *cluster, stays);
  if (stay == nullptr) stay = StayTakenBack(fact, &*cluster, &stays);
  if (stay == nullptr) return Said(fact);
  const int64_t now_us = absl::ToUnixMicros(clock_.Now());
  std::vector<std::string> kommuner = {projections::KommuneAt(stay->entry, now_us).str()};
  for (const projections::UkpPeriod& period : stay->entry.periods) {
    if (period.since_us <= now_us) kommuner.push_back(period.kommune.str());
  }
  return kommuner;
}

bool Whose::MaySeeStay(const Scope& scope, const std::string& stay_id) const {
  const auto epoch = views_.Current();
  return epoch != nullptr && projections::MaySeeStayId(scope, *epoch->rows, stay_id);
}

}  // namespace overgang::feed
