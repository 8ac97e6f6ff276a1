// Sums over stays, of each kommune and hospital and of their parts, at one moment: what the numbers
// of a status are made of. All scopes are counted in one pass.
//
// Threads: one. Units: microseconds since 1970 UTC. Errors: none; a year without a price is told
// with the sum that lacks it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "consumers/daily_status/status_numbers.h"
#include "projections/pathway/entry.h"

namespace overgang::daily_status {

inline constexpr size_t kDeadlineKinds = v1::DeadlineKind_ARRAYSIZE;

// What is counted of the published tables' moment, in their order: inpatients, ukp, ukp_over_24h,
// ukp_over_7_days.
using TableCounts = std::array<int32_t, 4>;

struct Tally {
  // In hospital now.
  int32_t inpatients = 0;
  int32_t new_to_kommune = 0;
  int32_t corridor = 0;
  std::array<int32_t, kExpectedDates> expected{};  // Not utskrivningsklare.
  int32_t expected_overdue = 0;
  // Utskrivningsklare now.
  int32_t ukp = 0;
  int32_t over_24h = 0;
  int32_t over_7_days = 0;
  int32_t over_10_days = 0;
  int64_t longest_us = 0;
  int32_t awaiting = 0;
  int32_t awaiting_not_notified = 0;
  int64_t awaiting_longest_us = 0;  // Since the notice.
  int32_t answered_no = 0;
  int32_t answered_yes = 0;
  int32_t answered_yes_due = 0;
  int64_t answered_yes_longest_us = 0;  // Since the answer.
  // Since yesterday's morning.
  int32_t admitted = 0;
  int32_t discharges = 0;
  int32_t discharges_ukp = 0;
  int32_t declared = 0;
  int32_t withdrawn = 0;
  std::array<int32_t, kDeadlineKinds> missed{};
  // This month so far.
  std::array<int32_t, kDeadlineKinds> missed_month{};
  int32_t payable_days = 0;
  int64_t payable_kr = 0;
  bool price_missing = false;
  // Of those in hospital now.
  int32_t payable_so_far = 0;
  // Utskrivningsklare on past mornings, the oldest first.
  std::array<int32_t, kHistoryDays> mornings{};
  TableCounts at_table{};
};

struct KommuneTally {
  Tally all;
  std::map<projections::HospitalCode, Tally> by_hospital;
};

struct HospitalTally {
  Tally all;
  std::map<projections::KommuneCode, Tally> by_kommune;
  std::map<projections::Code<24>, Tally> by_ward;
};

// The instants and dates that a status counts at.
struct Moments {
  int64_t now_us = 0;
  absl::CivilDay date;
  int64_t since_us = 0;                          // Yesterday's morning.
  std::array<int64_t, kHistoryDays> mornings{};  // The oldest first; the last is `since_us`.
  absl::CivilDay month_from;                     // The month of yesterday,
  absl::CivilDay month_to;                       // to today, exclusive.
  int64_t table_us = 0;                          // Of the published tables; 0: there are none.
};
// Without tables.
Moments MomentsOf(const StatusQuestion& question);

class Counting {
 public:
  Counting(const Moments& moments, const PaymentTerms& terms) : at_(moments), terms_(terms) {}

  // A stay as known, whatever happened to it after the moment.
  void Take(const projections::StayEntry& stay);

  // Nothing counted: of nobody.
  const KommuneTally& OfKommune(std::string_view kommune) const;
  const HospitalTally& OfHospital(std::string_view hospital) const;
  // From this index of Tally::mornings on there was anybody in hospital at all; what was before is
  // not known.
  size_t first_morning_known() const { return first_morning_; }

 private:
  template <typename Add>
  void Each(const projections::StayEntry& stay, const projections::KommuneCode& kommune, Add add);
  void TakeMornings(const projections::StayEntry& stay);
  void TakeTable(const projections::StayEntry& stay);
  void TakePresent(const projections::StayEntry& stay);
  void TakeWaiting(const projections::StayEntry& stay);
  void TakeChanges(const projections::StayEntry& stay);
  void TakePayment(const projections::StayEntry& stay);
  void TakeDeadlines(const projections::StayEntry& stay);

  const Moments at_;
  const PaymentTerms& terms_;
  size_t first_morning_ = kHistoryDays;
  std::map<projections::KommuneCode, KommuneTally> kommuner_;
  std::map<projections::HospitalCode, HospitalTally> hospitals_;
};

}  // namespace overgang::daily_status
