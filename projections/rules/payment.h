// Which days a kommune pays for (§ 13 of the regulation; docs/rules.md). Pure.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "core/payment_terms.h"
#include "projections/pathway/entry.h"

namespace overgang::projections {

// Until then the kommune of residence paid, and for somatic care only.
inline constexpr absl::CivilDay kStayKommunePaysFrom(2019, 1, 1);

inline constexpr int kNotByReply = -1;

// Payable days: from and including `from`, to but not including `to`.
struct PayableRange {
  absl::CivilDay from;
  absl::CivilDay to;
  KommuneCode payer;
  int opened_by = kNotByReply;  // The reply (a no) that began it; else the notices did.
  int closed_by = kNotByReply;  // The reply (a yes) that ended it; else the period did, or now.
  bool operator==(const PayableRange&) const = default;
  int64_t days() const { return to - from; }
};

// From when the three conditions of § 13 hold, whatever the kommune answers; nothing while one is
// missing.
std::optional<absl::CivilDay> StartOfPayment(const StayEntry& stay, const UkpPeriod& period,
                                             bool after_24_hours);

// The payable days of one period, by time; to the day before `now_us` where it goes on. A range has
// one payer: a period over the day when payment went over to the kommune of stay has two.
std::vector<PayableRange> PayableDays(const StayEntry& stay, const UkpPeriod& period,
                                      const PaymentTerms& terms, int64_t now_us);

// Of all periods.
int64_t PayableDayCount(const StayEntry& stay, const PaymentTerms& terms, int64_t now_us);

// Whole Oslo dates as utskrivningsklar, payable or not.
int64_t Overliggerdogn(const UkpPeriod& period, int64_t now_us);
int64_t Overliggerdogn(const StayEntry& stay, int64_t now_us);

}  // namespace overgang::projections
