#include "consumers/daily_status/tally.h"

#include <algorithm>

#include "consumers/report/priced_days.h"
#include "core/oslo_time.h"
#include "projections/census.h"
#include "projections/rules/deadlines.h"
#include "projections/rules/payment.h"
#include "projections/tables.h"

namespace overgang::daily_status {
namespace {

using projections::kDayUs;
using projections::kNeverUs;
using projections::KommuneCode;
using projections::StayEntry;
using projections::UkpPeriod;

bool IsIn(const StayEntry& stay, int64_t at_us) {
  return stay.admitted_us <= at_us && at_us < stay.ended_us;
}
bool GoesOn(const UkpPeriod& period, int64_t at_us) {
  return period.since_us <= at_us && at_us < period.until_us;
}

}  // namespace

absl::Time TimeOfDay::On(absl::CivilDay date) const {
  return FromOslo(absl::CivilSecond(date.year(), date.month(), date.day(), hour, minute, 0)).time;
}

Moments MomentsOf(const StatusQuestion& question) {
  Moments at;
  at.now_us = absl::ToUnixMicros(question.counted_at);
  at.date = question.date;
  for (int i = 0; i < kHistoryDays; ++i) {
    const absl::CivilDay date = question.date - kHistoryDays + i;
    at.mornings.at(static_cast<size_t>(i)) = absl::ToUnixMicros(question.send_at.On(date));
  }
  at.since_us = at.mornings.back();
  at.month_from = absl::CivilDay(absl::CivilMonth(question.date - 1));
  at.month_to = question.date;
  return at;
}

template <typename Add>
void Counting::Each(const StayEntry& stay, const KommuneCode& kommune, Add add) {
  KommuneTally& of_kommune = kommuner_[kommune];
  HospitalTally& of_hospital = hospitals_[stay.hospital];
  add(of_kommune.all);
  add(of_kommune.by_hospital[stay.hospital]);
  add(of_hospital.all);
  add(of_hospital.by_kommune[kommune]);
  add(of_hospital.by_ward[stay.ward]);
}

void Counting::Take(const StayEntry& stay) {
  TakeMornings(stay);
  TakeTable(stay);
  auto then = projections::AsHappened(stay, at_.now_us);
  if (!then) return;
  then->stay_kommune = projections::KommuneAt(*then, at_.now_us);
  if (then->ended_us == kNeverUs) TakePresent(*then);
  TakeChanges(*then);
  TakePayment(*then);
  TakeDeadlines(*then);
}

void Counting::TakeMornings(const StayEntry& stay) {
  const auto first = std::ranges::lower_bound(at_.mornings, stay.admitted_us);
  if (first == at_.mornings.end() || *first >= stay.ended_us) return;
  first_morning_ = std::min(first_morning_, static_cast<size_t>(first - at_.mornings.begin()));
  for (const UkpPeriod& period : stay.periods) {
    auto morning = std::ranges::lower_bound(at_.mornings, period.since_us);
    for (; morning != at_.mornings.end() && GoesOn(period, *morning); ++morning) {
      if (!IsIn(stay, *morning)) continue;
      const auto index = static_cast<size_t>(morning - at_.mornings.begin());
      Each(stay, period.kommune, [index](Tally& tally) { ++tally.mornings.at(index); });
    }
  }
}

// As consumers/report counts the published tables.
void Counting::TakeTable(const StayEntry& stay) {
  if (at_.table_us == 0 || !IsIn(stay, at_.table_us)) return;
  TableCounts counts{1};
  for (size_t i = 0; i < stay.periods.size(); ++i) {
    if (!GoesOn(stay.periods[i], at_.table_us)) continue;
    const int64_t waited_us = at_.table_us - projections::WaitingSince(stay.periods, i);
    ++counts[1];
    counts[2] += static_cast<int32_t>(waited_us > kDayUs);
    counts[3] += static_cast<int32_t>(waited_us > 7 * kDayUs);
  }
  Tally& tally = kommuner_[stay.stay_kommune].all;
  for (size_t i = 0; i < counts.size(); ++i) tally.at_table.at(i) += counts.at(i);
}

void Counting::TakePresent(const StayEntry& stay) {
  const bool waits = !stay.periods.empty() && stay.periods.back().until_us == kNeverUs;
  const auto days_ahead =
      stay.expected_us == 0 || waits ? kExpectedDates : OsloDateOfUs(stay.expected_us) - at_.date;
  Each(stay, stay.stay_kommune, [&](Tally& tally) {
    ++tally.inpatients;
    tally.new_to_kommune += static_cast<int32_t>(stay.new_to_kommune());
    tally.corridor += static_cast<int32_t>(stay.corridor);
    if (days_ahead < 0) {
      ++tally.expected_overdue;
    } else if (days_ahead < kExpectedDates) {
      ++tally.expected.at(static_cast<size_t>(days_ahead));
    }
  });
  if (waits) TakeWaiting(stay);
}

void Counting::TakeWaiting(const StayEntry& stay) {
  const UkpPeriod& period = stay.periods.back();
  const int64_t waited_us =
      at_.now_us - projections::WaitingSince(stay.periods, stay.periods.size() - 1);
  const auto* answer = period.replies.empty() ? nullptr : &period.replies.back();
  const bool holds = answer != nullptr && answer->can_receive &&
                     (answer->from_us == 0 || OsloDateOfUs(answer->from_us) <= at_.date);
  Each(stay, period.kommune, [&](Tally& tally) {
    ++tally.ukp;
    tally.over_24h += static_cast<int32_t>(waited_us > kDayUs);
    tally.over_7_days += static_cast<int32_t>(waited_us > 7 * kDayUs);
    tally.over_10_days += static_cast<int32_t>(waited_us > 10 * kDayUs);
    tally.longest_us = std::max(tally.longest_us, waited_us);
    if (answer == nullptr) {
      ++tally.awaiting;
      tally.awaiting_not_notified += static_cast<int32_t>(period.notified_us == 0);
      if (period.notified_us != 0) {
        tally.awaiting_longest_us =
            std::max(tally.awaiting_longest_us, at_.now_us - period.notified_us);
      }
    } else if (answer->can_receive) {
      ++tally.answered_yes;
      tally.answered_yes_due += static_cast<int32_t>(holds);
      tally.answered_yes_longest_us =
          std::max(tally.answered_yes_longest_us, at_.now_us - answer->at_us);
    } else {
      ++tally.answered_no;
    }
  });
}

void Counting::TakeChanges(const StayEntry& stay) {
  const auto is_new = [&](int64_t us) { return us > at_.since_us && us <= at_.now_us; };
  const bool discharged = is_new(stay.ended_us) && !stay.died;
  const bool was_waiting = !stay.periods.empty() && stay.periods.back().until_us == stay.ended_us;
  if (is_new(stay.admitted_us) || discharged) {
    Each(stay, stay.stay_kommune, [&](Tally& tally) {
      tally.admitted += static_cast<int32_t>(is_new(stay.admitted_us));
      tally.discharges += static_cast<int32_t>(discharged);
      tally.discharges_ukp += static_cast<int32_t>(discharged && was_waiting);
    });
  }
  for (const UkpPeriod& period : stay.periods) {
    const bool declared = period.declared && is_new(period.since_us);
    const bool withdrawn = period.end == v1::UKP_END_WITHDRAWN && is_new(period.until_us);
    if (!declared && !withdrawn) continue;
    Each(stay, period.kommune, [&](Tally& tally) {
      tally.declared += static_cast<int32_t>(declared);
      tally.withdrawn += static_cast<int32_t>(withdrawn);
    });
  }
}

void Counting::TakePayment(const StayEntry& stay) {
  const bool present = stay.ended_us == kNeverUs;
  for (const UkpPeriod& period : stay.periods) {
    for (const auto& range : projections::PayableDays(stay, period, terms_, at_.now_us)) {
      const report::Days days = report::Cut({range.from, range.to}, {at_.month_from, at_.month_to});
      if (days.count() == 0 && !present) continue;
      const auto priced = report::Price(days, range.payer.view(), terms_);
      int64_t kr = 0;
      if (priced.ok()) {
        for (const v1::PricedDays& part : *priced) kr += part.amount_kr();
      }
      Each(stay, range.payer, [&](Tally& tally) {
        tally.payable_days += static_cast<int32_t>(days.count());
        tally.payable_kr += kr;
        tally.price_missing |= !priced.ok();
        if (present) tally.payable_so_far += static_cast<int32_t>(range.days());
      });
    }
  }
}

void Counting::TakeDeadlines(const StayEntry& stay) {
  const int64_t month_us = report::BeginUs(at_.month_from);
  for (const auto& deadline : projections::DeadlinesOf(stay)) {
    if (deadline.due_us < std::min(month_us, at_.since_us) || deadline.due_us >= at_.now_us ||
        projections::StateAt(deadline, at_.now_us) != v1::DEADLINE_STATE_MISSED) {
      continue;
    }
    const KommuneCode& kommune = deadline.period == projections::kOfStay
                                     ? stay.stay_kommune
                                     : stay.periods[static_cast<size_t>(deadline.period)].kommune;
    const auto kind = static_cast<size_t>(deadline.kind);
    Each(stay, kommune, [&](Tally& tally) {
      tally.missed.at(kind) += static_cast<int32_t>(deadline.due_us >= at_.since_us);
      tally.missed_month.at(kind) += static_cast<int32_t>(deadline.due_us >= month_us);
    });
  }
}

const KommuneTally& Counting::OfKommune(std::string_view kommune) const {
  static const KommuneTally kNobody;
  KommuneCode code;
  const auto found = code.Assign(kommune) ? kommuner_.find(code) : kommuner_.end();
  return found == kommuner_.end() ? kNobody : found->second;
}

const HospitalTally& Counting::OfHospital(std::string_view hospital) const {
  static const HospitalTally kNobody;
  projections::HospitalCode code;
  const auto found = code.Assign(hospital) ? hospitals_.find(code) : hospitals_.end();
  return found == hospitals_.end() ? kNobody : found->second;
}

}  // namespace overgang::daily_status
