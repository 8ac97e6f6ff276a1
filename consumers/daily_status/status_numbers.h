// The numbers of the daily statuses: what each kommune and hospital has to plan for, counted of one
// epoch (docs/status.md defines each). Counted is what had happened by `counted_at`, as the epoch
// knows it; so the same question of a later epoch counts the same moment anew, better known.
//
// Threads: none of its own; reads rows, so call it on a worker's thread. Nothing is decided here:
// decision, missed_date and late of what comes back are the caller's to fill in.
// Errors: the store's; INVALID_ARGUMENT for what is no scope.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/directory.h"
#include "core/payment_terms.h"
#include "overgang/v1/status.pb.h"
#include "projections/views.h"

namespace overgang::daily_status {

inline constexpr int kHistoryDays = 28;   // Past mornings in a status.
inline constexpr int kExpectedDates = 3;  // Today and the next two.
// A report of beds or places that is older than this is told to be.
inline constexpr absl::Duration kReportOldAfter = absl::Hours(24);

// Oslo's clock, of a schedule.
struct TimeOfDay {
  int hour = 7;
  int minute = 30;
  absl::Time On(absl::CivilDay date) const;
};

struct StatusQuestion {
  std::shared_ptr<const projections::Epoch> epoch;
  const Directory* directory = nullptr;
  const PaymentTerms* terms = nullptr;
  absl::CivilDay date;    // The status's.
  TimeOfDay send_at;      // The time of day that past mornings are counted at.
  absl::Time counted_at;  // The now of everything relative to now.
  v1::AsOf as_of;         // Views::AsOf(*epoch, counted_at).
  // The status issued for the day before, by scope: what changes are told against. A scope that has
  // none is told against a count of yesterday's morning.
  std::map<std::string, v1::DailyStatusIssued, std::less<>> before;
};

// One for each scope ("k:<kommune>", "h:<hospital>"), in their order; all counted in one pass.
absl::StatusOr<std::vector<v1::DailyStatusIssued>> CountStatuses(
    const StatusQuestion& question, const std::vector<std::string>& scopes);

// Whether a number is made of UKP periods and answers alone: of these a correction is sent where
// another count of the same moment says otherwise.
bool CallsForCorrection(const v1::StatusNumber& number);
// Whether a correction tells it: everything that is counted of stays, so that all its tables add
// up. What units reported or was published, and what was said the day before, stand as sent.
bool IsRecounted(const v1::StatusNumber& number);
// The status as the correction has it.
void Correct(const v1::DailyStatusCorrected& correction, v1::DailyStatusIssued* status);

// The number of this name and part; null where there is none.
const v1::StatusNumber* FindNumber(const v1::DailyStatusIssued& status, std::string_view name,
                                   std::string_view of = "");

}  // namespace overgang::daily_status
