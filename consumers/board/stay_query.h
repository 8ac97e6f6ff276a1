// Lists of stays from an epoch, for ListStays and WatchStays. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/views.h"

namespace overgang::board {

inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 1000;

struct StayFilter {
  std::string kommune;   // Stay kommune; empty: all.
  std::string hospital;  // Empty: all.
  v1::StayState state = v1::STAY_STATE_INPATIENT;
};

absl::StatusOr<StayFilter> FilterOf(const std::string& kommune, const std::string& hospital,
                                    v1::StayState state);

// The open stays that match, by place. Only for states INPATIENT and UKP.
std::vector<std::shared_ptr<const projections::Contribution>> OpenStays(
    const projections::Epoch& epoch, const StayFilter& filter);

// The bucket that holds all stays of the filter, to tell cheaply that nothing changed; null where
// it spans several.
const projections::Bucket* BucketOf(const projections::Epoch& epoch, const StayFilter& filter);

// The stay as served.
absl::StatusOr<v1::Stay> ReadStay(const projections::Epoch& epoch,
                                  const projections::Contribution& stay);

// One page, newest admission first (open) or newest discharge first (the others); `token` as given
// by the page before.
absl::StatusOr<v1::ListStaysResponse> ListStays(const projections::Epoch& epoch,
                                                const StayFilter& filter, int page_size,
                                                const std::string& token);

}  // namespace overgang::board
