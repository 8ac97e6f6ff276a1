#include "consumers/daily_status/outbox.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/daily_status/edition.h"
#include "spdlog/spdlog.h"

namespace overgang::daily_status {
namespace {

using projections::MailKey;
using projections::OutcomeOf;
using projections::TryOutcome;
using Kind = MailOutcome::Kind;

// What the log says of this attempt; null: nothing yet.
const rows::MailTry* TryIn(const rows::Mail* mail, int attempt) {
  if (mail == nullptr) return nullptr;
  for (const rows::MailTry& tried : mail->tries()) {
    if (tried.attempt() == attempt && tried.attempted_us() != 0) return &tried;
  }
  return nullptr;
}

TryOutcome RankOf(const v1::Envelope& outcome) {
  return outcome.has_mail_accepted()   ? TryOutcome::kAccepted
         : outcome.has_mail_rejected() ? TryOutcome::kRejected
                                       : TryOutcome::kUncertain;
}

}  // namespace

struct Outbox::Answers {
  std::mutex mutex;
  std::vector<std::pair<MailKey, MailOutcome>> come;
};

Outbox::Outbox(const Parts& parts)
    : parts_(parts),
      answers_(std::make_shared<Answers>()),
      trouble_(parts.metrics.Gauge(parts.metrics_prefix + "_server_trouble",
                                   "1 while the SMTP server takes nothing from this hub.")) {
  for (const auto& [kind, name] : {std::pair{Kind::kAccepted, "accepted"},
                                   {Kind::kRefused, "refused"},
                                   {Kind::kTrouble, "trouble"},
                                   {Kind::kUnknown, "unknown"}}) {
    outcomes_total_[kind] =
        &parts.metrics.Counter(parts.metrics_prefix + "_attempts_total",
                               "Mails that this hub gave to the SMTP server.", {{"outcome", name}});
  }
}

size_t Outbox::Room() const {
  if (troubles_ > 0) return flights_.empty() && SinceBoot() >= rest_until_ ? 1 : 0;
  return kMailsUnderWayMax - std::min(kMailsUnderWayMax, flights_.size());
}

void Outbox::Begin(const std::vector<MailDue>& due) {
  for (const MailDue& mail : due) {
    if (!parts_.letters.Knows(mail.key) || Has(mail.key)) continue;
    const absl::Time now = parts_.clock.Now();
    Flight flight;
    flight.attempt = {mail.key,
                      mail.message_id.empty() ? mail.key.MessageId(parts_.domain) : mail.message_id,
                      mail.attempt};
    auto message = parts_.letters.Compose(mail, flight.attempt.message_id, now);
    if (!message.ok()) {
      RestUncomposed(mail.key, std::string(message.status().message()));
      continue;
    }
    uncomposed_.erase(mail.key);
    flight.to = mail.to;
    flight.message = std::make_shared<const std::string>(*std::move(message));
    flight.begun = SinceBoot();
    flight.said = -absl::InfiniteDuration();
    flight.fact = AttemptedFact(flight.attempt, parts_.doer, DigestOfMessage(*flight.message),
                                mail.language, now);
    flights_.emplace(mail.key, std::move(flight));
  }
  Say();
}

bool Outbox::MayBegin(const MailKey& key) const {
  const auto of_reader = [](const MailKey& mail) {
    return std::tie(mail.date, mail.scope, mail.address_hash, mail.card_id);
  };
  const auto same_reader = [&](const auto& flight) {
    return of_reader(flight.first) == of_reader(key);
  };
  if (std::ranges::any_of(flights_, same_reader)) return false;
  const auto rests = uncomposed_.find(key);
  return rests == uncomposed_.end() || SinceBoot() >= rests->second.rest_until;
}

// Told once for each cause.
void Outbox::RestUncomposed(const MailKey& key, const std::string& cause) {
  const bool told = std::ranges::any_of(
      uncomposed_, [&](const auto& other) { return other.second.cause == cause; });
  Uncomposed& rests = uncomposed_[key];
  rests.rest_until =
      SinceBoot() + std::min(kServerRestMin * (1 << std::min(rests.failures, 10)), kServerRestMax);
  ++rests.failures;
  rests.cause = cause;
  if (told) return;
  spdlog::error(
      "mail {}, and perhaps others, cannot be composed: {}; correct [mail] from and templates and "
      "send SIGHUP or start the hub again. Trying on every {}",
      key.MessageId(parts_.domain), cause, absl::FormatDuration(kServerRestMax));
}

void Outbox::Follow() {
  TakeAnswers();
  std::erase_if(uncomposed_, [&](const auto& mail) {
    return !parts_.letters.Knows(mail.first) || !parts_.letters.WhyNot(mail.first).empty();
  });
  for (auto it = flights_.begin(); it != flights_.end();) {
    it = Advance(&it->second) ? std::next(it) : flights_.erase(it);
  }
  Say();
}

bool Outbox::Advance(Flight* flight) {
  if (flight->stage == Stage::kSending) return true;
  // The clock was set to another date. What became of a mail is said all the same, or it would be
  // sent again when its date comes.
  if (!parts_.letters.Knows(flight->attempt.key))
    return flight->stage == Stage::kReporting && flight->said == -absl::InfiniteDuration();
  const rows::MailTry* tried =
      TryIn(parts_.letters.Find(flight->attempt.key), flight->attempt.number);
  if (tried == nullptr) return true;
  if (flight->stage == Stage::kReporting) return OutcomeOf(*tried) < RankOf(flight->fact);
  // Another hub was first, or has given this attempt up.
  if (tried->doer() != parts_.doer || OutcomeOf(*tried) != TryOutcome::kNone) return false;
  const absl::Duration begin_before = flight->begun + parts_.policy.begin_within();
  if (SinceBoot() > begin_before) {
    Report({Kind::kTrouble, 0, "not sent: the log said too late that it was attempted"}, flight);
    return true;
  }
  if (const std::string why = parts_.letters.WhyNot(flight->attempt.key); !why.empty()) {
    Report({Kind::kTrouble, 0, absl::StrCat("not sent: ", why)}, flight);
    return true;
  }
  flight->stage = Stage::kSending;
  parts_.mailer.Send(
      {flight->to, flight->message, begin_before},
      [answers = answers_, key = flight->attempt.key, wake = parts_.wake](MailOutcome outcome) {
        {
          std::lock_guard lock(answers->mutex);
          answers->come.emplace_back(key, std::move(outcome));
        }
        wake();
      });
  return true;
}

void Outbox::TakeAnswers() {
  std::vector<std::pair<MailKey, MailOutcome>> come;
  {
    std::lock_guard lock(answers_->mutex);
    come.swap(answers_->come);
  }
  for (const auto& [key, outcome] : come) {
    const auto flight = flights_.find(key);
    if (flight == flights_.end()) continue;
    outcomes_total_[outcome.kind]->Increment();
    if (!finishing_) Notice(outcome, flight->second);
    Report(outcome, &flight->second);
  }
}

void Outbox::Report(const MailOutcome& outcome, Flight* flight) {
  const absl::Time now = parts_.clock.Now();
  const rows::Mail* mail = parts_.letters.Find(flight->attempt.key);
  const rows::MailTry* tried = TryIn(mail, flight->attempt.number);
  absl::Time retry_at = tried == nullptr ? now : absl::FromUnixMicros(tried->attempted_us());
  retry_at += parts_.policy.uncertain_after;
  if (mail != nullptr && UnansweredBefore(*mail, flight->attempt.number) + 1 >= kUncertainMax)
    retry_at = absl::InfiniteFuture();
  flight->stage = Stage::kReporting;
  flight->said = -absl::InfiniteDuration();
  flight->fact = OutcomeFact(flight->attempt, outcome, retry_at, now);
  flight->message.reset();
}

// What an operator has to know of it.
void Outbox::Notice(const MailOutcome& outcome, const Flight& flight) {
  const std::string& id = flight.attempt.message_id;
  if (outcome.kind == Kind::kTrouble) return NoticeTrouble(outcome);
  if (std::exchange(troubles_, 0) > 0) spdlog::info("the SMTP server answers again");
  rest_until_ = {};
  trouble_.Set(0);
  if (outcome.kind == Kind::kUnknown) {
    spdlog::warn("whether the SMTP server took mail {} is not known: {}", id, outcome.reply);
  } else if (outcome.kind == Kind::kRefused && outcome.code >= 500) {
    spdlog::error("mail {} was refused for good: {}; {}", id, outcome.reply, parts_.refused_remedy);
  } else if (outcome.kind == Kind::kRefused) {
    spdlog::warn("mail {} was refused for now: {}", id, outcome.reply);
  }
}

void Outbox::NoticeTrouble(const MailOutcome& outcome) {
  if (SinceBoot() < rest_until_) return;  // Known since the first of them.
  const absl::Duration rest =
      std::min(kServerRestMin * (1 << std::min(troubles_, 10)), kServerRestMax);
  ++troubles_;
  rest_until_ = SinceBoot() + rest;
  trouble_.Set(1);
  spdlog::error(
      "the SMTP server takes no mail: {}; check [mail] smtp_url, tls, user and password_file, and "
      "the server. Trying on in {}",
      outcome.reply, absl::FormatDuration(rest));
}

std::vector<v1::Envelope> Outbox::ToBeSaid() {
  const absl::Duration now = SinceBoot();
  std::vector<v1::Envelope> facts;
  for (auto& [key, flight] : flights_) {
    if (flight.stage == Stage::kSending || now - flight.said < kSayAgainAfter) continue;
    flight.said = now;
    facts.push_back(flight.fact);
  }
  return facts;
}

void Outbox::Say() {
  const std::vector<v1::Envelope> facts = ToBeSaid();
  if (facts.empty()) return;
  parts_.writer.Append(facts, [](const absl::StatusOr<Cursor>& written) {
    if (!written.ok())
      spdlog::warn("what is to be said of mails cannot be written, trying on: {}",
                   written.status().ToString());
  });
}

void Outbox::Finish() {
  finishing_ = true;  // What ends now says nothing of the server.
  TakeAnswers();
  // What was not read back was not sent: of it the log need not hear.
  std::erase_if(flights_, [](const auto& item) { return item.second.stage != Stage::kReporting; });
  for (auto& [key, flight] : flights_) flight.said = -absl::InfiniteDuration();
  const std::vector<v1::Envelope> facts = ToBeSaid();
  if (facts.empty()) return;
  const auto written = std::make_shared<std::promise<void>>();
  parts_.writer.Append(facts, [written](const absl::StatusOr<Cursor>&) { written->set_value(); });
  written->get_future().wait_for(absl::ToChronoMilliseconds(kFinishMax));
}

}  // namespace overgang::daily_status
