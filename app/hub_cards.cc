#include "app/hub_cards.h"

#include <utility>

#include "spdlog/spdlog.h"

namespace overgang {

absl::Status HubCards::Open(MethodTable& methods, const Leadership& leadership) {
  if (absl::Status status = Read(); !status.ok()) return status;
  service_.emplace(tiltakskort::CardsService::Parts{parts_.views, parts_.writer, parts_.clock,
                                                    parts_.directory, cards_, roles_});
  service_->Register(methods);
  meetings_.emplace(meeting::MeetingService::Parts{parts_.views, parts_.moments, parts_.writer,
                                                   parts_.clock, parts_.directory, parts_.terms,
                                                   cards_, roles_});
  meetings_->Register(methods);
  dealer_.emplace(tiltakskort::Dealer::Parts{parts_.views, parts_.writer, parts_.log, leadership,
                                             parts_.clock, parts_.metrics, parts_.directory, cards_,
                                             roles_});
  dealer_->Start();
  return absl::OkStatus();
}

absl::Status HubCards::Read() {
  const auto directory = parts_.directory.Get();
  auto cards = LoadCards(parts_.settings.cards_folder, *directory);
  if (!cards.ok()) return cards.status();
  auto roles = LoadRoles(
      parts_.settings.roles_file, *cards, *directory,
      [this](std::string_view email) { return parts_.pseudonymizer.OfMailAddress(email); });
  if (!roles.ok()) return roles.status();
  if (!parts_.mails) roles->addresses.clear();
  for (const std::string& line : TellVacantRoles(*cards, *roles, *directory))
    spdlog::warn("tiltakskort: {}", line);
  if (parts_.mails) {
    for (const std::string& line : TellUnaddressedRoles(*cards, *roles, *directory))
      spdlog::warn("tiltakskort: {}", line);
  }
  cards_.Set(*std::move(cards));
  roles_.Set(*std::move(roles));
  return absl::OkStatus();
}

std::vector<escalation::CardTrigger> HubCards::Triggers() const {
  std::vector<escalation::CardTrigger> triggers;
  const auto cards = cards_.Get();
  triggers.reserve(cards->templates.size());
  for (const tiltakskort::CardTemplate& card : cards->templates)
    triggers.push_back({card.id, card.level, card.hospitals});
  return triggers;
}

absl::Status HubCards::Reload() { return Read(); }

void HubCards::Stop() {
  if (dealer_) dealer_->Stop();
  if (service_) service_->Stop();
  if (meetings_) meetings_->Stop();
}

}  // namespace overgang
