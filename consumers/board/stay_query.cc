#include "consumers/board/stay_query.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "consumers/board/census_query.h"
#include "core/directory.h"
#include "core/errors.h"
#include "projections/closed_stays.h"
#include "projections/rules/served_stay.h"
#include "projections/tables.h"

namespace overgang::board {
namespace {

using projections::Contribution;
using projections::Epoch;

bool Matches(const StayFilter& filter, const projections::StayEntry& entry) {
  return (filter.kommune.empty() || entry.stay_kommune.view() == filter.kommune) &&
         (filter.hospital.empty() || entry.hospital.view() == filter.hospital);
}

bool IsOpenOnly(v1::StayState state) {
  return state == v1::STAY_STATE_INPATIENT || state == v1::STAY_STATE_UKP;
}

absl::StatusOr<std::string> ParseToken(const std::string& token) {
  std::string key;
  if (!absl::WebSafeBase64Unescape(token, &key)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_token", "not a page token",
                      "give next_page_token of the page before, or nothing");
  }
  return key;
}

// Open stays sort by admission, newest first; the key of a page is the last one's.
std::string PageKey(const Contribution& stay) {
  return projections::DescendingTime(stay.entry.admitted_us) + projections::StayKey(stay);
}

absl::StatusOr<v1::ListStaysResponse> ListOpen(const Epoch& epoch, const StayFilter& filter,
                                               ServeAt at, size_t size, const std::string& after) {
  auto stays = OpenStays(epoch, filter);
  std::vector<std::pair<std::string, const Contribution*>> page;
  for (const auto& stay : stays) {
    std::string key = PageKey(*stay);
    if (key > after) page.emplace_back(std::move(key), stay.get());
  }
  const size_t kept = std::min(size, page.size());
  std::ranges::partial_sort(page, page.begin() + static_cast<std::ptrdiff_t>(kept));
  v1::ListStaysResponse response;
  for (size_t i = 0; i < kept; ++i) {
    auto served = ReadStay(epoch, *page[i].second, at);
    if (!served.ok()) return served.status();
    *response.add_stays() = *std::move(served);
  }
  if (kept < page.size())
    response.set_next_page_token(absl::WebSafeBase64Escape(page[kept - 1].first));
  return response;
}

// A stay of a page by end; its key is end and key of kStay, so that open ones come first and then
// the newest discharge.
struct ByEnd {
  std::string key;
  projections::StayEntry entry;
};

// The next of one hospital that match; one more than the page holds tells that there are more.
absl::Status AddClosed(const Epoch& epoch, std::string_view hospital, const StayFilter& filter,
                       size_t size, const std::string& after, std::vector<ByEnd>* page) {
  size_t found = 0;
  return projections::ScanClosedStays(
      *epoch.rows, hospital, after, [&](std::string_view key, std::string_view row) {
        ByEnd stay{std::string(key), {}};
        if (projections::StayEntry::Parse(row, &stay.entry) && Matches(filter, stay.entry)) {
          page->push_back(std::move(stay));
          ++found;
        }
        return found <= size;
      });
}

absl::StatusOr<v1::ListStaysResponse> ListByEnd(const Epoch& epoch, const StayFilter& filter,
                                                ServeAt at, size_t size, const std::string& after) {
  std::vector<ByEnd> page;
  if (filter.state != v1::STAY_STATE_DISCHARGED) {
    for (const auto& stay : OpenStays(epoch, filter)) {
      std::string key =
          projections::DescendingTime(projections::kNeverUs) + projections::StayKey(*stay);
      if (key > after) page.push_back({std::move(key), stay->entry});
    }
  }
  auto hospitals = projections::HospitalsWithClosedStays(*epoch.rows);
  if (!hospitals.ok()) return hospitals.status();
  for (const std::string& hospital : *hospitals) {
    if (!filter.hospital.empty() && hospital != filter.hospital) continue;
    if (absl::Status status = AddClosed(epoch, hospital, filter, size, after, &page); !status.ok())
      return status;
  }
  std::ranges::sort(page, {}, &ByEnd::key);
  v1::ListStaysResponse response;
  if (page.size() > size) {
    page.resize(size);
    response.set_next_page_token(absl::WebSafeBase64Escape(page.back().key));
  }
  for (const ByEnd& stay : page) {
    auto row = epoch.rows->Get(projections::kStay, stay.key.substr(8));
    if (!row.ok()) return row.status();
    v1::Stay& served = *response.add_stays();
    if (row->has_value()) served.ParseFromString(**row);
    projections::FillDerived(stay.entry, *at.terms, at.now_us, &served);
  }
  return response;
}

}  // namespace

