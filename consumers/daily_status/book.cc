#include "consumers/daily_status/book.h"

#include <algorithm>
#include <set>

#include "consumers/daily_status/standing.h"
#include "consumers/daily_status/status_numbers.h"
#include "core/oslo_time.h"
#include "core/topics.h"

namespace overgang::daily_status {
namespace {

absl::Status ReadStatus(const StateSnapshot& rows, const std::string& scope, absl::CivilDay date,
                        const DayBook* known, StatusOfDay* status) {
  if (known != nullptr) {
    const auto before = known->statuses.find(scope);
    if (before != known->statuses.end() && before->second.issued != nullptr) {
      status->issued = before->second.issued;
      status->issued_at = before->second.issued_at;
      return absl::OkStatus();
    }
  }
  auto issued = projections::FindIssued(rows, scope, absl::FormatCivilTime(date));
  if (!issued.ok()) return issued.status();
  if (issued->has_value()) {
    status->issued_at = absl::FromUnixMicros((*issued)->appended_us);
    status->issued = std::make_shared<const v1::DailyStatusIssued>(std::move((*issued)->status));
    return absl::OkStatus();
  }
  auto had_before = projections::WasIssuedBetween(
      rows, scope, absl::FormatCivilTime(date - kMissedDaysMax), absl::FormatCivilTime(date));
  if (had_before.ok()) status->had_before = *had_before;
  return had_before.status();
}

}  // namespace

bool DayBook::IsPaused(const std::string& scope, const std::string& address_hash,
                       absl::Time now) const {
  const auto pause = pauses.find({scope, address_hash});
  return pause != pauses.end() && Holds(pause->second, now);
}

absl::StatusOr<std::shared_ptr<const DayBook>> ReadDay(const StateSnapshot& rows,
                                                       absl::CivilDay date,
                                                       const std::vector<std::string>& scopes,
                                                       const DayBook* known) {
  auto day = std::make_shared<DayBook>();
  day->date = date;
  const std::string text = absl::FormatCivilTime(date);
  for (const std::string& scope : scopes) day->statuses[scope];
  absl::Status status = projections::ScanMails(
      rows, text, [&](const projections::MailKey& key, const rows::Mail& mail) {
        day->mails[key] = mail;
        day->statuses[key.scope];
      });
  if (status.ok()) {
    status = projections::ScanStatusRequests(
        rows, text, [&](std::string_view scope, const rows::StatusRequest& request) {
          day->statuses[std::string(scope)].requested =
              absl::FromUnixMicros(request.requested_us());
        });
  }
  if (status.ok()) {
    status = projections::ScanCorrections(
        rows, text, "", [&](std::string_view scope, projections::CorrectedStatus corrected) {
          day->statuses[std::string(scope)].corrections.push_back(std::move(corrected));
        });
  }
  if (status.ok()) {
    status = projections::ScanPauses(
        rows, [&](std::string_view scope, std::string_view hash, const rows::Pause& pause) {
          day->pauses[{std::string(scope), std::string(hash)}] = pause;
        });
  }
  for (auto& [scope, of_scope] : day->statuses) {
    if (status.ok()) status = ReadStatus(rows, scope, date, known, &of_scope);
  }
  if (!status.ok()) return status;
  return day;
}

v1::DailyStatusIssued AsSent(const StatusOfDay& status, int revision) {
  v1::DailyStatusIssued sent = *status.issued;
  for (const auto& corrected : status.corrections) {
    if (corrected.correction.decision().revision() > revision) break;
    Correct(corrected.correction, &sent);
  }
  return sent;
}

int ReceivedBefore(const DayBook& day, const projections::MailKey& key, absl::Time at) {
  projections::MailKey earlier = key;
  for (earlier.revision = key.revision - 1; earlier.revision > 0; --earlier.revision) {
    const auto mail = day.mails.find(earlier);
    if (mail == day.mails.end()) continue;
    for (const rows::MailTry& tried : mail->second.tries()) {
      if (projections::OutcomeOf(tried) == projections::TryOutcome::kAccepted &&
          absl::FromUnixMicros(tried.outcome_us()) <= at)
        return earlier.revision;
    }
  }
  return 0;
}

absl::StatusOr<Recipients> RecipientsThen(const StateSnapshot& rows, absl::CivilDay date,
                                          const Recipients& recipients) {
  std::set<std::pair<std::string, std::string>> had;  // By scope and address hash.
  for (absl::CivilDay day = date - kMissedDaysMax; day <= date; ++day) {
    const absl::Status status = projections::ScanMails(
        rows, absl::FormatCivilTime(day),
        [&](const auto& key, const rows::Mail&) { had.emplace(key.scope, key.address_hash); });
    if (!status.ok()) return status;
  }
  Recipients then = recipients;
  std::erase_if(then.daily_status, [&](const Recipient& recipient) {
    return !had.contains({recipient.scope, recipient.address_hash});
  });
  return then;
}

absl::StatusOr<Book::Days> Book::Read(const projections::Epoch& epoch, absl::Time now,
                                      const std::vector<std::string>& scopes) {
  const int64_t end = epoch.cursor.next[TopicPartition{Topic::kStatus, 0}.Index()];
  const absl::CivilDay date = OsloDate(now);
  const bool same_date = days_.today != nullptr && days_.today->date == date;
  if (same_date && end == read_to_ && scopes == scopes_) return days_;
  Days days;
  for (auto [day, at] : {std::pair{&days.today, date}, {&days.yesterday, date - 1}}) {
    const DayBook* known = nullptr;
    for (const auto& read : {days_.today, days_.yesterday}) {
      if (read != nullptr && read->date == at) known = read.get();
    }
    auto read = ReadDay(*epoch.rows, at, scopes, known);
    if (!read.ok()) return read.status();
    *day = *std::move(read);
  }
  days_ = days;
  read_to_ = end;
  scopes_ = scopes;
  return days_;
}

}  // namespace overgang::daily_status
