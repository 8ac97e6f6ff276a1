#include "projections/deliveries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

constexpr absl::string_view kEnd("\0", 1);  // Of a part of a key.
constexpr absl::string_view kAfterEnd("\1", 1);

std::string IssuedKey(std::string_view scope, std::string_view date) {
  return absl::StrCat(std::string(scope), kEnd, std::string(date));
}

std::string CorrectedKey(std::string_view date, std::string_view scope, int revision) {
  return absl::StrCat(std::string(date), kEnd, std::string(scope), kEnd,
                      absl::StrFormat("%03d", revision));
}

absl::Status Unreadable(std::string_view what) {
  return absl::DataLossError(absl::StrCat("a row of ", std::string(what),
                                          " cannot be read; delete the views' folder, they are "
                                          "made anew from the log"));
}

bool IsStatus(std::string_view scope, std::string_view date) {
  return IsStatusScope(scope) && ParseDate(date).ok();
}

// Where an attempt stands, or would.
rows::MailTry* TryOf(rows::Mail* mail, int attempt) {
  auto& tries = *mail->mutable_tries();
  const auto at = std::ranges::lower_bound(tries, attempt, {}, &rows::MailTry::attempt);
  const int index = static_cast<int>(at - tries.begin());
  if (at != tries.end() && at->attempt() == attempt) return tries.Mutable(index);
  tries.Add()->set_attempt(attempt);
  for (int i = tries.size() - 1; i > index; --i) tries.SwapElements(i, i - 1);
  return tries.Mutable(index);
}

template <typename Row>
absl::Status ScanRows(const StateSnapshot& rows, Table table, const std::string& from,
                      const std::string& to,
                      const std::function<absl::Status(std::string_view, const Row&)>& visit) {
  absl::Status inner;
  absl::Status status =
      rows.Scan(table, from, to, [&](std::string_view key, std::string_view value) {
        Row row;
        inner = row.ParseFromArray(value.data(), static_cast<int>(value.size()))
                    ? visit(key, row)
                    : Unreadable("the daily status");
        return inner.ok();
      });
  return status.ok() ? inner : status;
}

}  // namespace

template <typename Row>
absl::StatusOr<Row*> DeliveriesFold::Change(std::map<std::string, Row>* changed, Table table,
                                            const std::string& key) {
  const auto [it, added] = changed->try_emplace(key);
  if (!added) return &it->second;
  auto stored = store_.Get(table, key);
  if (!stored.ok()) {
    changed->erase(it);
    return stored.status();
  }
  if (stored->has_value() && !it->second.ParseFromString(**stored)) {
    changed->erase(it);
    return Unreadable("the daily status");
  }
  return &it->second;
}

absl::Status DeliveriesFold::Apply(const v1::Envelope& envelope, int64_t appended_us) {
  rows::MailTry outcome;
  outcome.set_outcome_us(appended_us);
  switch (envelope.fact_case()) {
    case v1::Envelope::kDailyStatusIssued: {
      const v1::DailyStatusIssued& issued = envelope.daily_status_issued();
      if (!IsStatus(issued.scope(), issued.date())) return absl::OkStatus();
      return ApplyFirst(kIssued, IssuedKey(issued.scope(), issued.date()),
                        issued.SerializeAsString(), appended_us);
    }
    case v1::Envelope::kDailyStatusCorrected: {
      const v1::DailyStatusCorrected& corrected = envelope.daily_status_corrected();
      const int revision = corrected.decision().revision();
      if (!IsStatus(corrected.scope(), corrected.date()) || revision < 1 ||
          revision > kMailRevisionMax)
        return absl::OkStatus();
      return ApplyFirst(kCorrected, CorrectedKey(corrected.date(), corrected.scope(), revision),
                        corrected.SerializeAsString(), appended_us);
    }
    case v1::Envelope::kMailAttempted:
      return ApplyAttempt(envelope.mail_attempted(), appended_us);
    case v1::Envelope::kMailAccepted:
      outcome.set_attempt(envelope.mail_accepted().attempt());
      outcome.set_outcome(static_cast<int>(TryOutcome::kAccepted));
      outcome.set_reply(envelope.mail_accepted().reply());
      return ApplyOutcome(envelope.mail_accepted().message_id(), std::move(outcome));
    case v1::Envelope::kMailRejected:
      outcome.set_attempt(envelope.mail_rejected().attempt());
      outcome.set_outcome(static_cast<int>(TryOutcome::kRejected));
      outcome.set_code(envelope.mail_rejected().code());
      outcome.set_permanent(envelope.mail_rejected().permanent());
      outcome.set_reply(envelope.mail_rejected().reply());
      return ApplyOutcome(envelope.mail_rejected().message_id(), std::move(outcome));
    case v1::Envelope::kMailUncertain:
      outcome.set_attempt(envelope.mail_uncertain().attempt());
      outcome.set_outcome(static_cast<int>(TryOutcome::kUncertain));
      outcome.set_retry_us(UsOfProto(envelope.mail_uncertain().retry_at()));
      return ApplyOutcome(envelope.mail_uncertain().message_id(), std::move(outcome));
    case v1::Envelope::kRecipientPaused:
      return ApplyPause(envelope);
    case v1::Envelope::kDailyStatusRequested:
      return ApplyRequest(envelope.daily_status_requested(), appended_us);
    default:
      return absl::OkStatus();
  }
}

