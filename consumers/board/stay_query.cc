#include "consumers/board/stay_query.h"

#include <algorithm>
#include <limits>

#include "absl/strings/escaping.h"
#include "consumers/board/census_query.h"
#include "consumers/board/past_stays.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "projections/closed_stays.h"
#include "projections/rules/served_stay.h"
#include "projections/tables.h"
#include "projections/visible.h"

namespace overgang::board {
namespace {

using projections::Contribution;
using projections::Epoch;

bool Matches(const StayFilter& filter, const projections::StayEntry& entry, int64_t now_us) {
  const std::string_view kommune = projections::KommuneAt(entry, now_us).view();
  return filter.scope->MaySeeStay(kommune, entry.hospital.view()) &&
         (filter.kommune.empty() || kommune == filter.kommune) &&
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

bool Asked(const StayFilter& filter, const Contribution& stay, int64_t now_us) {
  return Matches(filter, stay.entry, now_us) &&
         (filter.state != v1::STAY_STATE_UKP ||
          projections::PeriodGoingOn(stay.entry, now_us) != projections::kNoPeriod);
}

absl::StatusOr<Stays> OpenStaysThen(const Epoch& epoch, const StayFilter& filter, ServeAt at) {
  auto stays = OpenStaysAt(epoch, *at.occurred_until_us);
  if (stays.ok())
    std::erase_if(*stays, [&](const auto& stay) { return !Asked(filter, *stay, at.now_us); });
  return stays;
}

absl::StatusOr<v1::ListStaysResponse> ListOpen(const Epoch& epoch, const Stays& stays, ServeAt at,
                                               const Scope& scope, size_t size,
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
    auto served = ReadStay(epoch, *page[i].second, at, scope);
    if (!served.ok()) return served.status();
    *response.add_stays() = *std::move(served);
  }
  if (kept < page.size())
    response.set_next_page_token(absl::WebSafeBase64Escape(page[kept - 1].first));
  return response;
}

// A page by end; keys are end and key of kStay, so that open ones come first and then the newest
// discharge. With occurred_until the order is that of today's ends.
class PageByEnd {
 public:
  PageByEnd(const Epoch& epoch, const StayFilter& filter, ServeAt at,
            const std::function<bool()>& given_up)
      : epoch_(epoch), filter_(filter), at_(at), given_up_(given_up) {}

  // False where it is none of the list.
  absl::StatusOr<bool> Add(std::string_view key, const projections::StayEntry& entry) {
    if (given_up_()) {
      return FieldError(absl::StatusCode::kDeadlineExceeded, "page_size",
                        "the stays were not found in time",
                        "ask for one hospital, or with a longer deadline");
    }
    Item item{std::string(key), nullptr, entry};
    if (at_.occurred_until_us.has_value()) {
      const int64_t until_us = *at_.occurred_until_us;
      if (entry.admitted_us > until_us) return false;
      auto then = StayAt(epoch_, projections::Uuid::FromKey(key.substr(8, 16)),
                         projections::PatientRef::FromKey(key.substr(24)), until_us);
      if (!then.ok()) return then.status();
      if (*then == nullptr) return false;
      if (filter_.state == v1::STAY_STATE_DISCHARGED && projections::IsInpatient(**then))
        return false;
      item.entry = (*then)->entry;
      item.then = *std::move(then);
    }
    if (!Matches(filter_, item.entry, at_.now_us)) return false;
    items_.push_back(std::move(item));
    return true;
  }

  // The next of one hospital, of so many rows; one more than the page holds tells that there are
  // more.
  absl::Status AddClosed(std::string_view hospital, size_t size, const std::string& after,
                         size_t rows_max) {
    size_t found = 0, rows = 0;
    absl::Status inner;
    absl::Status status = projections::ScanClosedStays(
        *epoch_.rows, hospital, after, [&](std::string_view key, std::string_view row) {
          projections::StayEntry entry;
          if (!projections::StayEntry::Parse(row, &entry)) return true;
          const auto added = Add(key, entry);
          inner = added.status();
          found += inner.ok() && *added ? 1 : 0;
          if (!inner.ok() || found > size) return false;
          if (++rows < rows_max) return true;
          if (read_to_.empty() || key < read_to_) read_to_ = key;
          return false;
        });
    return status.ok() ? inner : status;
  }

