// The fold of overgang.status.v1: which status was issued for whom and when, what was corrected,
// what became of each mail, who is paused, and what a person asked to be sent.
//
// Of a status, of a revision of its correction and of an attempt the first record in the log
// counts. Of an attempt's outcomes the one that knows most counts: accepted before rejected before
// uncertain, and among equals the first. Of a recipient's pauses the one ordered last counts. What
// is no message of the hub's is ignored. Nothing stays in memory beyond an epoch; a row of a mail
// is bounded by kTriesKept.
//
// Threads: the fold's is one; the functions below read rows of any epoch. Errors: the store's;
// DATA_LOSS where a row cannot be read. Units: microseconds since 1970 UTC, of the log's clock.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/mail_key.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

inline constexpr int kTriesKept = 96;  // Attempts of one mail; later ones count for nothing.

// By how much it says.
enum class TryOutcome : unsigned char { kNone, kUncertain, kRejected, kAccepted };

inline TryOutcome OutcomeOf(const rows::MailTry& tried) {
  return static_cast<TryOutcome>(tried.outcome());
}

class DeliveriesFold {
 public:
  explicit DeliveriesFold(const StateStore& store) : store_(store) {}

  [[nodiscard]] absl::Status Apply(const v1::Envelope& envelope, int64_t appended_us);
  void EndEpoch(WriteSet* writes);

 private:
  absl::Status ApplyFirst(Table table, const std::string& key, const std::string& fact,
                          int64_t appended_us);
  absl::Status ApplyAttempt(const v1::MailAttempted& attempted, int64_t appended_us);
  absl::Status ApplyOutcome(std::string_view message_id, rows::MailTry outcome);
  absl::Status ApplyPause(const v1::Envelope& envelope);
  absl::Status ApplyRequest(const v1::DailyStatusRequested& requested, int64_t appended_us);
  // The row as it is in this epoch, to be changed.
  template <typename Row>
  absl::StatusOr<Row*> Change(std::map<std::string, Row>* changed, Table table,
                              const std::string& key);

  const StateStore& store_;
  std::map<std::pair<Table, std::string>, rows::StatusFact> first_;
  std::map<std::string, rows::Mail> mails_;
  std::map<std::string, rows::Pause> pauses_;
  std::map<std::string, rows::StatusRequest> requests_;
};

struct IssuedStatus {
  v1::DailyStatusIssued status;
  int64_t appended_us = 0;
};
struct CorrectedStatus {
  v1::DailyStatusCorrected correction;  // decision().revision() is the mail's.
  int64_t appended_us = 0;
};

absl::StatusOr<std::optional<IssuedStatus>> FindIssued(const StateSnapshot& rows,
                                                       std::string_view scope,
                                                       std::string_view date);
// Whether a scope had a status on a date from `from` (inclusive) to `to` (exclusive), YYYY-MM-DD.
absl::StatusOr<bool> WasIssuedBetween(const StateSnapshot& rows, std::string_view scope,
                                      std::string_view from, std::string_view to);
// Of one date, by scope and revision. An empty scope: of all.
absl::Status ScanCorrections(
    const StateSnapshot& rows, std::string_view date, std::string_view scope,
    const std::function<void(std::string_view scope, CorrectedStatus)>& visit);
// Of the daily status of one date, in the order of the keys.
absl::Status ScanMails(const StateSnapshot& rows, std::string_view date,
                       const std::function<void(const MailKey&, const rows::Mail&)>& visit);
// The same of cards that were given on the date.
absl::Status ScanCardMails(const StateSnapshot& rows, std::string_view date,
                           const std::function<void(const MailKey&, const rows::Mail&)>& visit);
absl::StatusOr<std::optional<rows::Mail>> FindMail(const StateSnapshot& rows, const MailKey& key);
absl::Status ScanPauses(const StateSnapshot& rows,
                        const std::function<void(std::string_view scope, std::string_view hash,
                                                 const rows::Pause&)>& visit);
absl::Status ScanStatusRequests(
    const StateSnapshot& rows, std::string_view date,
    const std::function<void(std::string_view scope, const rows::StatusRequest&)>& visit);

}  // namespace overgang::projections
