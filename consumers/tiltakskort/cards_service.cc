#include "consumers/tiltakskort/cards_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/card_list.h"
#include "consumers/tiltakskort/said.h"
#include "core/errors.h"
#include "core/place_numbers.h"

namespace overgang::tiltakskort {

CardsService::CardsService(const Parts& parts)
    : parts_(parts),
      saying_(parts.views, parts.writer),
      watch_(std::make_shared<CardWatch>(parts.views, parts.clock, parts.directory, parts.roles)) {
  listener_ =
      parts_.views.AddListener([watch = watch_](const EpochPtr& epoch) { watch->Update(epoch); });
}

CardsService::~CardsService() { parts_.views.RemoveListener(listener_); }

void CardsService::Register(MethodTable& table) {
  table.AddUnary<v1::ListTiltakskortRequest, v1::ListTiltakskortResponse>(
      "overgang.v1.EscalationService/ListTiltakskort", Need::kOwn,
      [this](const Caller& caller, const v1::ListTiltakskortRequest& request,
             Reply<v1::ListTiltakskortResponse> reply) {
        ListTiltakskort(caller, request, std::move(reply));
      });
  table.AddUnary<v1::AcknowledgeTiltakRequest, v1::Receipt>(
      "overgang.v1.EscalationService/AcknowledgeTiltak", Need::kWrite,
      [this](const Caller& caller, const v1::AcknowledgeTiltakRequest& request, auto reply) {
        Say(caller, "AcknowledgeTiltak", request, std::move(reply));
      });
  table.AddUnary<v1::CompleteTiltakRequest, v1::Receipt>(
      "overgang.v1.EscalationService/CompleteTiltak", Need::kWrite,
      [this](const Caller& caller, const v1::CompleteTiltakRequest& request, auto reply) {
        Say(caller, "CompleteTiltak", request, std::move(reply));
      });
  table.AddStream<v1::WatchEscalationRequest, v1::WatchEscalationResponse>(
      "overgang.v1.EscalationService/WatchEscalation", Need::kOwn,
      [this](const Caller& caller, const v1::WatchEscalationRequest& request, Wake wake) {
        return Watch(caller, request, std::move(wake));
      });
}

// WhenCovers may answer on the runner's thread, which thousands of rows would hold up.
void CardsService::ListTiltakskort(const Caller& caller, const v1::ListTiltakskortRequest& request,
                                   Reply<v1::ListTiltakskortResponse> reply) {
  parts_.views.WhenCovers(
      request.wait_for(), caller.deadline,
      [this, caller, request, reply = std::move(reply)](absl::StatusOr<EpochPtr> epoch) {
        if (!epoch.ok()) return reply(epoch.status());
        pool_.Run(
            [this, caller, request, reply, epoch = *std::move(epoch)](const absl::Status& status) {
              status.ok() ? reply(List(caller, request, *epoch)) : reply(status);
            });
      });
}

absl::StatusOr<v1::ListTiltakskortResponse> CardsService::List(
    const Caller& caller, const v1::ListTiltakskortRequest& request,
    const projections::Epoch& epoch) const {
  const auto directory = parts_.directory.Get();
  auto response = ListCards(epoch, *directory, *caller.scope, request);
  if (!response.ok()) return response;
  *response->mutable_as_of() = parts_.views.AsOf(epoch, parts_.clock.Now(), caller, *directory);
  const auto cards = parts_.cards.Get();
  const auto roles = parts_.roles.Get();
  for (v1::Tiltakskort& card : *response->mutable_cards()) SetAsked(*roles, &card);
  for (const VacantRole& vacant : VacantRoles(*cards, *roles, *directory)) {
    if (!IsOwn(*caller.scope, vacant.recipient)) continue;
    v1::VacantRole& told = *response->add_vacant();
    told.set_recipient(vacant.recipient);
    told.set_role(vacant.role);
    told.set_name(cards->NameOf(vacant.role));
  }
  return response;
}

template <typename Request>
void CardsService::Say(const Caller& caller, const std::string& method, const Request& request,
                       Reply<v1::Receipt> reply) {
  Request content = request;
  content.clear_idempotency_key();
  content.DiscardUnknownFields();
  saying_.Say(
      {caller, method, request.idempotency_key(), content.SerializeAsString()},
      [&](const EpochPtr& epoch, const std::string&) {
        return FactOf({caller, *parts_.roles.Get()}, *epoch, content, parts_.clock.Now());
      },
      [content](const EpochPtr& epoch, const std::string& event_id) {
        return Counts(*epoch, content, event_id);
      },
      std::move(reply));
}

absl::StatusOr<std::unique_ptr<MessageStream>> CardsService::Watch(
    const Caller& caller, const v1::WatchEscalationRequest& request, Wake wake) {
  if (request.hospitals_size() > kWatchedHospitalsMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "hospitals",
                      absl::StrCat("more than ", kWatchedHospitalsMax, " values"),
                      "ask for all by leaving it empty");
  }
  for (const std::string& hospital : request.hospitals()) {
    absl::Status status = CheckHospital(hospital, "hospitals");
    if (status.ok()) status = MayAskForHospital(*caller.scope, hospital, "hospitals");
    if (!status.ok()) return status;
  }
  return watch_->Watch(caller, request, std::move(wake));
}

}  // namespace overgang::tiltakskort
