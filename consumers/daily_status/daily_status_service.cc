#include "consumers/daily_status/daily_status_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/daily_status/decider.h"
#include "consumers/daily_status/status_facts.h"
#include "core/characters.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

using projections::MailKey;

absl::Status Invalid(std::string_view field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

absl::Status NotRead() {
  return absl::UnavailableError("the views are being read from the store; try again in a moment");
}

// Empty: today.
absl::StatusOr<absl::CivilDay> DateOf(const std::string& text, absl::Time now) {
  if (text.empty()) return OsloDate(now);
  auto date = ParseDate(text);
  if (date.ok() && *date > OsloDate(now))
    return Invalid("date", "this date is to come", "ask for today or an earlier one");
  return date;
}

absl::StatusOr<std::string> ScopeOf(const v1::GetDailyStatusRequest& request,
                                    const Directory& directory) {
  if (!request.kommune().empty()) {
    if (KommuneByNumber(request.kommune()) == nullptr)
      return Invalid("kommune", "there is no such kommune", "write its 4 digits of 2024");
    return absl::StrCat("k:", request.kommune());
  }
  if (directory.HospitalByNumber(request.hospital()) == nullptr)
    return Invalid("hospital", "the directory has no such hospital",
                   "write its organisation number, or name a kommune");
  return absl::StrCat("h:", request.hospital());
}

// Whether a status, with every number in it, is the caller's to read.
bool IsOwn(const Caller& caller, std::string_view scope) {
  return scope.starts_with("k:") ? caller.scope->MaySeeKommune(scope.substr(2))
                                 : caller.scope->MaySeeHospital(scope.substr(2));
}

std::string NameOfScope(std::string_view scope, const Directory& directory) {
  if (scope.starts_with("k:")) return KommuneName(scope.substr(2));
  const Hospital* hospital = directory.HospitalByNumber(scope.substr(2));
  return hospital == nullptr ? std::string(scope.substr(2)) : hospital->name;
}

v1::Delivery Told(const DeliveryOfDay& delivery, const Directory& directory) {
  v1::Delivery told;
  if (delivery.mail != nullptr) told.set_message_id(delivery.mail->message_id());
  told.set_scope(delivery.key.scope);
  told.set_address_hash(delivery.key.address_hash);
  told.set_state(std::string(DeliveryStateName(delivery.standing.state)));
  *told.mutable_at() = ToProto(delivery.standing.at);
  told.set_attempts(delivery.standing.attempts);
  told.set_revision(delivery.key.revision);
  told.set_reply(delivery.standing.reply);
  if (delivery.standing.next_try.has_value())
    *told.mutable_retry_at() = ToProto(*delivery.standing.next_try);
  told.set_name(NameOfScope(delivery.key.scope, directory));
  return told;
}

}  // namespace

template <typename Response>
void DailyStatusService::OnWorker(
    const Caller& caller, Reply<Response> reply,
    std::function<absl::StatusOr<Response>(const EpochPtr&, absl::Time)> answer) {
  pool_.Run([this, caller, reply = std::move(reply),
             answer = std::move(answer)](const absl::Status& status) {
    if (!status.ok()) return reply(status);
    const EpochPtr epoch = parts_.counting.views.Current();
    if (epoch == nullptr) return reply(NotRead());
    const absl::Time now = parts_.counting.clock.Now();
    auto response = answer(epoch, now);
    if (response.ok()) {
      *response->mutable_as_of() =
          parts_.counting.views.AsOf(*epoch, now, caller, *parts_.counting.directory.Get());
    }
    reply(std::move(response));
  });
}

template <typename Response>
void DailyStatusService::Say(const std::vector<v1::Envelope>& facts, const Caller& caller,
                             Response response, Reply<Response> reply) {
  projections::Views& views = parts_.counting.views;
  parts_.counting.writer.Append(facts, [&views, &clock = parts_.counting.clock,
                                        deadline = caller.deadline, response = std::move(response),
                                        reply = std::move(reply)](
                                           const absl::StatusOr<Cursor>& written) {
    if (!written.ok()) return reply(written.status());
    views.WhenCovers(written->Encode(), deadline, [&views, &clock, response, reply](auto epoch) {
      if (!epoch.ok()) return reply(epoch.status());
      Response told = response;
      *told.mutable_as_of() = views.AsOf(**epoch, clock.Now());
      reply(std::move(told));
    });
  });
}

