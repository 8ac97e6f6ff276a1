// What of a hub tiltakskort by mail are made of: the links' key, the page that they lead to, and
// the postman. Opened once it is known who decides, before the doors.
//
// Threads: one. What it is given must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/http_server.h"
#include "app/mail_settings.h"
#include "consumers/cardmail/card_postman.h"
#include "consumers/cardmail/landing.h"

namespace overgang {

class HubCardMail {
 public:
  struct Parts {
    const MailSettings& settings;
    const std::string& originals_key;
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const tiltakskort::RolesHolder& roles;
    const MethodTable& methods;
    AccessLog& access_log;
  };
  explicit HubCardMail(const Parts& parts)
      : parts_(parts),
        signer_(parts.originals_key),
        landing_({parts.views, parts.methods, parts.access_log, parts.clock, parts.directory,
                  parts.roles, signer_}) {}

  // `mailer`: null where no mail is sent.
  void Start(const Leadership& leadership, Mailer* mailer) {
    if (mailer == nullptr) return;
    postman_.emplace(cardmail::CardPostman::Parts{
        parts_.views, parts_.writer, parts_.log, leadership, parts_.clock, parts_.metrics,
        parts_.directory, parts_.roles, parts_.settings.sender, parts_.settings.policy, signer_,
        *mailer});
    postman_->Start();
  }
  // The page that links lead to, for anyone.
  void AddTo(HttpServer& server) {
    for (const char* method : {"GET", "POST"}) {
      server.AddPrefix(method, cardmail::kLinkPath,
                       [this](const HttpRequest& request, const auto& reply) {
                         landing_.Serve(request, reply);
                       });
    }
  }
  absl::StatusOr<std::vector<v1::Delivery>> Deliveries(
      const std::shared_ptr<const projections::Epoch>& epoch, absl::CivilDay date,
      absl::Time now) const {
    return cardmail::DeliveriesOfCards(epoch, parts_.roles.Get(), *parts_.directory.Get(),
                                       parts_.settings.policy, date, now);
  }
  // Begins nothing more; Finish when the mailer has stopped.
  void Stop() {
    if (postman_) postman_->Stop();
  }
  void Finish() {
    if (postman_) postman_->Finish();
  }

 private:
  const Parts parts_;
  const cardmail::LinkSigner signer_;
  cardmail::Landing landing_;
  std::optional<cardmail::CardPostman> postman_;
};

}  // namespace overgang
