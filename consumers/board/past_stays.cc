#include "consumers/board/past_stays.h"

#include <algorithm>
#include <set>
#include <utility>

#include "projections/closed_stays.h"

namespace overgang::board {

using projections::Contribution;
using projections::Contributions;
using projections::Epoch;
using projections::PatientRef;
using projections::Uuid;

absl::Status VisitStaysAt(const Epoch& epoch, int64_t at_us,
                          const std::function<void(const Uuid&, const PatientRef&)>& visit) {
  for (const auto& [hospital, stays] : epoch.census.by_hospital.items()) {
    for (const auto& stay : *stays) {
      if (stay->entry.admitted_us <= at_us) visit(stay->stay_id, stay->home);
    }
  }
  auto hospitals = projections::HospitalsWithClosedStays(*epoch.rows);
  if (!hospitals.ok()) return hospitals.status();
  for (const std::string& hospital : *hospitals) {
    absl::Status status = projections::ScanStaysDuring(
        *epoch.rows, hospital, at_us, at_us + 1,
        [&](std::string_view key, const projections::StayEntry&) {
          visit(Uuid::FromKey(key.substr(0, 16)), PatientRef::FromKey(key.substr(16)));
          return true;
        });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<Contributions> OpenStaysAt(const Epoch& epoch, int64_t at_us) {
  std::set<PatientRef> homes;
  absl::Status status =
      VisitStaysAt(epoch, at_us, [&](const Uuid&, const PatientRef& home) { homes.insert(home); });
  if (!status.ok()) return status;
  std::set<PatientRef> seen;
  Contributions open;
  for (const PatientRef& home : homes) {
    auto cluster = projections::FindCluster(*epoch.rows, home);
    if (!cluster.ok()) return cluster.status();
    if (!seen.insert(cluster->key).second) continue;
    auto sums = projections::SumsOf(HappenedBy(*std::move(cluster), at_us));
    for (auto& stay : sums.stays) {
      const bool begun = stay->entry.admitted_us <= at_us;
      if (begun && projections::IsInpatient(*stay)) open.push_back(std::move(stay));
    }
  }
  std::ranges::sort(open, {}, [](const auto& stay) { return stay->place(); });
  return open;
}

absl::StatusOr<std::shared_ptr<const Contribution>> StayAt(const Epoch& epoch, const Uuid& stay_id,
                                                           const PatientRef& home, int64_t at_us) {
  auto cluster = projections::FindCluster(*epoch.rows, home);
  if (!cluster.ok()) return cluster.status();
  std::shared_ptr<const Contribution> found;
  auto sums = projections::SumsOf(HappenedBy(*std::move(cluster), at_us));
  for (auto& stay : sums.stays) {
    const bool named = stay->stay_id == stay_id ||
                       std::ranges::find(stay->aliases, stay_id) != stay->aliases.end();
    // Of two persons who are said to have the same visit, the one with this home.
    if (named && stay->entry.admitted_us <= at_us && (found == nullptr || stay->home == home))
      found = std::move(stay);
  }
  return found;
}

}  // namespace overgang::board
