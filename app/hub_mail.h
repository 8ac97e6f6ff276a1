// What of a hub its mails are made of: the daily status with recipients, templates, service and
// postman, the mailer, and tiltakskort by mail. Opened before the doors, started once it is known
// who decides.
//
// Threads: one. What it is given must outlive it. Errors: app/mail_settings.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "app/hub_card_mail.h"
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
    const std::string& originals_key;
    AccessLog& access_log;
    daily_status::Issuer::Parts counting;
  };
  explicit HubMail(const Parts& parts) : parts_(parts) {}

  absl::Status Open(MethodTable& methods);
  // Where mails are sent at all.
  void Start(const Leadership& leadership);
  // Tiltakskort by mail: where mails are sent, and in any case the page that their links lead to.
  void StartCards(const Leadership& leadership, const MethodTable& methods,
                  const tiltakskort::RolesHolder& roles);
  // What the numbers mean, and that page.
  void AddTo(HttpServer& server);
  // Reads recipients and templates anew; what has mistakes stays as it was. Says them.
  std::vector<absl::Status> Reload();
  // Lets what is under way come to an end; answers go on.
  void StopSending();
  void StopAnswers();

  // Whether mails are sent at all.
  bool sends() const { return mailer_ != nullptr; }

 private:
  absl::Status ReadRecipients();

  const Parts parts_;
  daily_status::RecipientsHolder recipients_;
  std::optional<daily_status::TemplatesHolder> templates_;
  std::unique_ptr<Mailer> mailer_;  // Null: no mail is sent.
  std::optional<daily_status::DailyStatusService> service_;
  std::optional<daily_status::Postman> postman_;
  std::optional<HubCardMail> cards_;
};

}  // namespace overgang
