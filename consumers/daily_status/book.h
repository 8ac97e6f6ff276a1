// What the log says of the statuses and mails of a date, read into memory: what deciders and
// answers start from. A DayBook is immutable; old dates are in the rows only.
//
// Threads: functions; a Book belongs to one thread. Errors: the store's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "consumers/daily_status/recipients.h"
#include "overgang/v1/status.pb.h"
#include "projections/deliveries.h"
#include "projections/views.h"

namespace overgang::daily_status {

// A scope that had no status for longer than this is not told that it missed one.
inline constexpr int kMissedDaysMax = 31;

struct StatusOfDay {
  std::shared_ptr<const v1::DailyStatusIssued> issued;  // Null: not (yet).
  absl::Time issued_at;
  std::vector<projections::CorrectedStatus> corrections;  // By revision, from 1 on.
  bool had_before = false;  // Of one that was not issued: had one within kMissedDaysMax before.
  std::optional<absl::Time> requested;
};

struct DayBook {
  absl::CivilDay date;
  std::map<std::string, StatusOfDay, std::less<>> statuses;  // By scope.
  std::map<projections::MailKey, rows::Mail> mails;
  std::map<std::pair<std::string, std::string>, rows::Pause> pauses;  // By scope and address hash.

  bool IsPaused(const std::string& scope, const std::string& address_hash, absl::Time now) const;
};

// Of these scopes, and of whatever else has a mail on the date. `known`: an earlier reading of the
// same date, so that what was issued is not read again; may be null.
absl::StatusOr<std::shared_ptr<const DayBook>> ReadDay(const StateSnapshot& rows,
                                                       absl::CivilDay date,
                                                       const std::vector<std::string>& scopes,
                                                       const DayBook* known);

// What the mail of this revision said: the status with its corrections up to there. All of them by
// default.
v1::DailyStatusIssued AsSent(const StatusOfDay& status,
                             int revision = projections::kMailRevisionMax);
// The revision that a mail's reader has had before it for certain, by `at`: what a correction is
// told against.
int ReceivedBefore(const DayBook& day, const projections::MailKey& key,
                   absl::Time at = absl::InfiniteFuture());

// The recipients that there were on a date past, as far as the log tells: those of today's file who
// had a mail on it or up to kMissedDaysMax days before. Whom it names besides, its mails tell.
absl::StatusOr<Recipients> RecipientsThen(const StateSnapshot& rows, absl::CivilDay date,
                                          const Recipients& recipients);

// The books of today and yesterday, read again when the log has said something new of them.
class Book {
 public:
  struct Days {
    std::shared_ptr<const DayBook> today;
    std::shared_ptr<const DayBook> yesterday;
  };
  absl::StatusOr<Days> Read(const projections::Epoch& epoch, absl::Time now,
                            const std::vector<std::string>& scopes);

 private:
  Days days_;
  int64_t read_to_ = -1;  // Offset of the status topic.
  std::vector<std::string> scopes_;
};

}  // namespace overgang::daily_status
