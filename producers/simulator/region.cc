#include "producers/simulator/region.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace overgang::simulator {
namespace {

// Share of a trust's beds by sector, about as in Statistics Norway's table of beds.
constexpr double kPsychiatryShare = 0.12;
constexpr double kAddictionShare = 0.03;
constexpr double kPlacesPerInhabitant = 0.0012;  // Short-stay places that UKP patients can get.

double ShareOf(v1::Sector sector) {
  if (sector == v1::SECTOR_PSYKISK_HELSEVERN) return kPsychiatryShare;
  if (sector == v1::SECTOR_TSB) return kAddictionShare;
  return 1.0 - kPsychiatryShare - kAddictionShare;
}

// Beds by sector, equally within one; what rounding leaves goes to the first ward.
void PlaceBeds(std::vector<SimWard>& wards, int beds) {
  int placed = 0;
  for (SimWard& ward : wards) {
    const auto alike = std::count_if(wards.begin(), wards.end(), [&](const SimWard& other) {
      return other.sector == ward.sector;
    });
    ward.beds =
        std::max(1, static_cast<int>(beds * ShareOf(ward.sector) / static_cast<double>(alike)));
    placed += ward.beds;
  }
  wards.front().beds = std::max(1, wards.front().beds + beds - placed);
}

int ServiceOf(const KommuneEntry& entry, std::string_view kind) {
  for (const KommuneService& service : entry.services) {
    if (service.kind == kind) return service.her_id;
  }
  return entry.services.empty() ? 0 : entry.services.front().her_id;
}

bool InRegion(const Directory& directory, const std::string& hospital, const std::string& kommune) {
  return std::ranges::any_of(directory.contents().regions, [&](const Region& region) {
    return std::ranges::count(region.hospitals, hospital) > 0 &&
           std::ranges::count(region.kommuner, kommune) > 0;
  });
}

// Those of the hospital's region first.
std::vector<SimKommune> LargestKommuner(const Directory& directory, const std::string& hospital,
                                        int count) {
  std::vector<SimKommune> kommuner;
  for (const KommuneEntry& entry : directory.contents().kommuner) {
    const Kommune* known = KommuneByNumber(entry.kommune);
    if (known == nullptr || entry.her_ids.empty() || entry.services.empty()) continue;
    kommuner.push_back({entry.kommune, known->name, static_cast<double>(known->population_2024),
                        entry.her_ids.front(), ServiceOf(entry, "saksbehandlertjeneste"),
                        ServiceOf(entry, "sykepleietjeneste")});
  }
  std::sort(kommuner.begin(), kommuner.end(), [&](const SimKommune& a, const SimKommune& b) {
    const bool a_near = InRegion(directory, hospital, a.number),
               b_near = InRegion(directory, hospital, b.number);
    if (a_near != b_near) return a_near;
    return a.weight != b.weight ? a.weight > b.weight : a.number < b.number;
  });
  if (kommuner.size() > static_cast<size_t>(count)) kommuner.resize(static_cast<size_t>(count));
  return kommuner;
}

// Units of the directory that a simulated kommune may use, and one of its own for each kommune that
// has none.
std::vector<SimUnit> Units(const Directory& directory, const std::vector<SimKommune>& kommuner) {
  std::vector<SimUnit> units;
  for (const SimKommune& kommune : kommuner) {
    bool has_one = false;
    for (const Unit& unit : directory.contents().units) {
      if (std::find(unit.kommuner.begin(), unit.kommuner.end(), kommune.number) ==
          unit.kommuner.end())
        continue;
      has_one = true;
      const bool listed = std::any_of(units.begin(), units.end(),
                                      [&](const SimUnit& other) { return other.id == unit.id; });
      if (!listed) units.push_back({unit.id, unit.kommuner, 0});
    }
    if (!has_one) units.push_back({absl::StrCat(kommune.number, "-korttid"), {kommune.number}, 0});
  }
  for (SimUnit& unit : units) {
    double inhabitants = 0;
    for (const std::string& number : unit.kommuner) {
      const Kommune* known = KommuneByNumber(number);
      if (known != nullptr) inhabitants += known->population_2024;
    }
    unit.places = std::max(2, static_cast<int>(inhabitants * kPlacesPerInhabitant));
  }
  return units;
}

std::vector<std::string> Neighbours(const Directory& directory, const std::string& hospital) {
  std::vector<std::string> neighbours;
  for (const Region& region : directory.contents().regions) {
    if (std::ranges::count(region.hospitals, hospital) == 0) continue;
    std::ranges::copy_if(region.hospitals, std::back_inserter(neighbours),
                         [&](const std::string& other) { return other != hospital; });
  }
  return neighbours;
}

}  // namespace

absl::StatusOr<SimRegion> MakeRegion(const Directory& directory, int beds, int kommuner) {
  if (directory.contents().hospitals.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "directory", "it has no hospital",
                      "add a [[hospital]]");
  }
  const Hospital& hospital = directory.contents().hospitals.front();
  if (hospital.wards.empty() || hospital.hl7_facilities.empty() || hospital.her_ids.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "directory",
                      "the first hospital lacks wards, hl7_facilities or her_ids", "fill them in");
  }
  if (beds < static_cast<int>(hospital.wards.size())) {
    return FieldError(
        absl::StatusCode::kInvalidArgument, "--hospital-size",
        absl::StrCat("fewer beds than the hospital's ", hospital.wards.size(), " wards"),
        "give at least one bed for every ward");
  }
  SimRegion region{hospital.organisation,
                   hospital.name,
                   hospital.hl7_facilities.front(),
                   hospital.her_ids.front(),
                   {},
                   {},
                   {},
                   Neighbours(directory, hospital.organisation)};
  for (const Ward& ward : hospital.wards)
    region.wards.push_back({ward.id, ward.name, ward.sector, 0});
  PlaceBeds(region.wards, beds);
  region.kommuner = LargestKommuner(directory, hospital.organisation, kommuner);
  if (region.kommuner.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "directory",
                      "no kommune has HER-ids and services", "add a [[kommune]] with both");
  }
  region.units = Units(directory, region.kommuner);
  return region;
}

}  // namespace overgang::simulator
