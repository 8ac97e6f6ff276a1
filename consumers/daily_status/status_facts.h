// Envelopes of what is said of statuses and mails. Pure. Ids are made of what is said and not of
// who says it, so that whoever says it, and however often, it is one fact.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "core/mailer.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/mail_key.h"

namespace overgang::daily_status {

// `now`: of the hub that says it. `cursor`: the views that a decision rests on.
v1::Envelope IssuedFact(v1::DailyStatusIssued status, absl::Time now, const std::string& cursor);
v1::Envelope CorrectedFact(v1::DailyStatusCorrected correction, int revision, absl::Time now,
                           const std::string& cursor);

// One attempt at one mail.
struct Attempt {
  projections::MailKey key;
  std::string message_id;
  int number = 1;
};
v1::Envelope AttemptedFact(const Attempt& attempt, const std::string& doer,
                           const std::string& content_digest, const std::string& language,
                           absl::Time now);
// `retry_at`: of an unknown outcome; InfiniteFuture: it is not tried again.
v1::Envelope OutcomeFact(const Attempt& attempt, const MailOutcome& outcome, absl::Time retry_at,
                         absl::Time now);

v1::Envelope PausedFact(v1::RecipientPaused paused, absl::Time now);
v1::Envelope RequestedFact(v1::DailyStatusRequested requested, absl::Time now);

}  // namespace overgang::daily_status
