#include "consumers/meeting/meeting_service.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "consumers/meeting/holding.h"
#include "consumers/meeting/pdf.h"
#include "consumers/meeting/snapshot.h"
#include "consumers/meeting/summary.h"
#include "consumers/tiltakskort/card_facts.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::meeting {
namespace {

using projections::Epoch;
using projections::HeldMeeting;

absl::Status NoMeeting(std::string_view field) {
  return FieldError(absl::StatusCode::kNotFound, field, "no such meeting",
                    "take the id from ListMeetings, or name a hospital that has held one");
}

// The newest of a hospital before all, or none.
absl::StatusOr<std::string> NewestMeeting(const Epoch& epoch, const std::string& hospital) {
  std::string newest;
  absl::Status status = projections::ScanMeetings(
      *epoch.rows, hospital, "",
      [&](std::string_view, std::string_view meeting_id, int64_t, const rows::MeetingPlace&) {
        newest = meeting_id;
        return false;
      });
  if (!status.ok()) return status;
  return newest;
}

absl::StatusOr<HeldMeeting> MeetingMeant(const Caller& caller, const Epoch& epoch,
                                         const v1::GetMeetingRequest& request) {
  std::string id = request.meeting_id();
  const char* field = id.empty() ? "hospital" : "meeting_id";
  if (id.empty()) {
    if (absl::Status status = CheckHospital(request.hospital(), field); !status.ok()) return status;
    if (!caller.scope->MaySeeHospital(request.hospital())) return NotYours(field);
    auto newest = NewestMeeting(epoch, request.hospital());
    if (!newest.ok()) return newest.status();
    id = *std::move(newest);
  }
  auto meeting = projections::FindMeeting(*epoch.rows, id);
  if (!meeting.ok()) return meeting.status();
  // It counts patients of the hospital, whoever was in the room.
  if (!meeting->has_value() || !caller.scope->MaySeeHospital((*meeting)->hospital))
    return NoMeeting(field);
  return *std::move(*meeting);
}

absl::Status AddCards(const Epoch& epoch, const v1::MeetingHeld& held,
                      google::protobuf::RepeatedPtrField<v1::Tiltakskort>* cards) {
  std::set<std::string> recipients;
  for (const v1::MeetingDecision& decision : held.decided())
    recipients.insert(decision.recipient());
  for (const std::string& recipient : recipients) {
    auto card = projections::FindCard(*epoch.rows,
                                      tiltakskort::MeetingCardId(held.meeting_id(), recipient));
    if (!card.ok()) return card.status();
    if (card->has_value()) *cards->Add() = *std::move(*card);
  }
  return absl::OkStatus();
}

absl::Status IsHeld(const std::shared_ptr<const Epoch>& epoch, const std::string& event_id) {
  const auto held = projections::FindMeeting(*epoch->rows, event_id);
  if (!held.ok()) return held.status();
  return held->has_value() ? absl::OkStatus() : absl::InternalError("the views ignore the meeting");
}

v1::Moment MomentOf(const v1::HoldMeetingRequest& request) {
  v1::Moment moment;
  if (request.has_as_of()) *moment.mutable_as_of() = request.as_of();
  moment.set_as_of_cursor(request.as_of_cursor());
  return moment;
}

}  // namespace

