#include "core/directory.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/place_numbers.h"

namespace overgang {
namespace {

// Collects every mistake, so that all can be corrected at once.
class Checker {
 public:
  void Once(std::string_view kind, std::string_view id) {
    const std::string text = absl::StrCat(std::string(kind), " ", std::string(id));
    if (id.empty()) {
      mistakes_.push_back(absl::StrCat(std::string(kind), " is empty"));
    } else if (!seen_.insert(text).second) {
      mistakes_.push_back(absl::StrCat(text, " is given twice"));
    }
  }
  void HerId(int her_id, std::string_view owner) {
    if (her_id <= 0) {
      mistakes_.push_back(
          absl::StrCat("HER-id ", her_id, " of ", std::string(owner), " is not a positive number"));
    } else {
      Once("HER-id", absl::StrCat(her_id));
    }
  }
  void KnownKommune(std::string_view number, std::string_view where) {
    if (KommuneByNumber(number) != nullptr) return;
    mistakes_.push_back(
        absl::StrCat("kommune ", std::string(number), " of ", std::string(where), " is unknown"));
  }
  void Mistake(std::string text) { mistakes_.push_back(std::move(text)); }
  absl::Status Result() const {
    if (mistakes_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("directory: ", absl::StrJoin(mistakes_, "; ")));
  }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> mistakes_;
};

void CheckHospital(const Hospital& hospital, Checker& check) {
  if (!IsOrganisationNumber(hospital.organisation)) {
    check.Mistake(absl::StrCat("hospital ", hospital.organisation,
                               " is not an organisation number of 9 digits"));
  }
  check.Once("hospital", hospital.organisation);
  for (const std::string& facility : hospital.hl7_facilities) check.Once("HL7 facility", facility);
  for (int her_id : hospital.her_ids) check.HerId(her_id, hospital.organisation);
  for (const Ward& ward : hospital.wards)
    check.Once("ward", absl::StrCat(hospital.organisation, "/", ward.id));
}

void CheckKommune(const KommuneEntry& entry, Checker& check) {
  check.KnownKommune(entry.kommune, "[[kommune]]");
  check.Once("kommune", entry.kommune);
  for (int her_id : entry.her_ids) check.HerId(her_id, entry.kommune);
  for (const KommuneService& service : entry.services) check.HerId(service.her_id, entry.kommune);
}

absl::Status Check(const Directory::Contents& contents) {
  Checker check;
  std::set<std::string_view> hospitals;
  for (const Hospital& hospital : contents.hospitals) {
    CheckHospital(hospital, check);
    hospitals.insert(hospital.organisation);
  }
  for (const KommuneEntry& entry : contents.kommuner) CheckKommune(entry, check);
  for (const Region& region : contents.regions) {
    check.Once("region", region.name);
    for (const std::string& hospital : region.hospitals) {
      if (!hospitals.contains(hospital)) {
        check.Mistake(
            absl::StrCat("hospital ", hospital, " of region ", region.name, " is unknown"));
      }
    }
    for (const std::string& kommune : region.kommuner)
      check.KnownKommune(kommune, absl::StrCat("region ", region.name));
  }
  for (const Unit& unit : contents.units) {
    check.Once("unit", unit.id);
    for (const std::string& kommune : unit.kommuner)
      check.KnownKommune(kommune, absl::StrCat("unit ", unit.id));
  }
  return check.Result();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Directory>> Directory::Create(Contents contents) {
  if (absl::Status status = Check(contents); !status.ok()) return status;
  auto directory = std::make_shared<Directory>();
  // The pointers below point into contents_, which never changes again.
  directory->contents_ = std::move(contents);
  for (const Hospital& hospital : directory->contents_.hospitals) {
    directory->by_number_[hospital.organisation] = &hospital;
    for (const std::string& facility : hospital.hl7_facilities)
      directory->by_facility_[facility] = &hospital;
    for (int her_id : hospital.her_ids) directory->hospital_by_her_[her_id] = &hospital;
  }
  for (const KommuneEntry& entry : directory->contents_.kommuner) {
    for (int her_id : entry.her_ids) directory->kommune_by_her_[her_id] = &entry;
    for (const KommuneService& service : entry.services)
      directory->kommune_by_her_[service.her_id] = &entry;
  }
  for (const Unit& unit : directory->contents_.units) directory->unit_by_id_[unit.id] = &unit;
  return directory;
}

std::shared_ptr<const Directory> Directory::BuiltIn() {
  // HER-ids are made up, but for the hospital's 59 and Alvdal's 99387 and 5078, which the official
  // PLO samples use.
  constexpr int kOrganisationHerIds = 10'000;
  constexpr int kCaseWorkerHerIds = 20'000;
  constexpr int kNursingHerIds = 30'000;
  const Hospital hospital = {"974749025",
                             "St. Olavs hospital",
                             {"STO"},
                             {59},
                             {{"AKM", "Akuttmottak", v1::SECTOR_SOMATIKK},
                              {"MED1", "Medisin 1", v1::SECTOR_SOMATIKK},
                              {"MED2", "Medisin 2", v1::SECTOR_SOMATIKK},
                              {"GER1", "Geriatri", v1::SECTOR_SOMATIKK},
                              {"LUN1", "Lunge", v1::SECTOR_SOMATIKK},
                              {"HJE1", "Hjerte", v1::SECTOR_SOMATIKK},
                              {"KIR1", "Kirurgi 1", v1::SECTOR_SOMATIKK},
                              {"ORT1", "Ortopedi", v1::SECTOR_SOMATIKK},
                              {"NEV1", "Nevrologi og slag", v1::SECTOR_SOMATIKK},
                              {"PSY1", "Akuttpsykiatri", v1::SECTOR_PSYKISK_HELSEVERN},
                              {"PSY2", "Alderspsykiatri", v1::SECTOR_PSYKISK_HELSEVERN},
                              {"TSB1", "Rusbehandling", v1::SECTOR_TSB}}};
  Contents contents;
  contents.hospitals.push_back(hospital);
  Region region = {"Helsefellesskapet St. Olavs hospital", {hospital.organisation}, {}};
  for (const Kommune& kommune : AllKommuner()) {
    const bool alvdal = kommune.number == "3428";
    if (kommune.region != "St. Olav" && !alvdal) continue;
    const int number = std::stoi(kommune.number);
    KommuneEntry entry = {kommune.number,
                          {kOrganisationHerIds + number},
                          {{kCaseWorkerHerIds + number, "saksbehandlertjeneste"},
                           {kNursingHerIds + number, "sykepleietjeneste"}}};
    if (alvdal) {
      entry.her_ids.push_back(99387);
      entry.services.push_back({5078, "sykepleietjeneste"});
    } else {
      region.kommuner.push_back(kommune.number);
    }
    contents.kommuner.push_back(std::move(entry));
  }
  contents.regions.push_back(std::move(region));
  contents.units = {
      {"5001-oya", "Øya helsehus", {"5001", "5031"}, {"korttid", "kad"}},
      {"5001-rehab", "Trondheim rehabilitering", {"5001"}, {"rehab"}},
      {"5028-korttid", "Melhus korttid", {"5028", "5027", "5029"}, {"korttid"}},
      {"5059-kad",
       "Orkland KAD",
       {"5059", "5022", "5055", "5056", "5014", "5061"},
       {"kad", "korttid"}},
      {"5057-korttid", "Fosen korttid", {"5057", "5058", "5054"}, {"korttid", "hospice"}}};
  return *Create(std::move(contents));
}

namespace {

template <typename Map, typename Id>
auto Find(const Map& map, const Id& id) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

const Hospital* Directory::HospitalByFacility(std::string_view msh4) const {
  return Find(by_facility_, msh4);
}
const Hospital* Directory::HospitalByHerId(int her_id) const {
  return Find(hospital_by_her_, her_id);
}
const Hospital* Directory::HospitalByNumber(std::string_view organisation) const {
  return Find(by_number_, organisation);
}
const KommuneEntry* Directory::KommuneByHerId(int her_id) const {
  return Find(kommune_by_her_, her_id);
}
const Unit* Directory::UnitById(std::string_view id) const { return Find(unit_by_id_, id); }

v1::Sector Directory::SectorOf(const Hospital& hospital, std::string_view ward) const {
  const auto found = std::ranges::find(hospital.wards, ward, &Ward::id);
  return found == hospital.wards.end() ? v1::SECTOR_SOMATIKK : found->sector;
}

}  // namespace overgang
