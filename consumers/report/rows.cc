#include "consumers/report/rows.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace overgang::report {
namespace {

constexpr char kBetween = '\0';
constexpr std::string_view kNotStated = "Uoppgitt";

struct AgeBand {
  int below;
  std::string_view key;
};
constexpr std::array<AgeBand, 6> kAgeBands = {
    {{18, "0-17"}, {50, "18-49"}, {67, "50-66"}, {80, "67-79"}, {90, "80-89"}, {256, "90+"}}};

std::string_view AgeKey(const projections::StayEntry& stay) {
  // The source tells neither or both.
  if (stay.age == 0 && stay.sex == v1::SEX_UNSPECIFIED) return "";
  return std::ranges::find_if(kAgeBands, [&](const AgeBand& band) { return stay.age < band.below; })
      ->key;
}

std::string_view SexKey(v1::Sex sex) {
  switch (sex) {
    case v1::SEX_FEMALE:
      return "female";
    case v1::SEX_MALE:
      return "male";
    case v1::SEX_OTHER:
      return "other";
    default:
      return "";
  }
}

std::string_view SectorKey(v1::Sector sector) {
  switch (sector) {
    case v1::SECTOR_SOMATIKK:
      return "somatikk";
    case v1::SECTOR_PSYKISK_HELSEVERN:
      return "psykisk helsevern";
    case v1::SECTOR_TSB:
      return "tsb";
    default:
      return "";
  }
}

std::string_view KnownKey(v1::KommuneKnowsPatient::Services services) {
  switch (services) {
    case v1::KommuneKnowsPatient::SERVICES_SOME:
    case v1::KommuneKnowsPatient::SERVICES_EXTENSIVE:
      return "known";
    case v1::KommuneKnowsPatient::SERVICES_NONE:
      return "unknown";
    default:
      return "";
  }
}

std::string_view CodeLabel(std::string_view key) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kLabels = {
      {{"female", "Kvinne"},
       {"male", "Mann"},
       {"other", "Annet"},
       {"somatikk", "Somatikk"},
       {"psykisk helsevern", "Psykisk helsevern"},
       {"tsb", "TSB"},
       {"known", "Kjent fra før"},
       {"unknown", "Ikke kjent fra før"}}};
  for (const auto& [code, label] : kLabels) {
    if (code == key) return label;
  }
  return kNotStated;
}

constexpr std::array<std::string_view, 7> kWeekdays = {"Mandag", "Tirsdag", "Onsdag", "Torsdag",
                                                       "Fredag", "Lørdag",  "Søndag"};
constexpr std::array<std::string_view, 12> kMonths = {
    "januar", "februar", "mars",      "april",   "mai",      "juni",
    "juli",   "august",  "september", "oktober", "november", "desember"};

std::string WardLabel(const Directory& directory, const std::string& key) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(key, '/');
  if (parts.second.empty()) return std::string(kNotStated);
  if (const Hospital* hospital = directory.HospitalByNumber(parts.first)) {
    for (const Ward& ward : hospital->wards) {
      if (ward.id == parts.second) return ward.name;
    }
  }
  return parts.second;
}

int NumberOf(const std::string& digits) {
  int number = 0;
  (void)absl::SimpleAtoi(digits, &number);  // Of a key that was made of a number.
  return number;
}

}  // namespace

std::map<std::string, std::string, std::less<>> RegionByKommune(const Directory& directory) {
  std::map<std::string, std::string, std::less<>> region_of;
  for (const Kommune& kommune : AllKommuner()) region_of[kommune.number] = kommune.region;
  for (const Region& region : directory.contents().regions) {
    for (const std::string& kommune : region.kommuner) region_of[kommune] = region.name;
  }
  return region_of;
}

RowKeys::RowKeys(const ReportQuery& query, const Directory& directory)
    : query_(query), directory_(directory), region_of_(RegionByKommune(directory)) {
  for (const Kommune& kommune : AllKommuner()) {
    if (query.AsksKommune(kommune.number))
      population_of_[region_of_[kommune.number]] += kommune.population_2024;
  }
}

std::string_view RowKeys::RegionOf(std::string_view kommune) const {
  const auto found = region_of_.find(kommune);
  return found == region_of_.end() ? std::string_view() : found->second;
}