  absl::StatusOr<v1::ListStaysResponse> Serve(size_t size) {
    std::ranges::sort(items_, {}, &Item::key);
    v1::ListStaysResponse response;
    if (!read_to_.empty()) {
      // Behind that, a hospital may have others in between.
      std::erase_if(items_, [&](const Item& item) { return item.key > read_to_; });
      response.set_next_page_token(absl::WebSafeBase64Escape(read_to_));
    }
    if (items_.size() > size) {
      items_.resize(size);
      response.set_next_page_token(absl::WebSafeBase64Escape(items_.back().key));
    }
    for (const Item& item : items_) {
      v1::Stay& served = *response.add_stays();
      if (item.then != nullptr) {
        served.ParseFromString(item.then->stay_row);
      } else {
        auto row = epoch_.rows->Get(projections::kStay, item.key.substr(8));
        if (!row.ok()) return row.status();
        if (row->has_value()) served.ParseFromString(**row);
      }
      projections::FillDerived(item.entry, *at_.terms, at_.now_us, &served);
      projections::LeaveOutOthers(*filter_.scope, *epoch_.rows, &served);
    }
    return response;
  }

 private:
  struct Item {
    std::string key;
    std::shared_ptr<const Contribution> then;  // Null: as it is.
    projections::StayEntry entry;
  };
  const Epoch& epoch_;
  const StayFilter& filter_;
  const ServeAt at_;
  const std::function<bool()>& given_up_;
  std::vector<Item> items_;
  std::string read_to_;  // The first key at which a hospital was left unread; empty: none.
};

absl::StatusOr<v1::ListStaysResponse> ListByEnd(const Epoch& epoch, const StayFilter& filter,
                                                ServeAt at, size_t size, const std::string& after,
                                                const std::function<bool()>& given_up) {
  PageByEnd page(epoch, filter, at, given_up);
  std::string closed_after = after;
  if (filter.state != v1::STAY_STATE_DISCHARGED) {
    // Then they may have been of another kommune.
    const StayFilter open =
        at.occurred_until_us.has_value() ? StayFilter{.scope = Scope::All()} : filter;
    for (const auto& stay : OpenStays(epoch, open, at.now_us)) {
      const std::string key =
          projections::DescendingTime(projections::kNeverUs) + projections::StayKey(*stay);
      if (key <= after) continue;
      if (auto added = page.Add(key, stay->entry); !added.ok()) return added.status();
    }
  } else if (at.occurred_until_us.has_value()) {
    closed_after = std::max(after, projections::DescendingTime(*at.occurred_until_us));
  }
  auto hospitals = projections::HospitalsWithClosedStays(*epoch.rows);
  if (!hospitals.ok()) return hospitals.status();
  if (!filter.hospital.empty())
    std::erase_if(*hospitals, [&](const std::string& one) { return one != filter.hospital; });
  const size_t rows_max = at.occurred_until_us.has_value() ? kComputedPerPageMax : kRowsPerPageMax;
  for (const std::string& hospital : *hospitals) {
    // Where a page ends is told by a stay: that of somebody else it may not be.
    const size_t rows = filter.scope->MaySeeHospital(hospital)
                            ? std::max<size_t>(rows_max / hospitals->size(), 1)
                            : std::numeric_limits<size_t>::max();
    absl::Status status = page.AddClosed(hospital, size, closed_after, rows);
    if (!status.ok()) return status;
  }
  return page.Serve(size);
}

}  // namespace

absl::StatusOr<StayFilter> FilterOf(ScopeRef scope, const std::string& kommune,
                                    const std::string& hospital, v1::StayState state) {
  absl::Status status = kommune.empty() ? absl::OkStatus() : CheckKommune(kommune, "kommune");
  if (status.ok() && !hospital.empty()) status = CheckHospital(hospital, "hospital");
  if (!status.ok()) return status;
  if (!v1::StayState_IsValid(state)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "state", "no such state",
                      "give one of overgang.v1.StayState, or nothing for open stays");
  }
  absl::Status own =
      kommune.empty() ? absl::OkStatus() : MayAskForKommune(*scope, kommune, "kommune");
  if (own.ok() && !hospital.empty()) own = MayAskForHospital(*scope, hospital, "hospital");
  if (!own.ok()) return own;
  return StayFilter{std::move(scope), kommune, hospital,
                    state == v1::STAY_STATE_UNSPECIFIED ? v1::STAY_STATE_INPATIENT : state};
}

