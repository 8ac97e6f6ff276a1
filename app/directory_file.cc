#include "app/directory_file.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/toml_section.h"

namespace overgang {
namespace {

Section::Field SectorField(v1::Sector* sector) {
  return [sector](const toml::node& node) {
    static const std::map<std::string, v1::Sector> kSectors = {
        {"somatikk", v1::SECTOR_SOMATIKK},
        {"psykisk helsevern", v1::SECTOR_PSYKISK_HELSEVERN},
        {"tsb", v1::SECTOR_TSB}};
    const auto found = kSectors.find(node.value<std::string>().value_or(""));
    if (found == kSectors.end()) return false;
    *sector = found->second;
    return true;
  };
}

void ReadHospital(Section& section, const toml::table& table, Directory::Contents* contents) {
  Hospital& hospital = contents->hospitals.emplace_back();
  section.Read(table, "hospital",
               {{"organisation", Section::Text(&hospital.organisation)},
                {"name", Section::Text(&hospital.name)},
                {"hl7_facilities", Section::List(&hospital.hl7_facilities)},
                {"her_ids", Section::List(&hospital.her_ids)},
                {"wards", section.Tables("hospital", [&](const toml::table& inner) {
                   Ward ward;
                   section.Read(inner, "hospital.wards",
                                {{"id", Section::Text(&ward.id)},
                                 {"name", Section::Text(&ward.name)},
                                 {"sector", SectorField(&ward.sector)}});
                   hospital.wards.push_back(std::move(ward));
                 })}});
}

void ReadKommune(Section& section, const toml::table& table, Directory::Contents* contents) {
  KommuneEntry& entry = contents->kommuner.emplace_back();
  section.Read(table, "kommune",
               {{"kommune", Section::Text(&entry.kommune)},
                {"her_ids", Section::List(&entry.her_ids)},
                {"services", section.Tables("kommune", [&](const toml::table& inner) {
                   KommuneService service;
                   section.Read(inner, "kommune.services",
                                {{"her_id", Section::Number(&service.her_id)},
                                 {"kind", Section::Text(&service.kind)}});
                   entry.services.push_back(std::move(service));
                 })}});
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Directory>> LoadDirectory(const std::string& file) {
  if (file.empty()) return Directory::BuiltIn();
  auto table = ParseTomlFile(file);
  if (!table.ok()) return table.status();
  std::vector<std::string> mistakes;
  Directory::Contents contents;
  Section section(file, &mistakes);
  const auto each = [&](auto read) {
    return section.Tables("", [&contents, &section, read](const toml::table& inner) {
      read(section, inner, &contents);
    });
  };
  section.Read(*table, "directory",
               {{"hospital", each(ReadHospital)},
                {"kommune", each(ReadKommune)},
                {"region", each([](Section& s, const toml::table& inner, Directory::Contents* out) {
                   Region& region = out->regions.emplace_back();
                   s.Read(inner, "region",
                          {{"name", Section::Text(&region.name)},
                           {"hospitals", Section::List(&region.hospitals)},
                           {"kommuner", Section::List(&region.kommuner)}});
                 })},
                {"unit", each([](Section& s, const toml::table& inner, Directory::Contents* out) {
                   Unit& unit = out->units.emplace_back();
                   s.Read(inner, "unit",
                          {{"id", Section::Text(&unit.id)},
                           {"name", Section::Text(&unit.name)},
                           {"kommuner", Section::List(&unit.kommuner)},
                           {"kinds", Section::List(&unit.kinds)}});
                 })}});
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  auto directory = Directory::Create(std::move(contents));
  if (!directory.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", std::string(directory.status().message())));
  return directory;
}

}  // namespace overgang
