// What of a hub the daily status and its mails are made of: recipients, templates, the mailer, the
// service, and the postman. Opened before the doors, started once it is known who decides.
//
// Threads: one. What it is given must outlive it. Errors: app/mail_settings.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "app/mail_settings.h"
#include "consumers/daily_status/daily_status_service.h"
#include "consumers/daily_status/postman.h"
#include "core/leadership.h"
#include "core/mailer.h"
#include "core/pseudonymizer.h"

namespace overgang {

class HubMail {
 public:
  struct Parts {
    const MailSettings& settings;
    const Pseudonymizer& pseudonymizer;
    EventLog& log;
    daily_status::Issuer::Parts counting;
    // See daily_status_service.h.
    decltype(daily_status::DailyStatusService::Parts::card_deliveries) card_deliveries;
  };
  explicit HubMail(const Parts& parts) : parts_(parts) {}

  absl::Status Open(MethodTable& methods);
  // Where mails are sent at all.
  void Start(const Leadership& leadership);
  // Reads recipients and templates anew; what has mistakes stays as it was. Says them.
  std::vector<absl::Status> Reload();
  // Lets what is under way come to an end; answers go on.
  void StopSending();
  void StopAnswers();

  Mailer* mailer() { return mailer_.get(); }  // Null: no mail is sent.
  const daily_status::TemplatesHolder& templates() const { return *templates_; }

 private:
  absl::Status ReadRecipients();

  const Parts parts_;
  daily_status::RecipientsHolder recipients_;
  std::optional<daily_status::TemplatesHolder> templates_;
  std::unique_ptr<Mailer> mailer_;  // Null: no mail is sent.
  std::optional<daily_status::DailyStatusService> service_;
  std::optional<daily_status::Postman> postman_;
};

}  // namespace overgang