BucketList BucketsOf(const Epoch& epoch, const StayFilter& filter) {
  BucketList buckets;
  if (!filter.kommune.empty()) {
    buckets.push_back(BucketAt(epoch.census.by_stay_kommune, filter.kommune));
  } else if (!filter.hospital.empty()) {
    buckets.push_back(BucketAt(epoch.census.by_hospital, filter.hospital));
  } else if (!filter.scope->everything && filter.scope->kommuner.empty()) {
    for (const std::string& hospital : filter.scope->hospitals)
      buckets.push_back(BucketAt(epoch.census.by_hospital, hospital));
  } else {
    for (const auto& [kommune, bucket] : epoch.census.by_stay_kommune.items()) {
      // A hospital's patients are of any kommune.
      if (filter.scope->MaySeeKommune(kommune) || !filter.scope->hospitals.empty())
        buckets.push_back(bucket);
    }
  }
  std::erase(buckets, nullptr);
  return buckets;
}

int64_t NextChange(const BucketList& buckets, int64_t after_us) {
  int64_t next_us = projections::kNeverUs;
  for (const auto& bucket : buckets) {
    for (const auto& stay : *bucket)
      next_us = std::min(next_us, projections::NextChange(stay->entry, after_us));
  }
  return next_us;
}

std::vector<std::shared_ptr<const Contribution>> OpenStays(const Epoch& epoch,
                                                           const StayFilter& filter,
                                                           int64_t now_us) {
  std::vector<std::shared_ptr<const Contribution>> stays;
  const BucketList buckets = BucketsOf(epoch, filter);
  for (const auto& bucket : buckets) {
    for (const auto& stay : *bucket) {
      if (Asked(filter, *stay, now_us)) stays.push_back(stay);
    }
  }
  if (buckets.size() > 1) {
    std::ranges::sort(stays, {}, [](const auto& stay) { return stay->place(); });
    // One that moves is with each of its kommuner.
    stays.erase(std::unique(stays.begin(), stays.end()), stays.end());
  }
  return stays;
}

bool ReadsRows(v1::StayState state) { return !IsOpenOnly(state); }

absl::StatusOr<v1::Stay> ReadStay(const Epoch& epoch, const Contribution& stay, ServeAt at,
                                  const Scope& scope) {
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
  projections::LeaveOutOthers(scope, *epoch.rows, &served);
  return served;
}

absl::StatusOr<v1::ListStaysResponse> ListStays(const Epoch& epoch, const StayFilter& filter,
                                                ServeAt at, int page_size, const std::string& token,
                                                const std::function<bool()>& given_up) {
  if (page_size < 0 || page_size > kPageSizeMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_size", "out of range",
                      "give 1 to 1000, or 0 for 100");
  }
  auto after = ParseToken(token);
  if (!after.ok()) return after.status();
  const size_t size = static_cast<size_t>(page_size == 0 ? kPageSizeDefault : page_size);
  if (!IsOpenOnly(filter.state)) return ListByEnd(epoch, filter, at, size, *after, given_up);
  if (!at.occurred_until_us.has_value())
    return ListOpen(epoch, OpenStays(epoch, filter, at.now_us), at, *filter.scope, size, *after);
  auto stays = OpenStaysThen(epoch, filter, at);
  return stays.ok() ? ListOpen(epoch, *stays, at, *filter.scope, size, *after) : stays.status();
}

v1::PathwayEntry EntryOf(const projections::HeldFact& fact, const projections::DerivedStay* stay,
                         bool cancelled) {
  v1::PathwayEntry entry;
  entry.mutable_fact()->ParseFromString(fact.bytes);
  if (stay != nullptr) entry.set_stay_id(stay->stay.stay_id());
  entry.set_cancelled(cancelled);
  *entry.mutable_appended_at() = ProtoOfUs(fact.appended_us);
  return entry;
}

}  // namespace overgang::board
