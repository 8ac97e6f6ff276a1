#include "consumers/daily_status/uncertain.h"

#include "consumers/daily_status/status_facts.h"
#include "spdlog/spdlog.h"

namespace overgang::daily_status {

void UncertainTeller::Tell(const std::vector<MailStanding>& mails, const Outbox& outbox,
                           absl::Time now) {
  std::vector<v1::Envelope> facts;
  std::erase_if(told_, [](const auto& told) { return SinceBoot() - told.second > kSayAgainAfter; });
  for (const auto& [key, mail, standing] : mails) {
    const auto& at = standing->uncertain_at;
    if (!at.has_value() || *at > now || outbox.Has(*key)) continue;
    const rows::MailTry& tried = *mail->tries().rbegin();
    const bool repeated = UnansweredBefore(*mail, tried.attempt()) + 1 < kUncertainMax;
    if (facts.size() == kUncertainAtOnceMax) break;
    if (!told_.try_emplace({*key, tried.attempt()}, SinceBoot()).second) continue;
    facts.push_back(OutcomeFact({*key, mail->message_id(), tried.attempt()},
                                {MailOutcome::Kind::kUnknown, 0, {}},
                                repeated ? now : absl::InfiniteFuture(), now));
    spdlog::warn("nothing was heard of attempt {} at mail {} by {}{}", tried.attempt(),
                 mail->message_id(), tried.doer(),
                 repeated ? ": it is sent once more" : "; it is not sent again");
  }
  if (facts.empty()) return;
  writer_.Append(facts, [](const absl::StatusOr<Cursor>& written) {
    if (!written.ok())
      spdlog::warn("what is to be said of mails cannot be written, trying on: {}",
                   written.status().ToString());
  });
}

}  // namespace overgang::daily_status