void DailyStatusService::Register(MethodTable& table) {
  const auto on_worker = [&]<typename Request, typename Response>(
                             std::string method, Need need,
                             absl::StatusOr<Response> (DailyStatusService::*answer)(
                                 const Caller&, const Request&, const EpochPtr&, absl::Time)) {
    table.AddUnary<Request, Response>(
        "overgang.v1.DailyStatusService/" + std::move(method), need,
        [this, answer](const Caller& caller, const Request& request, Reply<Response> reply) {
          OnWorker<Response>(
              caller, std::move(reply),
              [this, answer, caller, request](const EpochPtr& epoch, absl::Time now) {
                return (this->*answer)(caller, request, epoch, now);
              });
        });
  };
  on_worker("GetDailyStatus", Need::kOwn, &DailyStatusService::GetDailyStatus);
  on_worker("ListDeliveries", Need::kOwnOrOperate, &DailyStatusService::ListDeliveries);
  on_worker("GetMail", Need::kOwn, &DailyStatusService::GetMail);
  table.AddUnary<v1::SendDailyStatusRequest, v1::SendDailyStatusResponse>(
      "overgang.v1.DailyStatusService/SendDailyStatus", Need::kOperate,
      [this](const Caller& caller, const v1::SendDailyStatusRequest& request, auto reply) {
        SendDailyStatus(caller, request, std::move(reply));
      });
  table.AddUnary<v1::PauseRecipientRequest, v1::PauseRecipientResponse>(
      "overgang.v1.DailyStatusService/PauseRecipient", Need::kOperate,
      [this](const Caller& caller, const v1::PauseRecipientRequest& request, auto reply) {
        PauseRecipient(caller, request, std::move(reply));
      });
}

// From the log; else counted: of today now, of an earlier date at its time of day.
absl::StatusOr<StatusOfDay> DailyStatusService::StatusFor(const std::string& scope,
                                                          absl::CivilDay date,
                                                          const EpochPtr& epoch, absl::Time now,
                                                          bool* issued) {
  auto day = ReadDay(*epoch->rows, date, {scope}, nullptr);
  if (!day.ok()) return day.status();
  StatusOfDay status = (*day)->statuses.at(scope);
  *issued = status.issued != nullptr;
  if (*issued) return status;
  const auto before = ReadDay(*epoch->rows, date - 1, {scope}, nullptr);
  if (!before.ok()) return before.status();
  const absl::Time counted_at =
      std::min(now, date == OsloDate(now) ? now : parts_.counting.policy.send_at.On(date));
  const auto directory = parts_.counting.directory.Get();
  StatusQuestion question =
      Issuer::QuestionOf(parts_.counting, epoch, date, counted_at, before->get());
  question.directory = directory.get();
  auto counted = CountStatuses(question, {scope});
  if (!counted.ok()) return counted.status();
  status.issued = std::make_shared<const v1::DailyStatusIssued>(std::move(counted->front()));
  return status;
}

absl::StatusOr<v1::GetDailyStatusResponse> DailyStatusService::GetDailyStatus(
    const Caller& caller, const v1::GetDailyStatusRequest& request, const EpochPtr& epoch,
    absl::Time now) {
  const auto scope = ScopeOf(request, *parts_.counting.directory.Get());
  if (!scope.ok()) return scope.status();
  if (!IsOwn(caller, *scope)) return NotYours(request.kommune().empty() ? "hospital" : "kommune");
  const auto date = DateOf(request.date(), now);
  if (!date.ok()) return date.status();
  bool issued = false;
  const auto status = StatusFor(*scope, *date, epoch, now, &issued);
  if (!status.ok()) return status.status();
  const int revision = static_cast<int>(status->corrections.size());
  // To nobody in particular.
  const MailKey key{absl::FormatCivilTime(*date), *scope, revision, std::string(32, '0')};
  auto mail =
      Editor(parts_.sender, parts_.counting.directory, parts_.templates)
          .MailOf(*status, {.key = key,
                            .received = std::max(0, revision - 1),
                            .language = request.language().empty() ? "nb" : request.language(),
                            .message_id = key.MessageId(parts_.sender.Domain()),
                            .date = now});
  if (!mail.ok()) return mail.status();
  v1::GetDailyStatusResponse response;
  *response.mutable_status() = AsSent(*status);
  *response.mutable_mail() = *std::move(mail);
  response.set_issued(issued);
  return response;
}

