#include "app/hub_mail.h"

#include <string_view>
#include <utility>

#include "app/doors.h"
#include "spdlog/spdlog.h"

namespace overgang {

absl::Status HubMail::Open(MethodTable& methods) {
  auto templates = LoadTemplates(parts_.settings);
  if (!templates.ok()) return templates.status();
  templates_.emplace(*std::move(templates));
  auto mailer = MakeMailer(parts_.settings);
  if (!mailer.ok()) return mailer.status();
  mailer_ = *std::move(mailer);
  if (absl::Status status = ReadRecipients(); !status.ok()) return status;
  service_.emplace(daily_status::DailyStatusService::Parts{
      parts_.counting, recipients_, *templates_, parts_.settings.sender, mailer_ != nullptr,
      [this](const auto& epoch, absl::CivilDay date, absl::Time now) {
        return cards_->Deliveries(epoch, date, now);
      }});
  service_->Register(methods);
  return absl::OkStatus();
}

absl::Status HubMail::ReadRecipients() {
  auto recipients = LoadRecipients(
      parts_.settings, *parts_.counting.directory.Get(),
      [this](std::string_view address) { return parts_.pseudonymizer.OfMailAddress(address); });
  if (!recipients.ok()) return recipients.status();
  for (const std::string& mistake : recipients->mistakes)
    spdlog::warn("a line of the recipients file is left out: {}", mistake);
  recipients_.Set(*std::move(recipients));
  return absl::OkStatus();
}

void HubMail::Start(const Leadership& leadership) {
  if (mailer_ == nullptr) return;
  const daily_status::Issuer::Parts& counting = parts_.counting;
  postman_.emplace(daily_status::Postman::Parts{
      counting.views, counting.writer, parts_.log, leadership, counting.clock, counting.metrics,
      counting.directory, counting.terms, recipients_, *templates_, parts_.settings.sender,
      counting.policy, *mailer_});
  postman_->Start();
}

void HubMail::StartCards(const Leadership& leadership, const MethodTable& methods,
                         const tiltakskort::RolesHolder& roles) {
  const daily_status::Issuer::Parts& counting = parts_.counting;
  cards_.emplace(HubCardMail::Parts{parts_.settings, parts_.originals_key, counting.views,
                                    counting.writer, parts_.log, counting.clock, counting.metrics,
                                    counting.directory, roles, methods, parts_.access_log});
  cards_->Start(leadership, mailer_.get());
}

void HubMail::AddTo(HttpServer& server) {
  AddDefinitions(server, *templates_);
  cards_->AddTo(server);
}

std::vector<absl::Status> HubMail::Reload() {
  auto templates = LoadTemplates(parts_.settings);
  const absl::Status status = templates.status();
  if (templates.ok()) templates_->Set(*std::move(templates));
  return {ReadRecipients(), status};
}

void HubMail::StopSending() {
  if (cards_) cards_->Stop();
  if (postman_) postman_->Stop();  // And with it the mailer.
  if (cards_) cards_->Finish();
}

void HubMail::StopAnswers() {
  if (service_) service_->Stop();
}

}  // namespace overgang
