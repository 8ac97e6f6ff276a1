#include "consumers/daily_status/standing.h"

#include <algorithm>
#include <array>

namespace overgang::daily_status {
namespace {

using projections::OutcomeOf;
using projections::TryOutcome;

constexpr int kServiceClosing = 421;

// Of the mail alone, or of all that comes from here: see core/mailer.h.
bool WasTrouble(const rows::MailTry& tried) {
  return tried.code() == 0 || tried.code() == kServiceClosing || tried.code() >= 500;
}

absl::Duration PauseAfter(const rows::MailTry& tried) {
  if (WasTrouble(tried)) return kTroublePause;
  return std::min(kRefusedPauseMin * (1 << std::min(tried.attempt() - 1, 10)), kRefusedPauseMax);
}

// When it is tried again by the rules, whatever a person wants.
std::optional<absl::Time> NextAfter(const rows::Mail& mail, const rows::MailTry& last) {
  if (OutcomeOf(last) == TryOutcome::kRejected) {
    if (last.permanent()) return std::nullopt;
    return absl::FromUnixMicros(last.outcome_us()) + PauseAfter(last);
  }
  if (UnansweredBefore(mail, last.attempt() + 1) >= kUncertainMax || last.retry_us() == 0)
    return std::nullopt;
  return absl::FromUnixMicros(last.retry_us());
}

Standing OfUntried(const Wanted& wanted, absl::Time since, absl::Time now) {
  Standing standing;
  standing.at = since;
  if (wanted.held) {
    standing.state = DeliveryState::kPaused;
  } else if (now > since + wanted.try_for) {
    standing.state = DeliveryState::kMissed;
    standing.at = since + wanted.try_for;
  } else {
    standing.next_try = std::min(since, now);  // The log's clock may be ahead of this one.
  }
  return standing;
}

}  // namespace

std::string_view DeliveryStateName(DeliveryState state) {
  constexpr std::array<std::string_view, kDeliveryStates> kNames = {
      "due", "attempted", "accepted", "rejected", "uncertain", "paused", "missed"};
  return kNames[static_cast<size_t>(state)];
}

Standing StandingOf(const rows::Mail* mail, const Wanted& wanted, const Policy& policy,
                    absl::Time now) {
  const absl::Time since = std::max(wanted.since, wanted.requested.value_or(wanted.since));
  if (mail == nullptr || mail->tries().empty()) return OfUntried(wanted, since, now);
  const rows::MailTry& last = *mail->tries().rbegin();
  Standing standing;
  standing.attempts = mail->tries_size();
  standing.reply = last.reply();
  standing.at = absl::FromUnixMicros(last.outcome_us());
  for (const rows::MailTry& tried : mail->tries()) {
    if (OutcomeOf(tried) != TryOutcome::kAccepted) continue;
    standing.state = DeliveryState::kAccepted;
    standing.at = absl::FromUnixMicros(tried.outcome_us());
    standing.reply = tried.reply();
    return standing;
  }
  if (OutcomeOf(last) == TryOutcome::kNone) {
    standing.state = DeliveryState::kAttempted;
    standing.at = absl::FromUnixMicros(last.attempted_us());
    standing.uncertain_at = standing.at + policy.uncertain_after;
    return standing;
  }
  const bool uncertain = OutcomeOf(last) == TryOutcome::kUncertain;
  standing.state = uncertain ? DeliveryState::kUncertain : DeliveryState::kRejected;
  if (wanted.held || last.attempt() >= kAttemptsMax) return standing;
  standing.next_try = NextAfter(*mail, last);
  // Whoever asks anew wants it now; only what may still arrive by itself is waited for.
  if (wanted.requested > standing.at && !(uncertain && standing.next_try.has_value()))
    standing.next_try = wanted.requested;
  // The repetition of a mail that was tried in time may come a little after it.
  const absl::Time give_up =
      since + wanted.try_for + (uncertain ? 2 * policy.uncertain_after : absl::ZeroDuration());
  if (std::max(now, standing.next_try.value_or(now)) > give_up) standing.next_try.reset();
  return standing;
}

int UnansweredBefore(const rows::Mail& mail, int attempt) {
  return static_cast<int>(std::ranges::count_if(mail.tries(), [&](const rows::MailTry& tried) {
    return tried.attempt() < attempt && OutcomeOf(tried) == TryOutcome::kUncertain;
  }));
}

bool Holds(const rows::Pause& pause, absl::Time now) {
  return !pause.resumed() &&
         (pause.until_us() == 0 || now < absl::FromUnixMicros(pause.until_us()));
}

}  // namespace overgang::daily_status
