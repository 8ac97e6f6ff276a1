#include "projections/census.h"

#include <algorithm>

#include "projections/rules/payment.h"
#include "projections/tables.h"

namespace overgang::projections {

const Bucket* BucketIndex::Find(std::string_view key) const {
  const auto it = std::ranges::lower_bound(
      items_, key, {}, [](const Item& item) { return std::string_view(item.first); });
  return it == items_.end() || it->first != key ? nullptr : it->second.get();
}

void BucketIndex::Put(const std::string& key, std::shared_ptr<const Contribution> stay) {
  const Place place = stay->place();
  edited_[key][place] = std::move(stay);
}

void BucketIndex::Remove(const std::string& key, const Contribution& stay) {
  edited_[key][stay.place()] = nullptr;
}

std::shared_ptr<const Bucket> BucketIndex::Merge(const Bucket* old, Edits edits) {
  auto merged = std::make_shared<Bucket>();
  if (old != nullptr) merged->reserve(old->size() + edits.size());
  auto edit = edits.begin();
  const auto take = [&] {
    if (edit->second != nullptr) merged->push_back(std::move(edit->second));
    ++edit;
  };
  if (old != nullptr) {
    for (const auto& stay : *old) {
      const Place place = stay->place();
      while (edit != edits.end() && edit->first < place) take();
      if (edit != edits.end() && edit->first == place) {
        take();
      } else {
        merged->push_back(stay);
      }
    }
  }
  while (edit != edits.end()) take();
  return merged;
}

void BucketIndex::EndEpoch() {
  for (auto& [key, edits] : edited_) {
    const auto it = std::ranges::lower_bound(items_, key, {}, &Item::first);
    const bool known = it != items_.end() && it->first == key;
    std::shared_ptr<const Bucket> bucket =
        Merge(known ? it->second.get() : nullptr, std::move(edits));
    if (bucket->empty()) {
      if (known) items_.erase(it);
    } else if (known) {
      it->second = std::move(bucket);
    } else {
      items_.emplace(it, key, std::move(bucket));
    }
  }
  edited_.clear();
}

void CensusFold::Put(const std::shared_ptr<const Contribution>& stay) {
  if (stay->entry.ended_us != kNeverUs) return;
  view_.by_stay_kommune.Put(stay->entry.stay_kommune.str(), stay);
  for (const KommuneFrom& segment : stay->entry.segments)
    view_.by_stay_kommune.Put(segment.kommune.str(), stay);
  view_.by_residence_kommune.Put(stay->entry.residence_kommune.str(), stay);
  view_.by_hospital.Put(stay->entry.hospital.str(), stay);
}

void CensusFold::Remove(const Contribution& stay) {
  if (stay.entry.ended_us != kNeverUs) return;
  view_.by_stay_kommune.Remove(stay.entry.stay_kommune.str(), stay);
  for (const KommuneFrom& segment : stay.entry.segments)
    view_.by_stay_kommune.Remove(segment.kommune.str(), stay);
  view_.by_residence_kommune.Remove(stay.entry.residence_kommune.str(), stay);
  view_.by_hospital.Remove(stay.entry.hospital.str(), stay);
}

void CensusFold::Apply(const std::vector<StayChange>& changes) {
  for (const StayChange& change : changes) {
    if (change.before) Remove(*change.before);
  }
  for (const StayChange& change : changes) {
    if (change.after) Put(change.after);
  }
}

void CensusFold::EndEpoch() {
  view_.by_stay_kommune.EndEpoch();
  view_.by_residence_kommune.EndEpoch();
  view_.by_hospital.EndEpoch();
}

bool IsInpatient(const Contribution& stay) { return stay.entry.ended_us == kNeverUs; }

namespace {

// In the periods of the kommune that is counted.
uint32_t PayableDaysOf(const StayEntry& stay, CountAt at, std::string_view kommune) {
  int64_t days = 0;
  for (const UkpPeriod& period : stay.periods) {
    if (period.kommune.view() != kommune) continue;
    for (const PayableRange& range : PayableDays(stay, period, *at.terms, at.now_us))
      days += range.days();
  }
  return static_cast<uint32_t>(days);
}

uint32_t PayableDaysOf(const Contribution& stay, CountAt at, std::string_view kommune) {
  const auto compute = [&] { return PayableDaysOf(stay.entry, at, kommune); };
  if (stay.entry.stay_kommune.view() != kommune) return compute();
  return stay.payable_days.Get(at.now_us, at.terms->mark(), compute);
}

template <typename Census>
void CountWaiting(int64_t waited_us, Census* census) {
  census->set_ukp(census->ukp() + 1);
  if (waited_us > kDayUs) census->set_ukp_over_24h(census->ukp_over_24h() + 1);
  if (waited_us > 7 * kDayUs) census->set_ukp_over_7_days(census->ukp_over_7_days() + 1);
  if (waited_us > 10 * kDayUs) census->set_ukp_over_10_days(census->ukp_over_10_days() + 1);
}

}  // namespace

void Count(const Contribution& stay, CountAt at, v1::KommuneCensus* census) {
  if (!IsInpatient(stay)) return;
  census->set_inpatients(census->inpatients() + 1);
  if (stay.entry.new_to_kommune()) census->set_new_to_kommune(census->new_to_kommune() + 1);
  if (!stay.entry.periods.empty()) {
    census->set_payable_days_so_far(
        census->payable_days_so_far() +
        static_cast<int32_t>(PayableDaysOf(stay, at, census->kommune())));
  }
  const int period = PeriodGoingOn(stay.entry, at.now_us);
  if (period == kNoPeriod) {
    const int64_t expected_us = stay.entry.expected_us;
    if (expected_us != 0 && expected_us <= at.now_us + kDayUs) {
      census->set_expected_discharges_24h(census->expected_discharges_24h() + 1);
    }
    return;
  }
  const auto index = static_cast<size_t>(period);
  const int64_t waited_us = at.now_us - WaitingSince(stay.entry.periods, index);
  CountWaiting(waited_us, census);
  if (stay.entry.periods[index].replies.empty())
    census->set_awaiting_answer(census->awaiting_answer() + 1);
  if (waited_us / 1'000'000 > census->longest_ukp().seconds())
    census->mutable_longest_ukp()->set_seconds(waited_us / 1'000'000);
}

void Count(const Contribution& stay, CountAt at, v1::HospitalCensus* census) {
  if (!IsInpatient(stay)) return;
  census->set_inpatients(census->inpatients() + 1);
  if (stay.entry.corridor) census->set_corridor(census->corridor() + 1);
  const int period = PeriodGoingOn(stay.entry, at.now_us);
  if (period == kNoPeriod) return;
  CountWaiting(at.now_us - WaitingSince(stay.entry.periods, static_cast<size_t>(period)), census);
}

}  // namespace overgang::projections
