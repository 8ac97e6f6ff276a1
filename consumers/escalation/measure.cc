#include "consumers/escalation/measure.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

int64_t OccurredUs(const v1::Envelope& fact) { return UsOfProto(fact.occurred_at()); }

// 0 is never.
void TakeOlder(int64_t at_us, int64_t* oldest_us) {
  *oldest_us = *oldest_us == 0 ? at_us : std::min(*oldest_us, at_us);
}

// Sums up one input over hospitals. Those that never reported it have none.
class Sum {
 public:
  void Add(double value, int64_t at_us) {
    if (at_us == 0) return;
    value_ += value;
    TakeOlder(at_us, &at_us_);
  }
  void Longest(double value, int64_t at_us) {
    if (at_us == 0) return;
    value_ = std::max(value_, value);
    TakeOlder(at_us, &at_us_);
  }
  double value() const { return value_; }
  int64_t at_us() const { return at_us_; }

 private:
  double value_ = 0;
  int64_t at_us_ = 0;
};

Measured Of(double value, int64_t at_us, int64_t stale_after_us, int64_t now_us) {
  if (at_us == 0) return {};
  const bool stale = now_us - at_us > stale_after_us;
  return {stale ? v1::LEVEL_INPUT_STATE_UNKNOWN : v1::LEVEL_INPUT_STATE_MEASURED, value, at_us};
}

}  // namespace

std::vector<LevelScope> ScopesOf(const Directory& directory) {
  std::vector<LevelScope> scopes;
  for (const Hospital& hospital : directory.contents().hospitals) {
    std::set<std::string> kommuner;
    for (const Region& region : directory.contents().regions) {
      if (std::ranges::find(region.hospitals, hospital.organisation) != region.hospitals.end())
        kommuner.insert(region.kommuner.begin(), region.kommuner.end());
    }
    scopes.push_back({absl::StrCat("h:", hospital.organisation),
                      hospital.name,
                      {hospital.organisation},
                      {kommuner.begin(), kommuner.end()}});
  }
  for (const Region& region : directory.contents().regions) {
    LevelScope scope = {absl::StrCat("r:", region.name), region.name, region.hospitals,
                        region.kommuner};
    std::ranges::sort(scope.kommuner);
    scopes.push_back(std::move(scope));
  }
  std::ranges::sort(scopes, {}, &LevelScope::scope);
  return scopes;
}

void CountStays(const projections::Epoch& epoch, std::string_view hospital, int64_t now_us,
                HospitalNumbers* numbers) {
  const projections::Bucket* stays = epoch.census.by_hospital.Find(hospital);
  if (stays == nullptr) return;
  v1::HospitalCensus census;
  for (const auto& stay : *stays) projections::Count(*stay, {.now_us = now_us}, &census);
  numbers->ukp = census.ukp();
  numbers->ukp_over_24h = census.ukp_over_24h();
}

void CountBeds(const projections::CapacityView& capacity, std::string_view hospital,
               HospitalNumbers* numbers) {
  numbers->available = numbers->occupied = numbers->corridor = 0;
  numbers->beds_us = 0;
  // Its units' keys begin with its number.
  const std::string prefix = absl::StrCat(std::string(hospital), "/");
  for (auto unit = capacity.units.lower_bound(prefix);
       unit != capacity.units.end() && unit->first.starts_with(prefix); ++unit) {
    const v1::Envelope& fact = *unit->second.newest;
    if (fact.has_emergency_department_reported()) {
      const auto& report = fact.emergency_department_reported();
      numbers->waiting_over_1h = report.waiting_over_1h();
      numbers->longest_wait_minutes = report.longest_wait_minutes();
      numbers->emergency_us = OccurredUs(fact);
    } else if (fact.has_beds_reported() && fact.beds_reported().beds() > 0) {
      const v1::BedsReported& report = fact.beds_reported();
      numbers->available += report.available();
      numbers->occupied += report.occupied();
      numbers->corridor += report.corridor();
      TakeOlder(OccurredUs(fact), &numbers->beds_us);
    }
  }
}

PlacesNumbers CountPlaces(const projections::CapacityView& capacity,
                          const std::vector<std::string>& kommuner, int64_t now_us) {
  PlacesNumbers numbers;
  for (const auto& [key, unit] : capacity.units) {
    if (!unit.newest->has_places_reported()) continue;
    const v1::PlacesReported& report = unit.newest->places_reported();
    const bool theirs = std::ranges::any_of(report.shared_by(), [&](const std::string& kommune) {
      return std::ranges::binary_search(kommuner, kommune);
    });
    if (!theirs || report.places() <= 0) continue;
    if (projections::IsFree(report, now_us)) numbers.free += report.free();
    TakeOlder(OccurredUs(*unit.newest), &numbers.places_us);
  }
  return numbers;
}

