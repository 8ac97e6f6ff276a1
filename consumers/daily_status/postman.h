// The loop that sees to it that everybody gets the daily status: on the hub that decides, while its
// views are level with the log, it has statuses issued and corrected, mails sent, and attempts that
// nothing came of told uncertain. On every hub it counts the day's deliveries by state.
//
// Threads: one of its own, beside the issuer's and the mailer's; Start and Stop belong to one
// thread. What it is given must outlive it. Errors: logged with the remedy and counted; it always
// goes on.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "consumers/daily_status/book.h"
#include "consumers/daily_status/decider.h"
#include "consumers/daily_status/editor.h"
#include "consumers/daily_status/issuer.h"
#include "consumers/daily_status/outbox.h"
#include "consumers/daily_status/recipients.h"
#include "consumers/daily_status/status_letters.h"
#include "consumers/daily_status/uncertain.h"
#include "consumers/deciding/mailbox.h"
#include "consumers/deciding/turn.h"
#include "core/leadership.h"
#include "core/mailer.h"

namespace overgang::daily_status {

class Postman {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Leadership& leadership;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const PaymentTerms& terms;
    const RecipientsHolder& recipients;
    const TemplatesHolder& templates;
    const MailSender& sender;
    const Policy& policy;
    Mailer& mailer;
  };
  explicit Postman(const Parts& parts);
  ~Postman();

  void Start();
  // Begins nothing more; lets mails that are under way come to an end and stops the mailer.
  void Stop();

 private:
  void Run();
  void Round();
  void Decide(const std::vector<DeliveryOfDay>& deliveries, absl::Time now);
  void TellUncertain(const std::vector<DeliveryOfDay>& deliveries, absl::Time now);
  void Count(const std::vector<DeliveryOfDay>& deliveries);

  const Parts parts_;
  const std::shared_ptr<deciding::Mailbox>
      mailbox_;  // Shared with whoever tells; may outlive this.
  deciding::Turn turn_;
  Book book_;
  Book::Days days_;
  Issuer issuer_;
  StatusLetters letters_;
  Outbox outbox_;
  UncertainTeller uncertain_;
  std::vector<prometheus::Gauge*> by_state_;
  prometheus::Gauge& recipients_;
  prometheus::Gauge& mistakes_;
  prometheus::Counter& failures_total_;
  int listener_ = 0;
  std::thread thread_;
};

}  // namespace overgang::daily_status