absl::Status DeliveriesFold::ApplyFirst(Table table, const std::string& key,
                                        const std::string& fact, int64_t appended_us) {
  const auto [it, added] = first_.try_emplace({table, key});
  if (!added) return absl::OkStatus();
  auto stored = store_.Get(table, key);
  if (!stored.ok() || stored->has_value()) {
    first_.erase(it);
    return stored.status();
  }
  it->second.set_fact(fact);
  it->second.set_appended_us(appended_us);
  return absl::OkStatus();
}

absl::Status DeliveriesFold::ApplyAttempt(const v1::MailAttempted& attempted, int64_t appended_us) {
  const auto key = MailKey::Parse(attempted.message_id());
  if (!key.has_value() || attempted.attempt() < 1 || attempted.attempt() > kTriesKept)
    return absl::OkStatus();
  auto mail = Change(&mails_, kMail, key->RowKey());
  if (!mail.ok()) return mail.status();
  rows::MailTry* tried = TryOf(*mail, attempted.attempt());
  if (tried->attempted_us() != 0) return absl::OkStatus();
  tried->set_attempted_us(appended_us);
  tried->set_doer(attempted.doer());
  tried->set_content_digest(attempted.content_digest());
  tried->set_language(attempted.language());
  // All attempts bear the id of the first.
  if ((*mail)->message_id().empty() || attempted.attempt() == 1)
    (*mail)->set_message_id(attempted.message_id());
  return absl::OkStatus();
}

absl::Status DeliveriesFold::ApplyOutcome(std::string_view message_id, rows::MailTry outcome) {
  const auto key = MailKey::Parse(message_id);
  if (!key.has_value() || outcome.attempt() < 1 || outcome.attempt() > kTriesKept)
    return absl::OkStatus();
  auto mail = Change(&mails_, kMail, key->RowKey());
  if (!mail.ok()) return mail.status();
  rows::MailTry* tried = TryOf(*mail, outcome.attempt());
  if (outcome.outcome() <= tried->outcome()) return absl::OkStatus();
  outcome.set_attempted_us(tried->attempted_us());
  outcome.set_doer(tried->doer());
  outcome.set_content_digest(tried->content_digest());
  outcome.set_language(tried->language());
  *tried = std::move(outcome);
  return absl::OkStatus();
}

absl::Status DeliveriesFold::ApplyPause(const v1::Envelope& envelope) {
  const v1::RecipientPaused& paused = envelope.recipient_paused();
  if (!IsStatusScope(paused.scope()) || paused.address_hash().empty()) return absl::OkStatus();
  const int64_t ordered_us = UsOfProto(envelope.recorded_at());
  auto row = Change(&pauses_, kPause, IssuedKey(paused.scope(), paused.address_hash()));
  if (!row.ok()) return row.status();
  if (std::pair(ordered_us, envelope.event_id()) <=
      std::pair((*row)->ordered_us(), (*row)->event_id()))
    return absl::OkStatus();
  rows::Pause& pause = **row;
  pause.Clear();
  pause.set_resumed(paused.resumed());
  if (paused.has_until()) pause.set_until_us(UsOfProto(paused.until()));
  pause.set_reason(paused.reason());
  pause.set_by(paused.by());
  pause.set_ordered_us(ordered_us);
  pause.set_event_id(envelope.event_id());
  return absl::OkStatus();
}

absl::Status DeliveriesFold::ApplyRequest(const v1::DailyStatusRequested& requested,
                                          int64_t appended_us) {
  if (!IsStatus(requested.scope(), requested.date())) return absl::OkStatus();
  auto row = Change(&requests_, kStatusRequest, IssuedKey(requested.date(), requested.scope()));
  if (!row.ok()) return row.status();
  if (appended_us <= (*row)->requested_us()) return absl::OkStatus();
  (*row)->set_requested_us(appended_us);
  (*row)->set_by(requested.by());
  return absl::OkStatus();
}

void DeliveriesFold::EndEpoch(WriteSet* writes) {
  for (const auto& [key, row] : first_)
    writes->push_back({key.first, key.second, row.SerializeAsString()});
  for (const auto& [key, row] : mails_) writes->push_back({kMail, key, row.SerializeAsString()});
  for (const auto& [key, row] : pauses_) writes->push_back({kPause, key, row.SerializeAsString()});
  for (const auto& [key, row] : requests_)
    writes->push_back({kStatusRequest, key, row.SerializeAsString()});
  first_.clear();
  mails_.clear();
  pauses_.clear();
  requests_.clear();
}