int64_t StaysHeardUs(const projections::SourcesView& sources, const std::string& hospital) {
  int64_t by_adt_us = 0;
  int64_t by_any_us = 0;
  for (const auto& [source, row] : sources) {
    const auto stays = row.stays_us().find(hospital);
    if (stays == row.stays_us().end()) continue;
    if (source.starts_with("hl7v2:")) by_adt_us = std::max(by_adt_us, stays->second);
    by_any_us = std::max(by_any_us, stays->second);
  }
  return by_adt_us != 0 ? by_adt_us : by_any_us;
}

Measurement MeasurementOf(std::span<const HospitalNumbers> hospitals, const PlacesNumbers& places,
                          const StaleAfter& stale_after_us, int64_t now_us) {
  Sum ukp;
  Sum over;
  Sum available;
  Sum occupied;
  Sum corridor;
  Sum waiting;
  Sum longest;
  for (const HospitalNumbers& numbers : hospitals) {
    ukp.Add(numbers.ukp, numbers.stays_us);
    over.Add(numbers.ukp_over_24h, numbers.stays_us);
    available.Add(numbers.available, numbers.beds_us);
    occupied.Add(numbers.occupied, numbers.beds_us);
    corridor.Add(numbers.corridor, numbers.beds_us);
    waiting.Add(numbers.waiting_over_1h, numbers.emergency_us);
    longest.Longest(numbers.longest_wait_minutes, numbers.emergency_us);
  }
  Measurement measurement;
  const auto put = [&](Input input, double value, int64_t at_us) {
    const auto i = static_cast<size_t>(input);
    measurement[i] = Of(value, at_us, stale_after_us[i], now_us);
  };
  put(Input::kUkp, ukp.value(), ukp.at_us());
  put(Input::kUkpOver24h, over.value(), over.at_us());
  put(Input::kCorridor, corridor.value(), corridor.at_us());
  put(Input::kWaitingOver1h, waiting.value(), waiting.at_us());
  put(Input::kLongestWaitMinutes, longest.value(), longest.at_us());
  put(Input::kFreeKommunePlaces, places.free, places.places_us);
  if (available.value() <= 0) {
    // There are wards, and none has an open bed: no share can be told of them.
    for (Input input : {Input::kOccupancy, Input::kUkpShareOfBeds}) {
      if (available.at_us() != 0)
        measurement[static_cast<size_t>(input)] = {v1::LEVEL_INPUT_STATE_UNKNOWN, 0,
                                                   available.at_us()};
    }
    return measurement;
  }
  put(Input::kOccupancy, 100 * occupied.value() / available.value(), available.at_us());
  if (ukp.at_us() == 0) return measurement;
  put(Input::kUkpShareOfBeds, 100 * ukp.value() / available.value(), available.at_us());
  Measured& share = measurement[static_cast<size_t>(Input::kUkpShareOfBeds)];
  const Measured& stays = measurement[static_cast<size_t>(Input::kUkp)];
  if (stays.state == v1::LEVEL_INPUT_STATE_UNKNOWN) share.state = stays.state;
  share.at_us = std::min(share.at_us, stays.at_us);
  return measurement;
}

int64_t NextStaleUs(const Measurement& measurement, const StaleAfter& stale_after_us) {
  int64_t next_us = kNotUs;
  for (size_t i = 0; i < kInputs; ++i) {
    if (measurement[i].state == v1::LEVEL_INPUT_STATE_MEASURED)
      next_us = std::min(next_us, measurement[i].at_us + stale_after_us[i] + 1);
  }
  return next_us;
}

Measurement Measure(const projections::Epoch& epoch, const LevelScope& scope,
                    const StaleAfter& stale_after_us, int64_t now_us) {
  std::vector<HospitalNumbers> hospitals;
  for (const std::string& organisation : scope.hospitals) {
    HospitalNumbers& numbers = hospitals.emplace_back();
    numbers.stays_us = StaysHeardUs(*epoch.sources, organisation);
    CountStays(epoch, organisation, now_us, &numbers);
    CountBeds(*epoch.capacity, organisation, &numbers);
  }
  return MeasurementOf(hospitals, CountPlaces(*epoch.capacity, scope.kommuner, now_us),
                       stale_after_us, now_us);
}

}  // namespace overgang::escalation
