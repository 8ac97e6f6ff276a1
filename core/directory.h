// Who is who: hospitals, kommuner, HER-ids, wards, units. Kommune names, numbers and populations
// are built in; the rest comes from directory.toml (app/ reads it). Immutable; reloading makes a
// new one (see DirectoryHolder).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "overgang/v1/types.pb.h"

namespace overgang {

struct Kommune {
  std::string number;  // 4 digits.
  std::string name;
  int population_2024 = 0;
  std::string region;  // Foretaksområde (the hospital trust's area).
};

struct Ward {
  std::string id;
  std::string name;
  v1::Sector sector = v1::SECTOR_SOMATIKK;
};

struct Hospital {
  std::string organisation;  // 9 digits.
  std::string name;
  std::vector<std::string> hl7_facilities;
  std::vector<int> her_ids;
  std::vector<Ward> wards;
};

struct KommuneService {
  int her_id = 0;
  std::string kind;
};

struct KommuneEntry {
  std::string kommune;
  std::vector<int> her_ids;
  std::vector<KommuneService> services;
};

struct Unit {
  std::string id;
  std::string name;
  std::vector<std::string> kommuner;
  std::vector<std::string> kinds;
};

struct Region {
  std::string name;
  std::vector<std::string> hospitals;
  std::vector<std::string> kommuner;
};

class Directory {
 public:
  struct Contents {
    std::vector<Hospital> hospitals;
    std::vector<KommuneEntry> kommuner;
    std::vector<Region> regions;
    std::vector<Unit> units;
  };
  // INVALID_ARGUMENT names every id that is given twice or unknown.
  static absl::StatusOr<std::shared_ptr<const Directory>> Create(Contents contents);
  // St. Olavs hospital and its kommuner; what a hub without a file knows, and what the simulator
  // uses.
  static std::shared_ptr<const Directory> BuiltIn();

  const Hospital* HospitalByFacility(std::string_view msh4) const;  // Null: unknown.
  const Hospital* HospitalByHerId(int her_id) const;
  const Hospital* HospitalByNumber(std::string_view organisation) const;
  // The kommune whose organisation or service has this HER-id.
  const KommuneEntry* KommuneByHerId(int her_id) const;
  const Unit* UnitById(std::string_view id) const;
  // Unknown wards count as somatikk.
  v1::Sector SectorOf(const Hospital& hospital, std::string_view ward) const;
  const Contents& contents() const { return contents_; }

 private:
  Contents contents_;
  std::map<std::string, const Hospital*, std::less<>> by_facility_;
  std::map<std::string, const Hospital*, std::less<>> by_number_;
  std::map<int, const Hospital*> hospital_by_her_;
  std::map<int, const KommuneEntry*> kommune_by_her_;
  std::map<std::string, const Unit*, std::less<>> unit_by_id_;
};

inline constexpr std::string_view kKommuneNotStated = "9999";  // Statistics Norway's "uoppgitt".

// All 357 kommuner of 2024, by number. Source: SSB.
const std::vector<Kommune>& AllKommuner();
const Kommune* KommuneByNumber(std::string_view number);  // Null: no such kommune.
// The name, "Uoppgitt" for 9999, or the number itself where unknown.
std::string KommuneName(std::string_view number);

// The directory of now; SIGHUP swaps it.
class DirectoryHolder {
 public:
  explicit DirectoryHolder(std::shared_ptr<const Directory> directory)
      : directory_(std::move(directory)) {}
  std::shared_ptr<const Directory> Get() const {
    std::lock_guard lock(mutex_);
    return directory_;
  }
  void Set(std::shared_ptr<const Directory> directory) {
    std::lock_guard lock(mutex_);
    directory_ = std::move(directory);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> directory_;
};

}  // namespace overgang
