// Lists of stays from an epoch, for ListStays and WatchStays. Pure.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/access.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/views.h"

namespace overgang::board {

inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 1000;
// What is gone through for one page, after which it ends though it is not full.
inline constexpr size_t kRowsPerPageMax = 100'000;    // Stays that ended.
inline constexpr size_t kComputedPerPageMax = 5'000;  // Those of them that are computed anew.

struct StayFilter {
  ScopeRef scope;             // By hospital and stay kommune, whatever is asked for.
  std::string kommune = {};   // Stay kommune; empty: all.
  std::string hospital = {};  // Empty: all.
  v1::StayState state = v1::STAY_STATE_INPATIENT;
};

absl::StatusOr<StayFilter> FilterOf(ScopeRef scope, const std::string& kommune,
                                    const std::string& hospital, v1::StayState state);

// The open stays that match, by place. Only for states INPATIENT and UKP.
std::vector<std::shared_ptr<const projections::Contribution>> OpenStays(
    const projections::Epoch& epoch, const StayFilter& filter, int64_t now_us);

// The buckets that hold all stays of the filter, without empty ones: while they are the same
// objects nothing has changed, but what was told ahead and is due (NextChange).
using BucketList = std::vector<std::shared_ptr<const projections::Bucket>>;
BucketList BucketsOf(const projections::Epoch& epoch, const StayFilter& filter);
// When the next of what they hold is due; kNeverUs: nothing is.
int64_t NextChange(const BucketList& buckets, int64_t after_us);

// What payable days and deadlines are relative to, and what counts.
struct ServeAt {
  int64_t now_us = 0;
  const PaymentTerms* terms = nullptr;            // Outlives the call.
  std::optional<int64_t> occurred_until_us = {};  // What stands later does not.
  std::optional<int64_t> known_us = {};           // Whose a stay is by then; without it by now_us.
};

// The stay as served to those of the scope; that it is theirs has been seen to.
absl::StatusOr<v1::Stay> ReadStay(const projections::Epoch& epoch,
                                  const projections::Contribution& stay, ServeAt at,
                                  const Scope& scope);

// Whether a list of this state reads the stays of all times from the rows, which may take seconds.
bool ReadsRows(v1::StayState state);

// One page, newest admission first (open) or open ones and then the newest discharge first (the
// others); `token` as given by the page before. With occurred_until the stays as they were
// then, which reads rows whatever the state. Until `given_up` says that nobody waits any more:
// DEADLINE_EXCEEDED.
absl::StatusOr<v1::ListStaysResponse> ListStays(const projections::Epoch& epoch,
                                                const StayFilter& filter, ServeAt at, int page_size,
                                                const std::string& token,
                                                const std::function<bool()>& given_up);

// A fact as served; `stay` is null where it belongs to none.
v1::PathwayEntry EntryOf(const projections::HeldFact& fact, const projections::DerivedStay* stay,
                         bool cancelled);

}  // namespace overgang::board