void DailyStatusService::SendDailyStatus(const Caller& caller,
                                         const v1::SendDailyStatusRequest& request,
                                         Reply<v1::SendDailyStatusResponse> reply) {
  if (!parts_.sends) {
    return reply(FieldError(absl::StatusCode::kFailedPrecondition, "[mail] smtp_url",
                            "this hub sends no mail",
                            "set [mail] smtp_url, from and recipients, and start it again"));
  }
  pool_.Run([this, caller, request, reply = std::move(reply)](const absl::Status& status) {
    if (!status.ok()) return reply(status);
    const absl::Time now = parts_.counting.clock.Now();
    const auto date = DateOf(request.date(), now);
    if (!date.ok()) return reply(date.status());
    if (*date != OsloDate(now))
      return reply(Invalid("date", "an earlier date's status is not sent any more",
                           "send today's; `overgang status preview` shows the earlier one"));
    const auto recipients = parts_.recipients.Get();
    std::vector<std::string> scopes = recipients->Scopes();
    if (!request.scope().empty())
      std::erase_if(scopes, [&](auto& s) { return s != request.scope(); });
    if (scopes.empty())
      return reply(FieldError(absl::StatusCode::kNotFound, "scope", "nobody gets mails of it",
                              "add a line to the recipients file and send SIGHUP"));
    const EpochPtr epoch = parts_.counting.views.Current();
    if (epoch == nullptr) return reply(NotRead());
    const auto read = ReadDay(*epoch->rows, *date, scopes, nullptr);
    if (!read.ok()) return reply(read.status());
    DayBook day = **read;  // As it will be.
    for (const std::string& scope : scopes) day.statuses[scope].requested = now;
    v1::SendDailyStatusResponse response;
    for (const auto& delivery : DeliveriesOf(day, *recipients, parts_.counting.policy, now)) {
      if (delivery.standing.state != DeliveryState::kAccepted &&
          delivery.standing.state != DeliveryState::kPaused && delivery.recipient != nullptr &&
          std::ranges::find(scopes, delivery.key.scope) != scopes.end())
        response.set_mails(response.mails() + 1);
    }
    std::vector<v1::Envelope> facts;
    for (const std::string& scope : scopes) {
      v1::DailyStatusRequested requested;
      requested.set_scope(scope);
      requested.set_date(absl::FormatCivilTime(*date));
      requested.set_by(caller.principal);
      facts.push_back(RequestedFact(std::move(requested), now));
    }
    Say(facts, caller, std::move(response), reply);
  });
}

absl::StatusOr<v1::ListDeliveriesResponse> DailyStatusService::ListDeliveries(
    const Caller& caller, const v1::ListDeliveriesRequest& request, const EpochPtr& epoch,
    absl::Time now) {
  const auto date = DateOf(request.date(), now);
  if (!date.ok()) return date.status();
  const auto recipients = parts_.recipients.Get();
  const auto directory = parts_.counting.directory.Get();
  Recipients of_date = *recipients;
  if (*date < OsloDate(now)) {
    auto then = RecipientsThen(*epoch->rows, *date, *recipients);
    if (!then.ok()) return then.status();
    of_date = *std::move(then);
  }
  const auto read = ReadDay(*epoch->rows, *date, of_date.Scopes(), nullptr);
  if (!read.ok()) return read.status();
  DayBook day = **read;
  std::erase_if(day.pauses, [&](const auto& pause) {  // Ordered later.
    return OsloDate(absl::FromUnixMicros(pause.second.ordered_us())) > *date;
  });
  v1::ListDeliveriesResponse response;
  for (const auto& delivery : DeliveriesOf(day, of_date, parts_.counting.policy, now)) {
    if (caller.scope->operate || IsOwn(caller, delivery.key.scope))
      *response.add_deliveries() = Told(delivery, *directory);
  }
  if (parts_.card_deliveries) {
    auto of_cards = parts_.card_deliveries(epoch, *date, now);
    if (!of_cards.ok()) return of_cards.status();
    for (v1::Delivery& delivery : *of_cards) {
      if (caller.scope->operate || IsOwn(caller, delivery.scope()))
        *response.add_deliveries() = std::move(delivery);
    }
  }
  if (!caller.scope->operate) return response;
  for (const std::string& mistake : recipients->mistakes) response.add_recipient_mistakes(mistake);
  return response;
}

