#include "consumers/daily_status/scope.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "core/errors.h"

namespace overgang::daily_status {
namespace {

constexpr std::string_view kAdt = "hl7v2:";
constexpr std::string_view kPlo = "plo:";

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

bool IsSourceOf(std::string_view source, const IdSet& hospitals, std::string_view kommune,
                const Directory& directory) {
  const Hospital* hospital = nullptr;
  if (source.starts_with(kAdt)) {
    hospital = directory.HospitalByFacility(source.substr(kAdt.size()));
  } else if (int her_id = 0; source.starts_with(kPlo) &&
                             absl::SimpleAtoi(std::string(source.substr(kPlo.size())), &her_id)) {
    hospital = directory.HospitalByHerId(her_id);
    const KommuneEntry* entry = directory.KommuneByHerId(her_id);
    if (entry != nullptr && entry->kommune == kommune) return true;
  }
  return hospital != nullptr && hospitals.contains(hospital->organisation);
}

}  // namespace

absl::StatusOr<Scope> Scope::Parse(std::string_view text) {
  const bool kommune = text.starts_with("k:");
  if ((!kommune && !text.starts_with("h:")) || text.size() == 2) {
    return FieldError(absl::StatusCode::kInvalidArgument, "scope", "not a scope",
                      "write k:<kommune, 4 digits> or h:<organisation number>");
  }
  return Scope{kommune, std::string(text.substr(2))};
}

IdSet HospitalsInRegionOf(std::string_view kommune, const Directory& directory) {
  IdSet hospitals;
  for (const Region& region : directory.contents().regions) {
    if (Has(region.kommuner, kommune))
      hospitals.insert(region.hospitals.begin(), region.hospitals.end());
  }
  return hospitals;
}

IdSet KommunerInRegionOf(std::string_view hospital, const Directory& directory) {
  IdSet kommuner;
  for (const Region& region : directory.contents().regions) {
    if (Has(region.hospitals, hospital))
      kommuner.insert(region.kommuner.begin(), region.kommuner.end());
  }
  return kommuner;
}

v1::AsOf AsOfScope(const v1::AsOf& all, const IdSet& hospitals, std::string_view kommune,
                   const Directory& directory) {
  v1::AsOf as_of;
  as_of.set_cursor(all.cursor());
  if (all.has_newest_fact_at()) *as_of.mutable_newest_fact_at() = all.newest_fact_at();
  if (all.has_now()) *as_of.mutable_now() = all.now();
  bool any_stale = false;
  for (const v1::SourceAge& source : all.sources()) {
    any_stale |= source.stale();
    if (!IsSourceOf(source.source(), hospitals, kommune, directory)) continue;
    *as_of.add_sources() = source;
    if (source.stale()) as_of.set_stale(true);
  }
  if (all.stale() && !any_stale) as_of.set_stale(true);
  return as_of;
}

}  // namespace overgang::daily_status
