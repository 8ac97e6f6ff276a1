#include "consumers/daily_status/postman.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/uuid.h"
#include "spdlog/spdlog.h"

namespace overgang::daily_status {

Postman::Postman(const Parts& parts)
    : parts_(parts),
      mailbox_(std::make_shared<deciding::Mailbox>()),
      turn_(parts.leadership, parts.views, parts.log, parts.writer.incarnation()),
      issuer_({parts.views, parts.writer, parts.directory, parts.terms, parts.clock, parts.metrics,
               parts.policy}),
      letters_(parts.sender, parts.directory, parts.templates),
      outbox_({parts.writer, parts.mailer, parts.clock, parts.metrics, letters_, parts.policy,
               parts.sender.Domain(), absl::StrCat(parts.leadership.Name(), " ", RandomUuid()),
               [mailbox = mailbox_] { mailbox->Tell(); }, "overgang_mail",
               "correct the address in the recipients file and send SIGHUP, then `overgang status "
               "send`"}),
      uncertain_(parts.writer),
      recipients_(parts.metrics.Gauge("overgang_mail_recipients",
                                      "Recipients of the daily status, by the recipients file.")),
      mistakes_(parts.metrics.Gauge("overgang_mail_recipients_mistakes",
                                    "Lines of the recipients file that count for nothing.")),
      failures_total_(parts.metrics.Counter("overgang_mail_rounds_failed_total",
                                            "Rounds in which the rows could not be read.")) {
  for (size_t i = 0; i < kDeliveryStates; ++i) {
    by_state_.push_back(&parts.metrics.Gauge(
        "overgang_mail_deliveries", "Today's mails of the daily status, by what became of them.",
        {{"state", std::string(DeliveryStateName(static_cast<DeliveryState>(i)))}}));
  }
}

Postman::~Postman() { Stop(); }

void Postman::Start() {
  // Most epochs are none of its business.
  listener_ = parts_.views.AddListener(
      [mailbox = mailbox_, told_to = int64_t{-1}](const auto& epoch) mutable {
        const int64_t end = epoch->cursor.next[TopicPartition{Topic::kStatus, 0}.Index()];
        if (end != std::exchange(told_to, end)) mailbox->Tell();
      });
  turn_.Rest();
  thread_ = std::thread([this] { Run(); });
}

void Postman::Stop() {
  if (!thread_.joinable()) return;
  parts_.views.RemoveListener(listener_);
  mailbox_->Stop();
  thread_.join();
  issuer_.Stop();
  parts_.mailer.Stop();
  if (days_.today != nullptr) outbox_.Finish();
}

void Postman::Run() {
  while (mailbox_->Wait()) {
    turn_.Notice();
    Round();
    turn_.Rest();
  }
}

void Postman::Round() {
  const auto epoch = parts_.views.Current();
  if (epoch == nullptr) return;
  const absl::Time now = parts_.clock.Now();
  const auto recipients = parts_.recipients.Get();
  recipients_.Set(static_cast<double>(recipients->daily_status.size()));
  mistakes_.Set(static_cast<double>(recipients->mistakes.size()));
  auto days = book_.Read(*epoch, now, recipients->Scopes());
  if (!days.ok()) {
    failures_total_.Increment();
    spdlog::error("daily status: {}", days.status().ToString());
    return;
  }
  days_ = *days;
  letters_.Set(days_);
  outbox_.Follow();
  std::vector<DeliveryOfDay> deliveries =
      DeliveriesOf(*days_.today, *recipients, parts_.policy, now);
  Count(deliveries);
  if (!turn_.Has()) return;
  issuer_.Tick(epoch, days_, *recipients);
  std::ranges::move(DeliveriesOf(*days_.yesterday, *recipients, parts_.policy, now),
                    std::back_inserter(deliveries));
  TellUncertain(deliveries, now);
  Decide(deliveries, now);
}

void Postman::Decide(const std::vector<DeliveryOfDay>& deliveries, absl::Time now) {
  const size_t room = outbox_.Room();
  if (room == 0) return;
  std::vector<std::pair<absl::Time, const DeliveryOfDay*>> due;
  for (const DeliveryOfDay& delivery : deliveries) {
    const auto& next = delivery.standing.next_try;
    const DayBook& day = delivery.key.date == absl::FormatCivilTime(days_.today->date)
                             ? *days_.today
                             : *days_.yesterday;
    const bool issued = day.statuses.at(delivery.key.scope).issued != nullptr;
    if (issued && next.has_value() && *next <= now && delivery.recipient != nullptr &&
        outbox_.MayBegin(delivery.key))
      due.emplace_back(*next, &delivery);
  }
  std::ranges::sort(due, [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second->key) < std::tie(b.first, b.second->key);
  });
  due.resize(std::min(due.size(), room));
  std::vector<MailDue> mails;
  for (const auto& [at, delivery] : due) {
    const rows::Mail* mail = delivery->mail;
    mails.push_back(
        {delivery->key, mail == nullptr ? "" : mail->message_id(),
         mail == nullptr || mail->tries().empty() ? 1 : mail->tries().rbegin()->attempt() + 1,
         delivery->recipient->email, delivery->recipient->language});
  }
  if (!mails.empty()) outbox_.Begin(mails);
}

void Postman::TellUncertain(const std::vector<DeliveryOfDay>& deliveries, absl::Time now) {
  std::vector<MailStanding> mails;
  mails.reserve(deliveries.size());
  for (const DeliveryOfDay& delivery : deliveries)
    mails.push_back({&delivery.key, delivery.mail, &delivery.standing});
  uncertain_.Tell(mails, outbox_, now);
}

void Postman::Count(const std::vector<DeliveryOfDay>& deliveries) {
  std::vector<double> counts(kDeliveryStates);
  for (const DeliveryOfDay& delivery : deliveries)
    ++counts[static_cast<size_t>(delivery.standing.state)];
  for (size_t i = 0; i < kDeliveryStates; ++i) by_state_[i]->Set(counts[i]);
}

}  // namespace overgang::daily_status