absl::StatusOr<std::optional<IssuedStatus>> FindIssued(const StateSnapshot& rows,
                                                       std::string_view scope,
                                                       std::string_view date) {
  auto bytes = rows.Get(kIssued, IssuedKey(scope, date));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::nullopt;
  rows::StatusFact row;
  IssuedStatus issued;
  if (!row.ParseFromString(**bytes) || !issued.status.ParseFromString(row.fact()))
    return Unreadable("a daily status");
  issued.appended_us = row.appended_us();
  return issued;
}

absl::StatusOr<bool> WasIssuedBetween(const StateSnapshot& rows, std::string_view scope,
                                      std::string_view from, std::string_view to) {
  bool found = false;
  absl::Status status = rows.Scan(kIssued, IssuedKey(scope, from), IssuedKey(scope, to),
                                  [&](std::string_view, std::string_view) {
                                    found = true;
                                    return false;
                                  });
  if (!status.ok()) return status;
  return found;
}

absl::Status ScanCorrections(
    const StateSnapshot& rows, std::string_view date, std::string_view scope,
    const std::function<void(std::string_view scope, CorrectedStatus)>& visit) {
  const std::string prefix =
      scope.empty() ? std::string(date) : absl::StrCat(std::string(date), kEnd, std::string(scope));
  return ScanRows<rows::StatusFact>(rows, kCorrected, absl::StrCat(prefix, kEnd),
                                    absl::StrCat(prefix, kAfterEnd),
                                    [&](std::string_view, const rows::StatusFact& row) {
                                      CorrectedStatus corrected;
                                      if (!corrected.correction.ParseFromString(row.fact()))
                                        return Unreadable("a correction");
                                      corrected.appended_us = row.appended_us();
                                      const std::string of = corrected.correction.scope();
                                      visit(of, std::move(corrected));
                                      return absl::OkStatus();
                                    });
}

namespace {

absl::Status ScanMailRows(const StateSnapshot& rows, const std::string& from, const std::string& to,
                          const std::function<void(const MailKey&, const rows::Mail&)>& visit) {
  return ScanRows<rows::Mail>(rows, kMail, from, to,
                              [&](std::string_view text, const rows::Mail& mail) {
                                const auto key = MailKey::FromRowKey(text);
                                if (!key.has_value()) return Unreadable("a mail");
                                visit(*key, mail);
                                return absl::OkStatus();
                              });
}

}  // namespace

absl::Status ScanMails(const StateSnapshot& rows, std::string_view date,
                       const std::function<void(const MailKey&, const rows::Mail&)>& visit) {
  return ScanMailRows(rows, absl::StrCat(std::string(date), kEnd),
                      absl::StrCat(std::string(date), kAfterEnd), visit);
}

absl::Status ScanCardMails(const StateSnapshot& rows, std::string_view date,
                           const std::function<void(const MailKey&, const rows::Mail&)>& visit) {
  const std::string from = MailKey::CardRowsOf(date);
  std::string to = from;
  to.back() = kAfterEnd[0];
  return ScanMailRows(rows, from, to, visit);
}

absl::StatusOr<std::optional<rows::Mail>> FindMail(const StateSnapshot& rows, const MailKey& key) {
  auto bytes = rows.Get(kMail, key.RowKey());
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::nullopt;
  rows::Mail mail;
  if (!mail.ParseFromString(**bytes)) return Unreadable("a mail");
  return mail;
}

absl::Status ScanPauses(const StateSnapshot& rows,
                        const std::function<void(std::string_view scope, std::string_view hash,
                                                 const rows::Pause&)>& visit) {
  return ScanRows<rows::Pause>(rows, kPause, "", "",
                               [&](std::string_view key, const rows::Pause& pause) {
                                 const size_t end = key.find('\0');
                                 if (end == std::string_view::npos) return Unreadable("a pause");
                                 visit(key.substr(0, end), key.substr(end + 1), pause);
                                 return absl::OkStatus();
                               });
}

absl::Status ScanStatusRequests(
    const StateSnapshot& rows, std::string_view date,
    const std::function<void(std::string_view scope, const rows::StatusRequest&)>& visit) {
  return ScanRows<rows::StatusRequest>(
      rows, kStatusRequest, absl::StrCat(std::string(date), kEnd),
      absl::StrCat(std::string(date), kAfterEnd),
      [&](std::string_view key, const rows::StatusRequest& request) {
        visit(key.substr(date.size() + 1), request);
        return absl::OkStatus();
      });
}

}  // namespace overgang::projections
