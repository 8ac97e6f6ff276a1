#include "consumers/board/stay_query.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "consumers/board/census_query.h"
#include "consumers/board/past_stays.h"
#include "core/directory.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::board {
namespace {

using projections::Contribution;
using projections::Epoch;

constexpr projections::CountAt kLive{};

bool Matches(const StayFilter& filter, const projections::CensusEntry& entry) {
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

using Stays = std::vector<std::shared_ptr<const Contribution>>;

bool Asked(const StayFilter& filter, const Contribution& stay) {
  return Matches(filter, stay.entry) &&
         (filter.state != v1::STAY_STATE_UKP || projections::OpenSpan(stay, kLive) != nullptr);
}

absl::StatusOr<v1::ListStaysResponse> ListOpen(const Epoch& epoch, const Stays& stays, size_t size,
                                               const std::string& after) {
  std::vector<std::pair<std::string, const Contribution*>> page;
  for (const auto& stay : stays) {
    std::string key = PageKey(*stay);
    if (key > after) page.emplace_back(std::move(key), stay.get());
  }
  const size_t kept = std::min(size, page.size());
  std::ranges::partial_sort(page, page.begin() + static_cast<std::ptrdiff_t>(kept));
  v1::ListStaysResponse response;
  for (size_t i = 0; i < kept; ++i) {
    auto served = ReadStay(epoch, *page[i].second);
    if (!served.ok()) return served.status();
    *response.add_stays() = *std::move(served);
  }
  if (kept < page.size())
    response.set_next_page_token(absl::WebSafeBase64Escape(page[kept - 1].first));
  return response;
}

absl::StatusOr<Stays> OpenStaysThen(const Epoch& epoch, const StayFilter& filter, int64_t at_us) {
  auto stays = OpenStaysAt(epoch, at_us);
  if (stays.ok()) std::erase_if(*stays, [&](const auto& stay) { return !Asked(filter, *stay); });
  return stays;
}

// The stay of this row of kStayByEnd, of now or of then; nothing where it is none of the list.
absl::StatusOr<std::optional<v1::Stay>> ReadByEnd(const Epoch& epoch, const StayFilter& filter,
                                                  std::string_view key, std::string_view value,
                                                  std::optional<int64_t> until_us) {
  std::optional<v1::Stay> served;
  projections::CensusEntry entry;
  if (!projections::CensusEntry::Parse(value, &entry)) return served;
  if (!until_us.has_value()) {
    if (!Matches(filter, entry)) return served;
    auto row = epoch.rows->Get(projections::kStay, key.substr(8));
    if (!row.ok()) return row.status();
    if (row->has_value()) served.emplace().ParseFromString(**row);
    return served;
  }
  if (entry.admitted_us > *until_us) return served;
  auto stay = StayAt(epoch, projections::Uuid::FromKey(key.substr(8, 16)),
                     projections::PatientRef::FromKey(key.substr(24)), *until_us);
  if (!stay.ok()) return stay.status();
  if (*stay == nullptr || !Matches(filter, (*stay)->entry)) return served;
  if (filter.state == v1::STAY_STATE_DISCHARGED && projections::IsInpatient(**stay, kLive))
    return served;
  served.emplace().ParseFromString((*stay)->stay_row);
  return served;
}

// Ended stays, and all stays, in the order of kStayByEnd: open ones first, then the newest
// discharge.
absl::StatusOr<v1::ListStaysResponse> ListByEnd(const Epoch& epoch, const StayFilter& filter,
                                                size_t size, const std::string& after,
                                                std::optional<int64_t> until_us) {
  v1::ListStaysResponse response;
  const bool ended_only = filter.state == v1::STAY_STATE_DISCHARGED;
  std::string from =
      ended_only ? projections::DescendingTime(until_us.value_or(projections::kNeverUs - 1)) : "";
  if (!after.empty()) from = after + '\0';
  absl::Status inner;
  std::string last;
  absl::Status status = epoch.rows->Scan(
      projections::kStayByEnd, from, "", [&](std::string_view key, std::string_view value) {
        auto stay = ReadByEnd(epoch, filter, key, value, until_us);
        inner = stay.status();
        if (!inner.ok()) return false;
        if (!stay->has_value()) return true;
        if (response.stays().size() == static_cast<int>(size)) {
          response.set_next_page_token(absl::WebSafeBase64Escape(last));
          return false;
        }
        *response.add_stays() = **std::move(stay);
        last = std::string(key);
        return true;
      });
  if (status.ok()) status = inner;
  if (!status.ok()) return status;
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
      if (Asked(filter, *stay)) stays.push_back(stay);
    }
  }
  if (buckets.size() > 1)
    std::ranges::sort(stays, {}, [](const auto& stay) { return stay->place(); });
  return stays;
}

bool ReadsRows(v1::StayState state) { return !IsOpenOnly(state); }

absl::StatusOr<v1::Stay> ReadStay(const Epoch& epoch, const Contribution& stay) {
  v1::Stay served;
  // A stay of an epoch of this process carries its row; one that was loaded at start has it in the
  // store.
  if (!stay.stay_row.empty()) {
    served.ParseFromString(stay.stay_row);
    return served;
  }
  auto row = epoch.rows->Get(projections::kStay, projections::StayKey(stay));
  if (!row.ok()) return row.status();
  if (!row->has_value() || !served.ParseFromString(**row)) {
    return absl::DataLossError(
        "the row of a stay is missing; stop the hub, delete the folder views, start again");
  }
  return served;
}

absl::StatusOr<v1::ListStaysResponse> ListStays(const Epoch& epoch, const StayFilter& filter,
                                                int page_size, const std::string& token,
                                                std::optional<int64_t> occurred_until_us) {
  if (page_size < 0 || page_size > kPageSizeMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_size", "out of range",
                      "give 1 to 1000, or 0 for 100");
  }
  auto after = ParseToken(token);
  if (!after.ok()) return after.status();
  const size_t size = static_cast<size_t>(page_size == 0 ? kPageSizeDefault : page_size);
  if (!IsOpenOnly(filter.state)) return ListByEnd(epoch, filter, size, *after, occurred_until_us);
  if (!occurred_until_us.has_value())
    return ListOpen(epoch, OpenStays(epoch, filter), size, *after);
  auto stays = OpenStaysThen(epoch, filter, *occurred_until_us);
  return stays.ok() ? ListOpen(epoch, *stays, size, *after) : stays.status();
}

v1::PathwayEntry EntryOf(const projections::HeldFact& fact, const projections::DerivedStay* stay,
                         bool cancelled) {
  v1::PathwayEntry entry;
  entry.mutable_fact()->ParseFromString(fact.bytes);
  if (stay != nullptr) entry.set_stay_id(stay->stay.stay_id());
  entry.set_cancelled(cancelled);
  *entry.mutable_appended_at() = ToProto(absl::FromUnixMicros(fact.appended_us));
  return entry;
}

}  // namespace overgang::board