const std::string& RowKeys::KeyOf(const CountedAt& at) {
  key_.clear();
  for (size_t i = 0; i < query_.by.size(); ++i) {
    if (i > 0) key_ += kBetween;
    Append(query_.by[i], at);
  }
  return key_;
}

void RowKeys::Append(By by, const CountedAt& at) {
  switch (by) {
    case By::kKommune:
      key_ += at.kommune.view();
      return;
    case By::kHospital:
      key_ += at.stay.hospital.view();
      return;
    case By::kRegion:
      key_ += RegionOf(at.kommune.view());
      return;
    case By::kWard:
      absl::StrAppend(&key_, at.stay.hospital.str(), "/", at.stay.ward.str());
      return;
    case By::kSector:
      key_ += SectorKey(at.stay.sector);
      return;
    case By::kAge:
      key_ += AgeKey(at.stay);
      return;
    case By::kSex:
      key_ += SexKey(at.stay.sex);
      return;
    case By::kKnown:
      key_ += KnownKey(at.stay.services);
      return;
    case By::kWeekday:  // Monday is the first, as in ISO 8601.
      absl::StrAppend(&key_, static_cast<int>(absl::GetWeekday(at.local)) + 1);
      return;
    case By::kHour:
      absl::StrAppend(&key_, absl::Dec(at.local.hour(), absl::kZeroPad2));
      return;
    case By::kMonth:
      absl::StrAppend(&key_, at.local.year(), "-", absl::Dec(at.local.month(), absl::kZeroPad2));
      return;
    case By::kYear:
      absl::StrAppend(&key_, at.local.year());
      return;
  }
}

std::string RowKeys::LabelOf(By by, const std::string& part) const {
  if (part.empty()) return std::string(kNotStated);
  switch (by) {
    case By::kKommune:
      return KommuneName(part);
    case By::kHospital: {
      const Hospital* hospital = directory_.HospitalByNumber(part);
      return hospital == nullptr ? part : hospital->name;
    }
    case By::kWard:
      return WardLabel(directory_, part);
    case By::kSector:
    case By::kSex:
    case By::kKnown:
      return std::string(CodeLabel(part));
    case By::kAge:
      return part.ends_with('+') ? absl::StrCat(part.substr(0, part.size() - 1), " år og eldre")
                                 : absl::StrCat(part, " år");
    case By::kWeekday:
      return std::string(kWeekdays[static_cast<size_t>(NumberOf(part) - 1)]);
    case By::kHour:
      return absl::StrFormat("kl. %02d–%02d", NumberOf(part), NumberOf(part) + 1);
    case By::kMonth:
      return absl::StrCat(std::string(kMonths[static_cast<size_t>(NumberOf(part.substr(5)) - 1)]),
                          " ", part.substr(0, 4));
    case By::kRegion:
    case By::kYear:
      break;
  }
  return part;
}

void RowKeys::Describe(const std::string& key, v1::ReportRow* row) const {
  if (query_.by.empty()) return;
  const std::vector<std::string> parts = absl::StrSplit(key, kBetween);
  for (size_t i = 0; i < parts.size(); ++i) {
    row->add_key(parts[i]);
    row->add_label(LabelOf(query_.by[i], parts[i]));
  }
}

int64_t RowKeys::PopulationOf(const std::string& key) const {
  const std::vector<std::string> parts = absl::StrSplit(key, kBetween);
  const auto part_of = [&](By by) -> const std::string& {
    return parts[static_cast<size_t>(std::ranges::find(query_.by, by) - query_.by.begin())];
  };
  if (query_.Has(By::kKommune)) {
    const Kommune* kommune = KommuneByNumber(part_of(By::kKommune));
    return kommune == nullptr ? 0 : kommune->population_2024;
  }
  if (query_.Has(By::kRegion)) {
    const auto found = population_of_.find(part_of(By::kRegion));
    return found == population_of_.end() ? 0 : found->second;
  }
  if (query_.kommuner.empty()) return 0;
  int64_t population = 0;
  for (const auto& [region, inhabitants] : population_of_) population += inhabitants;
  return population;
}

}  // namespace overgang::report
