#include "consumers/board/census_query.h"

#include <algorithm>
#include <map>
#include <set>

#include "projections/tables.h"

namespace overgang::board {
namespace {

using projections::Bucket;
using projections::Contribution;
using projections::Epoch;

bool Asked(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

bool SectorAsked(const CensusQuery& query, int sector) {
  return query.sectors.empty() ||
         std::ranges::find(query.sectors, static_cast<v1::Sector>(sector)) != query.sectors.end();
}

std::string HospitalName(const Directory& directory, std::string_view organisation) {
  const Hospital* hospital = directory.HospitalByNumber(organisation);
  return hospital == nullptr ? std::string(organisation) : hospital->name;
}

// The stays that were open at a time past, by kommune and by hospital.
struct PastStays {
  std::map<std::string, Bucket, std::less<>> by_kommune;
  std::map<std::string, Bucket, std::less<>> by_hospital;
};

absl::StatusOr<PastStays> ReadPast(const Epoch& epoch, const CensusQuery& query) {
  PastStays past;
  const int64_t now_us = query.at.now_us;
  absl::Status status = epoch.rows->Scan(
      projections::kStayByEnd, "", projections::DescendingTime(now_us),
      [&](std::string_view key, std::string_view value) {
        auto stay = std::make_shared<Contribution>();
        if (!stay->entry.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
        if (stay->entry.admitted_us() > now_us) return true;
        stay->ended_us = projections::TimeOfDescending(key);
        past.by_kommune[query.basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE
                            ? stay->entry.residence_kommune()
                            : stay->entry.stay_kommune()]
            .push_back(stay);
        past.by_hospital[stay->entry.hospital()].push_back(stay);
        return true;
      });
  if (!status.ok()) return status;
  return past;
}

// Keys to answer for: those asked for, else those with stays and those that have capacity to show.
std::set<std::string> KommunerToCount(const Epoch& epoch, const CensusQuery& query) {
  std::set<std::string> kommuner(query.kommuner.begin(), query.kommuner.end());
  if (!kommuner.empty()) return kommuner;
  for (const auto& [kommune, bucket] : IndexOf(epoch, query.basis).items())
    kommuner.insert(kommune);
  for (const auto& [key, fact] : epoch.capacity->units) {
    for (const std::string& kommune : fact->places_reported().shared_by()) kommuner.insert(kommune);
  }
  return kommuner;
}

std::set<std::string> HospitalsToCount(const Epoch& epoch, const Directory& directory,
                                       const CensusQuery& query) {
  std::set<std::string> hospitals(query.hospitals.begin(), query.hospitals.end());
  if (!hospitals.empty()) return hospitals;
  for (const auto& [hospital, bucket] : epoch.census.by_hospital.items())
    hospitals.insert(hospital);
  for (const Hospital& hospital : directory.contents().hospitals)
    hospitals.insert(hospital.organisation);
  return hospitals;
}

}  // namespace

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
      if (!SectorAsked(query, stay->entry.sector()) ||
          !Asked(query.hospitals, stay->entry.hospital()))
        continue;
      projections::Count(*stay, query.at, &census);
    }
  }
  census.set_free_places(epoch.capacity->FreePlaces(kommune, query.at.now_us));
  return census;
}

v1::HospitalCensus CountHospital(const Epoch& epoch, const Bucket* stays, std::string_view hospital,
                                 const Directory& directory, const CensusQuery& query) {
  v1::HospitalCensus census;
  census.set_hospital(std::string(hospital));
  census.set_name(HospitalName(directory, hospital));
  if (stays != nullptr) {
    for (const auto& stay : *stays) {
      const bool residence = query.basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE;
      const std::string& kommune =
          residence ? stay->entry.residence_kommune() : stay->entry.stay_kommune();
      if (!SectorAsked(query, stay->entry.sector()) || !Asked(query.kommuner, kommune)) continue;
      projections::Count(*stay, query.at, &census);
    }
  }
  const auto beds = epoch.capacity->BedsOf(hospital);
  census.set_beds(beds.beds);
  census.set_occupied(beds.occupied);
  if (beds.available > 0) census.set_occupancy_percent(100.0 * beds.occupied / beds.available);
  return census;
}

absl::StatusOr<v1::GetCensusResponse> RunCensus(const Epoch& epoch, const Directory& directory,
                                                const CensusQuery& query) {
  v1::GetCensusResponse response;
  const std::set<std::string> hospitals = HospitalsToCount(epoch, directory, query);
  if (query.at.live) {
    const auto& index = IndexOf(epoch, query.basis);
    for (const std::string& kommune : KommunerToCount(epoch, query)) {
      *response.add_kommuner() = CountKommune(epoch, index.Find(kommune), kommune, query);
    }
    for (const std::string& hospital : hospitals) {
      *response.add_hospitals() =
          CountHospital(epoch, epoch.census.by_hospital.Find(hospital), hospital, directory, query);
    }
    return response;
  }
  auto past = ReadPast(epoch, query);
  if (!past.ok()) return past.status();
  std::set<std::string> kommuner(query.kommuner.begin(), query.kommuner.end());
  if (kommuner.empty()) {
    for (const auto& [kommune, stays] : past->by_kommune) kommuner.insert(kommune);
  }
  for (const std::string& kommune : kommuner) {
    const auto it = past->by_kommune.find(kommune);
    *response.add_kommuner() =
        CountKommune(epoch, it == past->by_kommune.end() ? nullptr : &it->second, kommune, query);
  }
  for (const std::string& hospital : hospitals) {
    const auto it = past->by_hospital.find(hospital);
    *response.add_hospitals() = CountHospital(
        epoch, it == past->by_hospital.end() ? nullptr : &it->second, hospital, directory, query);
  }
  return response;
}

}  // namespace overgang::board
