#include "consumers/board/census_query.h"

#include <algorithm>
#include <map>

#include "consumers/board/past_stays.h"
#include "projections/visible.h"

namespace overgang::board {
namespace {

using projections::Bucket;
using projections::Contribution;
using projections::Epoch;

bool Asked(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

bool SectorAsked(const CensusQuery& query, v1::Sector sector) {
  return query.sectors.empty() || std::ranges::find(query.sectors, sector) != query.sectors.end();
}

std::string HospitalName(const Directory& directory, std::string_view organisation) {
  const Hospital* hospital = directory.HospitalByNumber(organisation);
  return hospital == nullptr ? std::string(organisation) : hospital->name;
}

// Of a stay in the bucket of this kommune. One that moves is in that of each of its kommuner.
bool CountsFor(const Contribution& stay, std::string_view kommune, const CensusQuery& query) {
  return stay.entry.segments.empty() || KommuneOf(stay, query).view() == kommune;
}

bool Asked(const Contribution& stay, const CensusQuery& query) {
  return projections::MaySee(*query.scope, stay.entry, query.at.now_us) &&
         SectorAsked(query, stay.entry.sector) &&
         (query.hospitals.empty() || Asked(query.hospitals, stay.entry.hospital.view())) &&
         (query.kommuner.empty() || Asked(query.kommuner, KommuneOf(stay, query).view()));
}

// The stays that were open at a time past, by kommune and by hospital.
using Buckets = std::map<std::string, Bucket, std::less<>>;
struct PastStays {
  Buckets by_kommune;
  Buckets by_hospital;
};

const Bucket* FindIn(const Buckets& buckets, std::string_view key) {
  const auto it = buckets.find(key);
  return it == buckets.end() ? nullptr : &it->second;
}
const Bucket* FindIn(const projections::BucketIndex& index, std::string_view key) {
  return index.Find(key);
}

absl::StatusOr<PastStays> ReadPast(const Epoch& epoch, const CensusQuery& query) {
  auto open = OpenStaysAt(epoch, *query.occurred_until_us);
  if (!open.ok()) return open.status();
  PastStays past;
  for (auto& stay : *open) {
    past.by_kommune[KommuneOf(*stay, query).str()].push_back(stay);
    past.by_hospital[stay->entry.hospital.str()].push_back(std::move(stay));
  }
  return past;
}

std::vector<std::string> Sorted(std::vector<std::string> keys) {
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

// A hospital is told of the places that its patients may be offered.
bool ShowsPlaces(const CensusQuery& query, std::string_view kommune) {
  return query.scope->MaySeeKommune(kommune) || !query.scope->hospitals.empty();
}

// A hospital with its beds, nobody counted yet.
v1::HospitalCensus Describe(const Epoch& epoch, std::string_view hospital,
                            const Directory& directory, const CensusQuery& query) {
  v1::HospitalCensus census;
  census.set_hospital(std::string(hospital));
  census.set_name(HospitalName(directory, hospital));
  if (!query.capacity || !query.scope->MaySeeHospital(hospital)) return census;
  const auto* level =
      epoch.levels == nullptr ? nullptr : epoch.levels->Find("h:" + std::string(hospital));
  if (level != nullptr) census.set_level(level->newest.to());
  const auto beds = epoch.capacity->BedsOf(hospital);
  census.set_beds(beds.beds);
  census.set_occupied(beds.occupied);
  census.set_corridor_reported(beds.corridor);
  if (beds.available > 0) census.set_occupancy_percent(100.0 * beds.occupied / beds.available);
  return census;
}

// Some kommuner of many: their stays are few, so the hospitals are counted from them, in one pass.
// Hospitals that were not asked for are shown where they have any.
template <typename Index>
void CountHospitalsOfKommuner(const Epoch& epoch, const Index& by_kommune,
                              const Directory& directory, const CensusQuery& query,
                              v1::GetCensusResponse* response) {
  std::map<projections::HospitalCode, v1::HospitalCensus> counted;
  for (const std::string& hospital : query.hospitals) {
    projections::HospitalCode code;
    code.Assign(hospital);
    counted[code] = Describe(epoch, hospital, directory, query);
  }
  for (const std::string& kommune : Sorted(query.kommuner)) {
    const Bucket* stays = FindIn(by_kommune, kommune);
    if (stays == nullptr) continue;
    for (const auto& stay : *stays) {
      if (!CountsFor(*stay, kommune, query) || !Asked(*stay, query)) continue;
      auto [it, added] = counted.try_emplace(stay->entry.hospital);
      if (added) it->second = Describe(epoch, stay->entry.hospital.view(), directory, query);
      projections::Count(*stay, query.at, &it->second);
    }
  }
  for (auto& [hospital, census] : counted) *response->add_hospitals() = std::move(census);
}

template <typename Index>
v1::GetCensusResponse CountAll(const Epoch& epoch, const Index& by_kommune,
                               const Index& by_hospital, const std::vector<std::string>& kommuner,
                               const std::vector<std::string>& hospitals,
                               const Directory& directory, const CensusQuery& query) {
  v1::GetCensusResponse response;
  for (const std::string& kommune : kommuner)
    *response.add_kommuner() = CountKommune(epoch, FindIn(by_kommune, kommune), kommune, query);
  if (!query.kommuner.empty()) {
    CountHospitalsOfKommuner(epoch, by_kommune, directory, query, &response);
    return response;
  }
  for (const std::string& hospital : hospitals) {
    *response.add_hospitals() =
        CountHospital(epoch, FindIn(by_hospital, hospital), hospital, directory, query);
  }
  return response;
}

const Bucket& StaysOf(const Bucket& stays) { return stays; }
const Bucket& StaysOf(const std::shared_ptr<const Bucket>& stays) { return *stays; }

bool AnyIsSeen(const Bucket& stays, const CensusQuery& query) {
  return std::ranges::any_of(stays, [&](const auto& stay) {
    return projections::MaySee(*query.scope, stay->entry, query.at.now_us);
  });
}

// Keys to answer for: those asked for, else those with stays and those that have capacity to show.
template <typename Items>
std::vector<std::string> KommunerToCount(const Epoch& epoch, const Items& with_stays,
                                         const CensusQuery& query) {
  if (!query.kommuner.empty()) return Sorted(query.kommuner);
  std::vector<std::string> kommuner;
  for (const auto& [kommune, stays] : with_stays) {
    if (CountsAny(kommune, StaysOf(stays), query)) kommuner.push_back(kommune);
  }
  if (!query.capacity) return kommuner;
  for (const auto& [key, unit] : epoch.capacity->units) {
    for (const std::string& kommune : unit.newest->places_reported().shared_by()) {
      if (ShowsPlaces(query, kommune)) kommuner.push_back(kommune);
    }
  }
  return Sorted(std::move(kommuner));
}

template <typename Items>
std::vector<std::string> HospitalsToCount(const Items& with_stays, const Directory& directory,
                                          const CensusQuery& query) {
  if (!query.kommuner.empty()) return {};  // Counted from the kommuner's stays.
  if (!query.hospitals.empty()) return Sorted(query.hospitals);
  std::vector<std::string> hospitals;
  for (const auto& [hospital, stays] : with_stays) {
    if (AnyIsSeen(StaysOf(stays), query)) hospitals.push_back(hospital);
  }
  for (const Hospital& hospital : directory.contents().hospitals) {
    if (query.scope->MaySeeHospital(hospital.organisation))
      hospitals.push_back(hospital.organisation);
  }
  return Sorted(std::move(hospitals));
}

}  // namespace

const projections::KommuneCode& KommuneOf(const Contribution& stay, const CensusQuery& query) {
  return query.basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE
             ? stay.entry.residence_kommune
             : projections::KommuneAt(stay.entry, query.at.now_us);
}

bool CountsAny(std::string_view kommune, const Bucket& stays, const CensusQuery& query) {
  return std::ranges::any_of(stays, [&](const auto& stay) {
    return CountsFor(*stay, kommune, query) &&
           projections::MaySee(*query.scope, stay->entry, query.at.now_us);
  });
}

std::shared_ptr<const Bucket> BucketAt(const projections::BucketIndex& index,
                                       std::string_view key) {
  const auto item =
      std::ranges::lower_bound(index.items(), key, {}, &projections::BucketIndex::Item::first);
  return item != index.items().end() && item->first == key ? item->second : nullptr;
}

const projections::BucketIndex& IndexOf(const Epoch& epoch, v1::CensusBasis basis) {
  return basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE ? epoch.census.by_residence_kommune
                                                     : epoch.census.by_stay_kommune;
}

v1::KommuneCensus CountKommune(const Epoch& epoch, const Bucket* stays, std::string_view kommune,
                               const CensusQuery& query) {
  v1::KommuneCensus census;
  census.set_kommune(std::string(kommune));
  census.set_name(KommuneName(kommune));
  if (stays != nullptr) {
    for (const auto& stay : *stays) {
      if (CountsFor(*stay, kommune, query) && Asked(*stay, query))
        projections::Count(*stay, query.at, &census);
    }
  }
  if (query.capacity && ShowsPlaces(query, kommune))
    census.set_free_places(epoch.capacity->FreePlaces(kommune, query.at.now_us));
  return census;
}

v1::HospitalCensus CountHospital(const Epoch& epoch, const Bucket* stays, std::string_view hospital,
                                 const Directory& directory, const CensusQuery& query) {
  v1::HospitalCensus census = Describe(epoch, hospital, directory, query);
  if (stays != nullptr) {
    for (const auto& stay : *stays) {
      if (Asked(*stay, query)) projections::Count(*stay, query.at, &census);
    }
  }
  return census;
}

void Narrow(CensusQuery* query) {
  const Scope& scope = *query->scope;
  if (scope.everything) return;
  if (scope.hospitals.empty() && query->kommuner.empty()) query->kommuner = scope.kommuner;
  if (scope.kommuner.empty() && query->hospitals.empty()) query->hospitals = scope.hospitals;
}

absl::StatusOr<v1::GetCensusResponse> RunCensus(const Epoch& epoch, const Directory& directory,
                                                const CensusQuery& query) {
  if (!query.occurred_until_us.has_value()) {
    const auto& by_kommune = IndexOf(epoch, query.basis);
    const auto& by_hospital = epoch.census.by_hospital;
    return CountAll(epoch, by_kommune, by_hospital,
                    KommunerToCount(epoch, by_kommune.items(), query),
                    HospitalsToCount(by_hospital.items(), directory, query), directory, query);
  }
  auto past = ReadPast(epoch, query);
  if (!past.ok()) return past.status();
  return CountAll(epoch, past->by_kommune, past->by_hospital,
                  KommunerToCount(epoch, past->by_kommune, query),
                  HospitalsToCount(past->by_hospital, directory, query), directory, query);
}

}  // namespace overgang::board
