#include "consumers/daily_status/status_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::daily_status {
namespace {

// An envelope that lacks the fact.
v1::Envelope EnvelopeOf(std::string event_id, std::string_view scope, absl::Time now) {
  v1::Envelope envelope;
  envelope.set_event_id(std::move(event_id));
  (scope.starts_with("k:") ? *envelope.mutable_stay_kommune() : *envelope.mutable_hospital()) =
      std::string(scope.substr(2));
  *envelope.mutable_occurred_at() = *envelope.mutable_recorded_at() = ToProto(now);
  envelope.set_occurred_precision(v1::PRECISION_SECOND);
  envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
  envelope.mutable_source()->set_sender("hub");
  envelope.set_schema_version(1);
  return envelope;
}

std::string Decide(const std::string& subject, int revision, const std::string& cursor,
                   v1::Decision* decision) {
  decision->set_subject(subject);
  decision->set_revision(revision);
  decision->set_cursor(cursor);
  return NameUuid({"decision", subject, std::to_string(revision)});
}

std::string MailFactId(std::string_view what, const Attempt& attempt) {
  return NameUuid({"mail", what, attempt.key.RowKey(), std::to_string(attempt.number)});
}

}  // namespace

v1::Envelope IssuedFact(v1::DailyStatusIssued status, absl::Time now, const std::string& cursor) {
  const std::string subject = absl::StrCat("s:", status.scope(), ":", status.date());
  const std::string id = Decide(subject, 1, cursor, status.mutable_decision());
  v1::Envelope envelope = EnvelopeOf(id, status.scope(), now);
  *envelope.mutable_daily_status_issued() = std::move(status);
  return envelope;
}

v1::Envelope CorrectedFact(v1::DailyStatusCorrected correction, int revision, absl::Time now,
                           const std::string& cursor) {
  const std::string subject = absl::StrCat("c:", correction.scope(), ":", correction.date());
  const std::string id = Decide(subject, revision, cursor, correction.mutable_decision());
  v1::Envelope envelope = EnvelopeOf(id, correction.scope(), now);
  *envelope.mutable_daily_status_corrected() = std::move(correction);
  return envelope;
}

v1::Envelope AttemptedFact(const Attempt& attempt, const std::string& doer,
                           const std::string& content_digest, const std::string& language,
                           absl::Time now) {
  v1::Envelope envelope = EnvelopeOf(MailFactId("attempted", attempt), attempt.key.scope, now);
  v1::MailAttempted& attempted = *envelope.mutable_mail_attempted();
  attempted.set_message_id(attempt.message_id);
  attempted.set_address_hash(attempt.key.address_hash);
  attempted.set_attempt(attempt.number);
  attempted.set_doer(doer);
  attempted.set_scope(attempt.key.scope);
  attempted.set_date(attempt.key.date);
  attempted.set_revision(attempt.key.revision);
  attempted.set_content_digest(content_digest);
  attempted.set_language(language);
  return envelope;
}

v1::Envelope OutcomeFact(const Attempt& attempt, const MailOutcome& outcome, absl::Time retry_at,
                         absl::Time now) {
  using Kind = MailOutcome::Kind;
  const auto envelope = [&](std::string_view what) {
    return EnvelopeOf(MailFactId(what, attempt), attempt.key.scope, now);
  };
  if (outcome.kind == Kind::kAccepted) {
    v1::Envelope fact = envelope("accepted");
    v1::MailAccepted& accepted = *fact.mutable_mail_accepted();
    accepted.set_message_id(attempt.message_id);
    accepted.set_attempt(attempt.number);
    accepted.set_reply(outcome.reply);
    return fact;
  }
  if (outcome.kind == Kind::kUnknown) {
    v1::Envelope fact = envelope("uncertain");
    v1::MailUncertain& uncertain = *fact.mutable_mail_uncertain();
    uncertain.set_message_id(attempt.message_id);
    uncertain.set_attempt(attempt.number);
    if (retry_at != absl::InfiniteFuture()) *uncertain.mutable_retry_at() = ToProto(retry_at);
    return fact;
  }
  v1::Envelope fact = envelope("rejected");
  v1::MailRejected& rejected = *fact.mutable_mail_rejected();
  rejected.set_message_id(attempt.message_id);
  rejected.set_attempt(attempt.number);
  rejected.set_code(outcome.code);
  rejected.set_permanent(outcome.kind == Kind::kRefused && outcome.code >= 500);
  rejected.set_reply(outcome.reply);
  return fact;
}

v1::Envelope PausedFact(v1::RecipientPaused paused, absl::Time now) {
  v1::Envelope envelope = EnvelopeOf(
      NameUuid({"pause", paused.SerializeAsString(), absl::StrCat(absl::ToUnixNanos(now))}),
      paused.scope(), now);
  *envelope.mutable_recipient_paused() = std::move(paused);
  return envelope;
}

v1::Envelope RequestedFact(v1::DailyStatusRequested requested, absl::Time now) {
  v1::Envelope envelope = EnvelopeOf(
      NameUuid({"request", requested.SerializeAsString(), absl::StrCat(absl::ToUnixNanos(now))}),
      requested.scope(), now);
  *envelope.mutable_daily_status_requested() = std::move(requested);
  return envelope;
}

}  // namespace overgang::daily_status
