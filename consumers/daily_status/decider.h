// What is to be decided of statuses and mails: pure functions of what the log says, of who gets
// mails, and of now. Whoever decides, and however often, decides the same; the first record in the
// log counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "consumers/daily_status/book.h"
#include "consumers/daily_status/recipients.h"
#include "consumers/daily_status/standing.h"
#include "overgang/v1/status.pb.h"

namespace overgang::daily_status {

// What was issued so long after its time of day says that it is late.
inline constexpr absl::Duration kLateAfter = absl::Minutes(2);
inline constexpr int kCorrectionsMax = 10;  // Of one status.

// A mail that is to be, was, or failed to be.
struct DeliveryOfDay {
  projections::MailKey key;
  const Recipient* recipient = nullptr;  // Null: nobody gets it any more.
  const rows::Mail* mail = nullptr;      // Null: never tried.
  Standing standing;
};

// By scope, revision and address hash. What is not issued yet is due at its time of day, or missed.
// Of corrections the newest is sent, alone.
std::vector<DeliveryOfDay> DeliveriesOf(const DayBook& day, const Recipients& recipients,
                                        const Policy& policy, absl::Time now);

// A status that should be there and is not.
struct StatusDue {
  std::string scope;
  std::string missed_date;  // YYYY-MM-DD; empty: none was missed.
  bool late = false;
};
std::vector<StatusDue> StatusesDue(const Book::Days& days, const Recipients& recipients,
                                   const Policy& policy, absl::Time now);

// Whether the status of this day could still be issued without being asked for, at `now`.
bool IsOver(const DayBook& day, const Policy& policy, absl::Time now);

// The next correction: what another count of the same moment says otherwise than what was sent,
// where that is enough to be told. Without its decision.
std::optional<v1::DailyStatusCorrected> CorrectionOf(const v1::DailyStatusIssued& sent,
                                                     const v1::DailyStatusIssued& recount,
                                                     int correct_from);

// The newest status of each scope, which is the one that corrections are of.
struct Correctable {
  const DayBook* day;
  std::string scope;
  const StatusOfDay* status;
};
std::vector<Correctable> CorrectablesOf(const Book::Days& days);

}  // namespace overgang::daily_status
