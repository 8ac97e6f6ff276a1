// The loop that sees to it that cards reach whoever has them by mail: on the hub that decides,
// while its views are level with the log. Delivery is the outbox's, as of the daily status.
//
// Threads: one of its own; Start, Stop and Finish belong to one thread. What it is given must
// outlive it. Errors: logged with the remedy and counted; it always goes on.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "consumers/cardmail/card_book.h"
#include "consumers/cardmail/card_letters.h"
#include "consumers/daily_status/outbox.h"
#include "consumers/daily_status/uncertain.h"
#include "consumers/deciding/mailbox.h"
#include "consumers/deciding/turn.h"
#include "core/leadership.h"
#include "core/mailer.h"
#include "overgang/v1/daily_status_service.pb.h"

namespace overgang::cardmail {

class CardPostman {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Leadership& leadership;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const tiltakskort::RolesHolder& roles;
    const daily_status::MailSender& sender;
    const daily_status::Policy& policy;
    const LinkSigner& signer;
    Mailer& mailer;
  };
  explicit CardPostman(const Parts& parts);
  ~CardPostman();

  void Start();
  // Begins nothing more.
  void Stop();
  // When the mailer has stopped: says what became of what was under way.
  void Finish();

 private:
  void Run();
  void Round();
  void Begin(const std::vector<CardDelivery>& deliveries, absl::Time now);
  void Count(const std::vector<CardDelivery>& deliveries);

  const Parts parts_;
  // Shared with whoever tells; may outlive this.
  const std::shared_ptr<deciding::Mailbox> mailbox_;
  deciding::Turn turn_;
  CardBook book_;
  CardLetters letters_;
  daily_status::Outbox outbox_;
  daily_status::UncertainTeller uncertain_;
  std::vector<prometheus::Gauge*> by_state_;
  prometheus::Counter& failures_total_;
  int listener_ = 0;
  bool read_ = false;  // The book, once.
  std::thread thread_;
};

// What became of the cards' mails of a date, as ListDeliveries tells it. Pure.
absl::StatusOr<std::vector<v1::Delivery>> DeliveriesOfCards(
    const std::shared_ptr<const projections::Epoch>& epoch,
    const std::shared_ptr<const tiltakskort::Roles>& roles, const Directory& directory,
    const daily_status::Policy& policy, absl::CivilDay date, absl::Time now);

}  // namespace overgang::cardmail