absl::StatusOr<StayFilter> FilterOf(const std::string& kommune, const std::string& hospital,
                                    v1::StayState state) {
  if (!kommune.empty() && kommune != kKommuneNotStated && KommuneByNumber(kommune) == nullptr) {
    return FieldError(absl::StatusCode::kInvalidArgument, "kommune", "no such kommune",
                      "give the 4 digits of a kommune of 2024, or 9999 for not stated");
  }
  if (!hospital.empty() && hospital.size() != 9) {
    return FieldError(absl::StatusCode::kInvalidArgument, "hospital", "not an organisation number",
                      "give 9 digits");
  }
  if (!v1::StayState_IsValid(state)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "state", "no such state",
                      "give one of overgang.v1.StayState, or nothing for open stays");
  }
  return StayFilter{kommune, hospital,
                    state == v1::STAY_STATE_UNSPECIFIED ? v1::STAY_STATE_INPATIENT : state};
}

BucketList BucketsOf(const Epoch& epoch, const StayFilter& filter) {
  BucketList buckets;
  if (!filter.kommune.empty()) {
    buckets.push_back(BucketAt(epoch.census.by_stay_kommune, filter.kommune));
  } else if (!filter.hospital.empty()) {
    buckets.push_back(BucketAt(epoch.census.by_hospital, filter.hospital));
  } else {
    for (const auto& [kommune, bucket] : epoch.census.by_stay_kommune.items())
      buckets.push_back(bucket);
  }
  std::erase(buckets, nullptr);
  return buckets;
}

std::vector<std::shared_ptr<const Contribution>> OpenStays(const Epoch& epoch,
                                                           const StayFilter& filter) {
  std::vector<std::shared_ptr<const Contribution>> stays;
  const BucketList buckets = BucketsOf(epoch, filter);
  for (const auto& bucket : buckets) {
    for (const auto& stay : *bucket) {
      if (!Matches(filter, stay->entry)) continue;
      if (filter.state == v1::STAY_STATE_UKP && projections::OpenPeriod(*stay, {}) == nullptr)
        continue;
      stays.push_back(stay);
    }
  }
  if (buckets.size() > 1)
    std::ranges::sort(stays, {}, [](const auto& stay) { return stay->place(); });
  return stays;
}

bool ReadsRows(v1::StayState state) { return !IsOpenOnly(state); }

absl::StatusOr<v1::Stay> ReadStay(const Epoch& epoch, const Contribution& stay, ServeAt at) {
  v1::Stay served;
  // A stay of an epoch of this process carries its row; one that was loaded at start has it in the
  // store.
  if (!stay.stay_row.empty()) {
    served.ParseFromString(stay.stay_row);
  } else {
    auto row = epoch.rows->Get(projections::kStay, projections::StayKey(stay));
    if (!row.ok()) return row.status();
    if (!row->has_value() || !served.ParseFromString(**row)) {
      return absl::DataLossError(
          "the row of a stay is missing; stop the hub, delete the folder views, start again");
    }
  }
  projections::FillDerived(stay.entry, *at.terms, at.now_us, &served);
  return served;
}

absl::StatusOr<v1::ListStaysResponse> ListStays(const Epoch& epoch, const StayFilter& filter,
                                                ServeAt at, int page_size,
                                                const std::string& token) {
  if (page_size < 0 || page_size > kPageSizeMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_size", "out of range",
                      "give 1 to 1000, or 0 for 100");
  }
  auto after = ParseToken(token);
  if (!after.ok()) return after.status();
  const size_t size = static_cast<size_t>(page_size == 0 ? kPageSizeDefault : page_size);
  return IsOpenOnly(filter.state) ? ListOpen(epoch, filter, at, size, *after)
                                  : ListByEnd(epoch, filter, at, size, *after);
}

}  // namespace overgang::board