absl::StatusOr<v1::GetMailResponse> DailyStatusService::GetMail(const Caller& caller,
                                                                const v1::GetMailRequest& request,
                                                                const EpochPtr& epoch,
                                                                absl::Time now) {
  const auto key = MailKey::Parse(request.message_id());
  if (!key.has_value())
    return Invalid("message_id", "not the id of a daily status mail",
                   "take it from `overgang status deliveries`");
  if (!IsOwn(caller, key->scope)) return NotYours("message_id");
  if (!key->card_id.empty())
    return FieldError(absl::StatusCode::kFailedPrecondition, "message_id",
                      "a mail of a tiltakskort is not shown: its links answer for a role",
                      "look at the card with `overgang escalation cards`");
  const auto date = ParseDate(key->date);
  if (!date.ok()) return date.status();
  const auto recipients = parts_.recipients.Get();
  const auto day = ReadDay(*epoch->rows, *date, {key->scope}, nullptr);
  if (!day.ok()) return day.status();
  const auto deliveries = DeliveriesOf(**day, *recipients, parts_.counting.policy, now);
  const auto delivery = std::ranges::find_if(deliveries, [&](const DeliveryOfDay& candidate) {
    return candidate.key == *key && candidate.mail != nullptr;
  });
  if (delivery == deliveries.end())
    return FieldError(absl::StatusCode::kNotFound, "message_id", "no such mail was sent",
                      "take the id from `overgang status deliveries`");
  const rows::MailTry& last = *delivery->mail->tries().rbegin();
  const absl::Time attempted = absl::FromUnixMicros(last.attempted_us());
  auto mail = Editor(parts_.sender, parts_.counting.directory, parts_.templates)
                  .MailOf((*day)->statuses.at(key->scope),
                          {.key = *key,
                           .received = ReceivedBefore(**day, *key, attempted),
                           .language = last.language(),
                           .message_id = delivery->mail->message_id(),
                           .date = attempted});
  if (!mail.ok()) return mail.status();
  v1::GetMailResponse response;
  *response.mutable_delivery() = Told(*delivery, *parts_.counting.directory.Get());
  response.set_as_sent(DigestOfMessage(mail->message()) == last.content_digest());
  *response.mutable_mail() = *std::move(mail);
  return response;
}

void DailyStatusService::PauseRecipient(const Caller& caller,
                                        const v1::PauseRecipientRequest& request,
                                        Reply<v1::PauseRecipientResponse> reply) {
  const absl::Time now = parts_.counting.clock.Now();
  if (!projections::IsStatusScope(request.scope()))
    return reply(Invalid("scope", "not a scope", "write k:<kommune> or h:<organisation number>"));
  if (!request.resume() && request.reason().empty())
    return reply(Invalid("reason", "missing", "say why; it stays in the log"));
  if (Characters(request.reason()) > kPauseReasonCharsMax)
    return reply(Invalid("reason", "too long",
                         absl::StrCat("write at most ", kPauseReasonCharsMax, " characters")));
  if (request.has_until() && FromProto(request.until()) <= now)
    return reply(Invalid("until", "has passed", "give a time to come, or none"));
  if (parts_.recipients.Get()->Find(request.scope(), request.address_hash()) == nullptr)
    return reply(FieldError(absl::StatusCode::kNotFound, "address_hash",
                            "nobody in the recipients file has it for this scope",
                            "take it from `overgang status deliveries`"));
  v1::RecipientPaused paused;
  paused.set_scope(request.scope());
  paused.set_address_hash(request.address_hash());
  if (request.has_until() && !request.resume()) *paused.mutable_until() = request.until();
  paused.set_reason(request.reason());
  paused.set_by(caller.principal);
  paused.set_resumed(request.resume());
  Say({PausedFact(std::move(paused), now)}, caller, v1::PauseRecipientResponse(), std::move(reply));
}

}  // namespace overgang::daily_status
