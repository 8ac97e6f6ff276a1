// The count, from an epoch: what GetCensus, WatchCensus and later the daily status all count with.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access.h"
#include "core/directory.h"
#include "overgang/v1/census_service.pb.h"
#include "projections/views.h"

namespace overgang::board {

struct CensusQuery {
  ScopeRef scope;                           // Whose stays are counted, whatever is asked for.
  std::vector<std::string> kommuner = {};   // Empty: all with anything to count.
  std::vector<std::string> hospitals = {};  // Empty: all.
  std::vector<v1::Sector> sectors = {};     // Empty: all.
  v1::CensusBasis basis = v1::CENSUS_BASIS_STAY_KOMMUNE;
  projections::CountAt at = {};
  std::optional<int64_t> occurred_until_us = {};  // What stands later does not count.
  // Whether free places and beds are those of the time that is counted. Beds are told of hospitals
  // of the scope; free places of kommuner of the scope, and to hospitals, for which they are
  // reported.
  bool capacity = true;
};

// Which kommune the stay counts for.
const projections::KommuneCode& KommuneOf(const projections::Contribution& stay,
                                          const CensusQuery& query);
// Whether any of a bucket of this kommune counts for it, and is the caller's: that a kommune is
// named tells that somebody is there.
bool CountsAny(std::string_view kommune, const projections::Bucket& stays,
               const CensusQuery& query);

// One kommune's count over the given open stays (null: none).
v1::KommuneCensus CountKommune(const projections::Epoch& epoch, const projections::Bucket* stays,
                               std::string_view kommune, const CensusQuery& query);
v1::HospitalCensus CountHospital(const projections::Epoch& epoch, const projections::Bucket* stays,
                                 std::string_view hospital, const Directory& directory,
                                 const CensusQuery& query);

// Null: none.
std::shared_ptr<const projections::Bucket> BucketAt(const projections::BucketIndex& index,
                                                    std::string_view key);
const projections::BucketIndex& IndexOf(const projections::Epoch& epoch, v1::CensusBasis basis);

// Empty filters of a scope that sees kommuner alone, or hospitals alone, mean its own.
void Narrow(CensusQuery* query);

// The whole answer but as_of. The stays of the epoch are counted in memory; with occurred_until
// those that were open then are read from the rows, which may take seconds.
absl::StatusOr<v1::GetCensusResponse> RunCensus(const projections::Epoch& epoch,
                                                const Directory& directory,
                                                const CensusQuery& query);

}  // namespace overgang::board
