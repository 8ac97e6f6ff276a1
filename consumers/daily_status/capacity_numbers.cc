#include "consumers/daily_status/capacity_numbers.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "projections/census.h"

namespace overgang::daily_status {
namespace {

using projections::UnitReport;

constexpr std::string_view kKindPrefix = "PLACE_KIND_";
constexpr double kMinutesInHour = 60;

bool SharedByAny(const auto& shared_by, const IdSet& kommuner) {
  return std::ranges::any_of(
      shared_by, [&](const std::string& kommune) { return kommuner.contains(kommune); });
}

// Sums of reports; of the oldest of them it is said when it was.
class Sum {
 public:
  void Take(const UnitReport& unit) {
    const auto& at = unit.newest->occurred_at();
    if (!oldest_ || FromProto(at) < FromProto(*oldest_)) oldest_ = at;
  }
  void Write(v1::StatusNumber& number) const {
    if (oldest_) *number.mutable_reported_at() = *oldest_;
  }
  bool any() const { return oldest_.has_value(); }

 private:
  std::optional<google::protobuf::Timestamp> oldest_;
};

struct PlacesSum : Sum {
  int32_t places = 0, free = 0, cold = 0;
};

void AddUnit(const UnitReport& unit, int64_t now_us, Numbers numbers, PlacesSum* sum) {
  const v1::PlacesReported& report = unit.newest->places_reported();
  const bool free = projections::IsFree(report, now_us);
  sum->Take(unit);
  sum->places += report.places();
  numbers.Add("shared_by", report.shared_by_size(), "kommuner");
  *numbers.Add("places", report.places(), "places").mutable_reported_at() =
      unit.newest->occurred_at();
  *numbers.Add("free_places", free ? report.free() : 0, "places").mutable_reported_at() =
      unit.newest->occurred_at();
  if (!free) {
    if (report.free() > 0) {
      numbers.Add("free_places_later", report.free(), "places");
      numbers.Hours("free_in", UsOfProto(report.free_from()) - now_us);
    }
    return;
  }
  const int64_t stood_us = std::max<int64_t>(0, now_us - unit.free_since_us);
  numbers.Hours("free_for", stood_us);
  sum->free += report.free();
  if (stood_us > projections::kDayUs) sum->cold += report.free();
}

struct BedsSum : Sum {
  int32_t beds = 0, available = 0, occupied = 0, corridor = 0, closed = 0;
};

void WriteBeds(const BedsSum& sum, Numbers numbers) {
  const auto write = [&](std::string_view name, double value, std::string_view unit = "beds") {
    v1::StatusNumber& number =
        sum.any() ? numbers.Add(name, value, unit) : numbers.Unknown(name, unit);
    sum.Write(number);
  };
  write("beds", sum.beds);
  write("beds_available", sum.available);
  write("beds_occupied", sum.occupied);
  write("beds_closed", sum.closed);
  write("corridor_reported", sum.corridor, "patients");
  if (sum.any() && sum.available > 0) {
    write("occupancy_percent", 100.0 * sum.occupied / sum.available, "percent");
  } else {
    numbers.Unknown("occupancy_percent", "percent");
  }
}

void AddEmergencyDepartment(const v1::Envelope& fact, Numbers numbers) {
  const v1::EmergencyDepartmentReported& report = fact.emergency_department_reported();
  const auto at = [&](v1::StatusNumber& number) {
    *number.mutable_reported_at() = fact.occurred_at();
  };
  at(numbers.Add("emergency_waiting", report.waiting(), "patients"));
  at(numbers.Add("emergency_waiting_over_1h", report.waiting_over_1h(), "patients"));
  at(numbers.Add("emergency_longest_wait", report.longest_wait_minutes() / kMinutesInHour,
                 "hours"));
}

}  // namespace

std::string UnitPart(std::string_view unit, v1::PlaceKind kind) {
  std::string name = v1::PlaceKind_Name(kind);
  if (name.starts_with(kKindPrefix)) name.erase(0, kKindPrefix.size());
  return std::string(unit) + "/" + absl::AsciiStrToLower(name);
}

void AddPlaces(const projections::CapacityView& capacity, const Directory& directory,
               const IdSet& kommuner, int64_t now_us, Numbers numbers) {
  std::map<std::string, const UnitReport*> parts;  // Null: never reported.
  for (const Unit& unit : directory.contents().units) {
    if (!SharedByAny(unit.kommuner, kommuner)) continue;
    for (const std::string& kind : unit.kinds) parts[absl::StrCat(unit.id, "/", kind)] = nullptr;
  }
  for (const auto& [key, unit] : capacity.units) {
    if (!unit.newest->has_places_reported()) continue;
    const v1::PlacesReported& report = unit.newest->places_reported();
    if (SharedByAny(report.shared_by(), kommuner))
      parts[UnitPart(report.unit(), report.kind())] = &unit;
  }
  PlacesSum sum;
  for (const auto& [part, unit] : parts) {
    if (unit != nullptr) {
      AddUnit(*unit, now_us, numbers.Of(part), &sum);
    } else {
      numbers.Of(part).Unknown("places", "places");
      numbers.Of(part).Unknown("free_places", "places");
    }
  }
  for (const auto& [name, value] : {std::pair("places", sum.places),
                                    {"free_places", sum.free},
                                    {"free_places_over_24h", sum.cold}}) {
    v1::StatusNumber& number =
        sum.any() ? numbers.Add(name, value, "places") : numbers.Unknown(name, "places");
    sum.Write(number);
  }
}

void AddBeds(const projections::CapacityView& capacity, std::string_view hospital,
             Numbers numbers) {
  BedsSum all;
  for (const auto& [key, unit] : capacity.units) {
    if (unit.newest->hospital() != hospital) continue;
    if (unit.newest->has_emergency_department_reported())
      AddEmergencyDepartment(*unit.newest, numbers);
    if (!unit.newest->has_beds_reported()) continue;
    const v1::BedsReported& report = unit.newest->beds_reported();
    BedsSum ward;
    for (BedsSum* sum : {&ward, &all}) {
      sum->Take(unit);
      sum->beds += report.beds();
      sum->available += report.available();
      sum->occupied += report.occupied();
      sum->corridor += report.corridor();
      sum->closed += report.closed();
    }
    WriteBeds(ward, numbers.Of(WardPart(report.unit())));
  }
  WriteBeds(all, numbers);
}

}  // namespace overgang::daily_status