void MeetingService::Register(MethodTable& table) {
  table.AddUnary<v1::HoldMeetingRequest, v1::Receipt>(
      "overgang.v1.EscalationService/HoldMeeting", Need::kWrite,
      [this](const Caller& caller, const v1::HoldMeetingRequest& request, auto reply) {
        Hold(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetMeetingRequest, v1::GetMeetingResponse>(
      "overgang.v1.EscalationService/GetMeeting", Need::kOwn,
      [this](const Caller& caller, const v1::GetMeetingRequest& request, auto reply) {
        Get(caller, request, std::move(reply));
      });
  table.AddUnary<v1::ListMeetingsRequest, v1::ListMeetingsResponse>(
      "overgang.v1.EscalationService/ListMeetings", Need::kOwn,
      [this](const Caller& caller, const v1::ListMeetingsRequest& request, auto reply) {
        reply(List(caller, request));
      });
}

void MeetingService::Hold(const Caller& caller, const v1::HoldMeetingRequest& request,
                          Reply<v1::Receipt> reply) {
  v1::HoldMeetingRequest content = request;
  content.clear_idempotency_key();
  content.DiscardUnknownFields();
  const tiltakskort::Saying::Call call = {caller, "HoldMeeting", request.idempotency_key(),
                                          content.SerializeAsString()};
  if (saying_.Repeats(call, IsHeld, reply)) return;
  if (absl::Status status = Check(request, *caller.scope, *parts_.cards.Get(), parts_.clock.Now());
      !status.ok())
    return reply(status);
  parts_.moments.Resolve(
      MomentOf(request), "", caller.deadline, pool_, projections::Work::kBrief,
      [this, caller, content, key = request.idempotency_key(),
       reply = std::move(reply)](auto at) mutable {
        if (!at.ok()) return reply(at.status());
        saying_.Say(
            {caller, "HoldMeeting", key, content.SerializeAsString()},
            [&](const EpochPtr& newest,
                const std::string& event_id) -> absl::StatusOr<v1::Envelope> {
              auto fact = Freeze(caller, content, *at, event_id);
              if (!fact.ok()) return fact;
              auto before = NewestMeeting(*newest, content.hospital());
              if (!before.ok()) return before.status();
              fact->mutable_meeting_held()->set_previous_meeting_id(*std::move(before));
              return fact;
            },
            IsHeld, std::move(reply));
      });
}

absl::StatusOr<v1::Envelope> MeetingService::Freeze(const Caller& caller,
                                                    const v1::HoldMeetingRequest& request,
                                                    const projections::AtMoment& at,
                                                    const std::string& meeting_id) const {
  const auto directory = parts_.directory.Get();
  // As the hospital is told of them, whoever writes the meeting down.
  auto scope = std::make_shared<Scope>();
  scope->hospitals = {request.hospital()};
  Caller room = caller;
  room.scope = std::move(scope);
  const auto snapshot =
      meeting::Freeze({*at.epoch, *directory, parts_.terms, at.now},
                      parts_.views.AsOf(*at.epoch, at.now, room, *directory), request.hospital());
  if (!snapshot.ok()) return snapshot.status();
  return MeetingFact(request, *snapshot, meeting_id, caller.principal, *parts_.cards.Get(),
                     *parts_.roles.Get(), parts_.clock.Now());
}

void MeetingService::Get(const Caller& caller, const v1::GetMeetingRequest& request,
                         Reply<v1::GetMeetingResponse> reply) {
  const EpochPtr epoch = parts_.views.Current();
  if (epoch == nullptr)
    return reply(
        absl::UnavailableError("the views are being read from the store; try again in a moment"));
  auto meeting = MeetingMeant(caller, *epoch, request);
  if (!meeting.ok()) return reply(meeting.status());
  v1::MeetingSnapshot snapshot;
  if (!snapshot.ParseFromString(meeting->held.snapshot()))
    return reply(absl::DataLossError("the snapshot of this meeting cannot be read"));
  // Counting what had happened by then reads many rows.
  v1::Moment moment;
  *moment.mutable_occurred_until() = snapshot.as_of().now();
  parts_.moments.Resolve(moment, "", caller.deadline, pool_, projections::Work::kLong,
                         [this, caller, pdf = request.pdf(), meeting = *std::move(meeting),
                          reply = std::move(reply)](auto at) {
                           if (!at.ok()) return reply(at.status());
                           auto answer = Answer(caller, meeting, *at);
                           if (!answer.ok() || !pdf) return reply(std::move(answer));
                           auto page = SummaryPdf(*answer);
                           if (!page.ok()) return reply(page.status());
                           answer->set_summary_pdf(*std::move(page));
                           reply(std::move(answer));
                         });
}

absl::StatusOr<v1::GetMeetingResponse> MeetingService::Answer(
    const Caller& caller, const HeldMeeting& meeting, const projections::AtMoment& at) const {
  const auto directory = parts_.directory.Get();
  const Epoch& epoch = *at.epoch;
  v1::GetMeetingResponse response;
  *response.mutable_as_of() = parts_.views.AsOf(epoch, parts_.clock.Now(), caller, *directory);
  *response.mutable_meeting() = meeting.held;
  response.set_hospital(meeting.hospital);
  *response.mutable_held_at() = ProtoOfUs(meeting.held_us);
  v1::MeetingSnapshot& snapshot = *response.mutable_snapshot();
  if (!snapshot.ParseFromString(meeting.held.snapshot()))
    return absl::DataLossError("the snapshot of this meeting cannot be read");
  auto corrections =
      CorrectionsOf({epoch, *directory, parts_.terms, FromProto(snapshot.as_of().now())}, snapshot);
  if (!corrections.ok()) return corrections.status();
  for (v1::MeetingCorrection& correction : *corrections)
    *response.add_corrections() = std::move(correction);
  absl::Status status = PutBack(epoch, &snapshot);
  if (status.ok()) status = AddCards(epoch, meeting.held, response.mutable_cards());
  if (!status.ok()) return status;
  auto before = projections::FindMeeting(*epoch.rows, meeting.held.previous_meeting_id());
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    *response.mutable_previous() = std::move((*before)->held);
    response.mutable_previous()->clear_snapshot();
    status = AddCards(epoch, response.previous(), response.mutable_previous_cards());
    if (!status.ok()) return status;
  }
  response.set_summary_html(SummaryPage(response));
  return response;
}

absl::StatusOr<v1::ListMeetingsResponse> MeetingService::List(
    const Caller& caller, const v1::ListMeetingsRequest& request) const {
  if (absl::Status status = CheckHospital(request.hospital(), "hospital"); !status.ok())
    return status;
  if (!caller.scope->MaySeeHospital(request.hospital())) return NotYours("hospital");
  const EpochPtr epoch = parts_.views.Current();
  if (epoch == nullptr)
    return absl::UnavailableError("the views are being read from the store; try again in a moment");
  const std::string from = absl::HexStringToBytes(
      request.page_token().find_first_not_of("0123456789abcdef") == std::string::npos &&
              request.page_token().size() % 2 == 0
          ? request.page_token()
          : "");
  if (from.empty() != request.page_token().empty() ||
      (!from.empty() && !from.starts_with(request.hospital()))) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_token", "not a token of a page",
                      "give next_page_token of the page before");
  }
  v1::ListMeetingsResponse response;
  *response.mutable_as_of() =
      parts_.views.AsOf(*epoch, parts_.clock.Now(), caller, *parts_.directory.Get());
  absl::Status status = projections::ScanMeetings(
      *epoch->rows, request.hospital(), from,
      [&](std::string_view key, std::string_view meeting_id, int64_t held_us,
          const rows::MeetingPlace& place) {
        if (response.meetings_size() == kMeetingsPerPage) {
          response.set_next_page_token(absl::BytesToHexString(std::string(key)));
          return false;
        }
        v1::MeetingLine& line = *response.add_meetings();
        line.set_meeting_id(std::string(meeting_id));
        *line.mutable_held_at() = ProtoOfUs(held_us);
        line.set_decisions(place.decisions());
        return true;
      });
  if (!status.ok()) return status;
  return response;
}

}  // namespace overgang::meeting
