#include "consumers/cardmail/card_postman.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/cardmail/card_text.h"
#include "core/oslo_time.h"
#include "core/topics.h"
#include "core/uuid.h"
#include "projections/cards.h"
#include "spdlog/spdlog.h"

namespace overgang::cardmail {

using daily_status::DeliveryState;

CardPostman::CardPostman(const Parts& parts)
    : parts_(parts),
      mailbox_(std::make_shared<deciding::Mailbox>()),
      turn_(parts.leadership, parts.views, parts.log, parts.writer.incarnation()),
      letters_(book_, parts.sender, parts.directory, parts.signer),
      outbox_({parts.writer, parts.mailer, parts.clock, parts.metrics, letters_, parts.policy,
               parts.sender.Domain(), absl::StrCat(parts.leadership.Name(), " ", RandomUuid()),
               [mailbox = mailbox_] { mailbox->Tell(); }, "overgang_tiltakskort_mail",
               "correct the address in the roles file and send SIGHUP"}),
      uncertain_(parts.writer),
      failures_total_(
          parts.metrics.Counter("overgang_tiltakskort_mail_rounds_failed_total",
                                "Rounds in which the rows of cards' mails could not be read.")) {
  for (size_t i = 0; i < daily_status::kDeliveryStates; ++i) {
    by_state_.push_back(&parts.metrics.Gauge(
        "overgang_tiltakskort_mail_deliveries",
        "Mails of open tiltakskort and of those given since yesterday, by what became of them.",
        {{"state", std::string(DeliveryStateName(static_cast<DeliveryState>(i)))}}));
  }
}

CardPostman::~CardPostman() { Stop(); }

void CardPostman::Start() {
  // Most epochs are none of its business.
  listener_ =
      parts_.views.AddListener([mailbox = mailbox_, told_to = std::pair<int64_t, int64_t>{-1, -1}](
                                   const auto& epoch) mutable {
        const auto end = [&](Topic topic) {
          return epoch->cursor.next[TopicPartition{topic, 0}.Index()];
        };
        const std::pair ends{end(Topic::kStatus), end(Topic::kEscalation)};
        if (ends != std::exchange(told_to, ends)) mailbox->Tell();
      });
  turn_.Rest();
  thread_ = std::thread([this] { Run(); });
}

void CardPostman::Stop() {
  if (!thread_.joinable()) return;
  parts_.views.RemoveListener(listener_);
  mailbox_->Stop();
  thread_.join();
}

void CardPostman::Finish() {
  if (read_) outbox_.Finish();
}

void CardPostman::Run() {
  while (mailbox_->Wait()) {
    turn_.Notice();
    Round();
    turn_.Rest();
  }
}

void CardPostman::Round() {
  const auto epoch = parts_.views.Current();
  if (epoch == nullptr) return;
  const absl::Time now = parts_.clock.Now();
  const absl::CivilDay today = OsloDate(now);
  if (absl::Status status = book_.Read(epoch, parts_.roles.Get(), {today - 1, today});
      !status.ok()) {
    failures_total_.Increment();
    spdlog::error("mails of tiltakskort: {}", status.ToString());
    return;
  }
  read_ = true;
  outbox_.Follow();
  const std::vector<CardDelivery> deliveries = book_.Deliveries(parts_.policy, now);
  Count(deliveries);
  if (!turn_.Has()) return;
  std::vector<daily_status::MailStanding> mails;
  mails.reserve(deliveries.size());
  for (const CardDelivery& delivery : deliveries)
    mails.push_back({&delivery.key, delivery.mail, &delivery.standing});
  uncertain_.Tell(mails, outbox_, now);
  Begin(deliveries, now);
}

// Those that have waited longest first.
void CardPostman::Begin(const std::vector<CardDelivery>& deliveries, absl::Time now) {
  std::vector<std::pair<absl::Time, const CardDelivery*>> due;
  for (const CardDelivery& delivery : deliveries) {
    const auto& next = delivery.standing.next_try;
    if (delivery.wanted != nullptr && next.has_value() && *next <= now &&
        outbox_.MayBegin(delivery.key))
      due.emplace_back(*next, &delivery);
  }
  std::ranges::sort(due, [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second->key) < std::tie(b.first, b.second->key);
  });
  due.resize(std::min(due.size(), outbox_.Room()));
  std::vector<daily_status::MailDue> mails;
  mails.reserve(due.size());
  for (const auto& [at, delivery] : due) {
    const rows::Mail* mail = delivery->mail;
    mails.push_back(
        {delivery->key, mail == nullptr ? "" : mail->message_id(),
         mail == nullptr || mail->tries().empty() ? 1 : mail->tries().rbegin()->attempt() + 1,
         delivery->wanted->email, "nb"});
  }
  if (!mails.empty()) outbox_.Begin(mails);
}

void CardPostman::Count(const std::vector<CardDelivery>& deliveries) {
  std::vector<double> counts(daily_status::kDeliveryStates);
  for (const CardDelivery& delivery : deliveries)
    ++counts[static_cast<size_t>(delivery.standing.state)];
  for (size_t i = 0; i < counts.size(); ++i) by_state_[i]->Set(counts[i]);
}

absl::StatusOr<std::vector<v1::Delivery>> DeliveriesOfCards(
    const std::shared_ptr<const projections::Epoch>& epoch,
    const std::shared_ptr<const tiltakskort::Roles>& roles, const Directory& directory,
    const daily_status::Policy& policy, absl::CivilDay date, absl::Time now) {
  CardBook book;
  if (absl::Status status = book.Read(epoch, roles, {date}); !status.ok()) return status;
  std::vector<v1::Delivery> told;
  for (const CardDelivery& delivery : book.Deliveries(policy, now)) {
    if (delivery.key.date != absl::FormatCivilTime(date)) continue;
    const auto card = projections::FindCard(*epoch->rows, delivery.key.card_id);
    if (!card.ok()) return card.status();
    v1::Delivery& mail = told.emplace_back();
    if (delivery.mail != nullptr) mail.set_message_id(delivery.mail->message_id());
    mail.set_scope(delivery.key.scope);
    mail.set_address_hash(delivery.key.address_hash);
    mail.set_state(std::string(DeliveryStateName(delivery.standing.state)));
    *mail.mutable_at() = ToProto(delivery.standing.at);
    mail.set_attempts(delivery.standing.attempts);
    mail.set_reply(delivery.standing.reply);
    if (delivery.standing.next_try.has_value())
      *mail.mutable_retry_at() = ToProto(*delivery.standing.next_try);
    mail.set_name(absl::StrCat(NameOfRecipient(delivery.key.scope, directory), ", tiltakskort «",
                               card->has_value() ? (*card)->issued().title() : "", "»"));
  }
  return told;
}

}  // namespace overgang::cardmail
