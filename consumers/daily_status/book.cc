#include "consumers/daily_status/book.h"

#include <algorithm>
#include <set>

#include "consumers/daily_status/standing.h"
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
  auto issued = projections::FindIssued(rows, scope, DateText(date));
  if (!issued.ok()) return issued.status();
  if (issued->has_value()) {
    status->issued_at = absl::FromUnixMicros((*issued)->appended_us);
    status->issued = std::make_shared<const v1::DailyStatusIssued>(std::move((*issued)->status));
    return absl::OkStatus();
  }
  auto had_before =
      projections::WasIssuedBetween(rows, scope, DateText(date - kMissedDaysMax), DateText(date));
  if (had_before.ok()) status->had_before = *had_before;
  return had_before.status();
}

}  // namespace

std::string DateText(absl::CivilDay date) { return absl::FormatCivilTime(date); }

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
  const std::string text = DateText(date);
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

v1::DailyStatusIssued AsSent(const StatusOfDay& status, size_t corrections) {
  v1::DailyStatusIssued sent = *status.issued;
  for (size_t i = 0; i < std::min(corrections, status.corrections.size()); ++i) {
    for (const v1::StatusNumber& changed : status.corrections[i].correction.changed()) {
      const auto number = std::ranges::find_if(*sent.mutable_numbers(), [&](const auto& candidate) {
        return candidate.name() == changed.name() && candidate.of() == changed.of();
      });
      if (number != sent.mutable_numbers()->end()) *number = changed;
    }
  }
  return sent;
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
