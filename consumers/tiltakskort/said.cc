#include "consumers/tiltakskort/said.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/card_facts.h"
#include "core/bokmal.h"
#include "core/characters.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"

namespace overgang::tiltakskort {

std::vector<std::string> RolesToAsk(const v1::Tiltakskort& card, const Roles& roles) {
  const bool left =
      card.has_acknowledged() && !roles.IsHeld(card.issued().recipient(), card.role());
  if (!card.role().empty() && !left) return {card.role()};
  std::vector<std::string> held;
  for (const v1::TiltakRole& role : card.issued().roles()) {
    if (roles.IsHeld(card.issued().recipient(), role.role())) held.push_back(role.role());
  }
  return held;
}

void SetAsked(const Roles& roles, v1::Tiltakskort* card) {
  if (!card->open()) return;
  for (const std::string& asked : RolesToAsk(*card, roles)) {
    for (const v1::TiltakRole& role : card->issued().roles()) {
      if (role.role() == asked) *card->add_asked() = role;
    }
  }
}

namespace {

using absl::StatusCode;
using projections::Epoch;

absl::Status NoCard() {
  return FieldError(StatusCode::kNotFound, "card_id", "no such card",
                    "take the id from ListTiltakskort");
}

std::string TimeText(const google::protobuf::Timestamp& at) {
  return absl::FormatTime("%Y-%m-%d %H:%M", FromProto(at), Oslo());
}

absl::Status Closed(const v1::Tiltakskort& card) {
  return FieldError(
      StatusCode::kFailedPrecondition, "card_id",
      absl::StrCat("the card was closed ", TimeText(card.closed_at()),
                   card.closing() == v1::TILTAKSKORT_CLOSING_SETTLED
                       ? ", as each of its actions is done or declined"
                       : ", as the level fell"),
      "there is nothing to answer any more; a new card comes if the level rises again");
}

// Any card that the caller is told of.
absl::StatusOr<v1::Tiltakskort> CardOf(const Scope& scope, const Epoch& epoch,
                                       const std::string& card_id) {
  if (!IsUuid(card_id)) return NoCard();
  auto card = projections::FindCard(*epoch.rows, card_id);
  if (!card.ok()) return card.status();
  if (!card->has_value() || !MaySeeCard(scope, (*card)->hospital(), (*card)->issued().recipient()))
    return NoCard();
  return *std::move(*card);
}

// The card, where it is this caller's to answer and open.
absl::StatusOr<v1::Tiltakskort> CardToAnswer(const Caller& caller, const Epoch& epoch,
                                             const std::string& card_id) {
  auto card = CardOf(*caller.scope, epoch, card_id);
  if (!card.ok()) return card;
  if (!IsOwn(*caller.scope, card->issued().recipient())) {
    return FieldError(StatusCode::kPermissionDenied, "card_id",
                      absl::StrCat("the card is for ", card->issued().recipient()),
                      "only who may write for that one answers it");
  }
  if (!card->open()) return Closed(*card);
  return card;
}

const v1::Tiltak* ActionOf(const v1::Tiltakskort& card, const std::string& tiltak_id) {
  const auto it = std::ranges::find(card.issued().actions(), tiltak_id, &v1::Tiltak::tiltak_id);
  return it == card.issued().actions().end() ? nullptr : &*it;
}

absl::Status NoAction() {
  return FieldError(StatusCode::kNotFound, "tiltak_id", "no such action on the card",
                    "take the id from the card's actions");
}

absl::Status WrongRole(const v1::Tiltakskort& card, const Speaker& speaker,
                       const std::vector<std::string>& asked) {
  const std::string& recipient = card.issued().recipient();
  for (const v1::TiltakRole& role : card.issued().roles()) {
    if (role.role() == card.role()) break;
    if (speaker.roles.Holds(speaker.caller.principal, recipient, role.role()) &&
        !card.role().empty()) {
      return FieldError(StatusCode::kFailedPrecondition, "card_id",
                        absl::StrCat("nobody acknowledged it in time as ", role.role(),
                                     ", so it went on to ", card.role()),
                        absl::StrCat("let ", card.role(), " acknowledge it"));
    }
  }
  return FieldError(StatusCode::kPermissionDenied, "card_id",
                    absl::StrCat("this principal is none of ", absl::StrCat(asked.front()),
                                 asked.size() > 1 ? " and the others asked" : ""),
                    "let who holds that role answer, or name this principal in the roles file");
}

// As whom the speaker says it: one of the roles asked, in their order.
absl::StatusOr<std::string> RoleOf(const Speaker& speaker, const v1::Tiltakskort& card,
                                   const std::vector<std::string>& asked) {
  for (const std::string& role : asked) {
    if (speaker.roles.Holds(speaker.caller.principal, card.issued().recipient(), role)) return role;
  }
  if (asked.empty()) return std::string();
  return WrongRole(card, speaker, asked);
}

absl::Status AcknowledgedBefore(const v1::Tiltakskort& card) {
  return FieldError(StatusCode::kAlreadyExists, "card_id",
                    absl::StrCat("it was acknowledged ", TimeText(card.acknowledged().at()), " by ",
                                 card.acknowledged().by(), " as ", card.acknowledged().role()),
                    "go on with its actions");
}

absl::Status AnsweredBefore(const v1::TiltakStanding& action) {
  return FieldError(
      StatusCode::kAlreadyExists, "tiltak_id",
      absl::StrCat(action.state() == v1::TILTAK_STATE_DONE ? "it was done " : "it was declined ",
                   TimeText(action.at()), " by ", action.by(), " as ", action.role()),
      "what was said of an action stays; nothing more is asked");
}

// Whether anything that a request names is still to be seen.
bool IsToBeSeen(const v1::Tiltakskort& card, const std::string& tiltak_id) {
  return std::ranges::any_of(card.actions(), [&](const v1::TiltakStanding& action) {
    return !action.seen() && (tiltak_id.empty() || action.tiltak_id() == tiltak_id);
  });
}

}  // namespace

bool IsOwn(const Scope& scope, std::string_view recipient) {
  if (recipient.starts_with("k:")) return scope.MaySeeKommune(recipient.substr(2));
  return recipient.starts_with("h:") && scope.MaySeeHospital(recipient.substr(2));
}

bool MaySeeCard(const Scope& scope, std::string_view hospital, std::string_view recipient) {
  return scope.MaySeeHospital(hospital) || IsOwn(scope, recipient);
}

absl::Status CheckText(std::string_view text, std::string_view field, size_t chars_max) {
  if (Characters(text) > chars_max) {
    return FieldError(StatusCode::kInvalidArgument, field, "too long",
                      absl::StrCat("write at most ", chars_max, " characters"));
  }
  if (HoldsNationalNumber(text)) {
    return FieldError(StatusCode::kInvalidArgument, field, "holds a national identity number",
                      "leave patients out of it; it stays in the log and is shown to many");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Envelope> FactOf(const Speaker& speaker, const Epoch& epoch,
                                    const v1::AcknowledgeTiltakRequest& request, absl::Time now) {
  auto card = CardToAnswer(speaker.caller, epoch, request.card_id());
  if (!card.ok()) return card.status();
  const v1::Tiltak* action = ActionOf(*card, request.tiltak_id());
  if (!request.tiltak_id().empty() && action == nullptr) return NoAction();
  std::vector<std::string> asked = RolesToAsk(*card, speaker.roles);
  // Once somebody has the card, who owns an action may say of it that it was seen.
  if (card->has_acknowledged() && action != nullptr) asked.push_back(action->owner().role());
  const auto role = RoleOf(speaker, *card, asked);
  if (!role.ok()) return role.status();
  if (!IsToBeSeen(*card, request.tiltak_id())) return AcknowledgedBefore(*card);
  v1::Envelope envelope = CardEnvelope(card->hospital(), card->issued().recipient(), now);
  v1::TiltakAcknowledged& fact = *envelope.mutable_tiltak_acknowledged();
  fact.set_card_id(request.card_id());
  fact.set_tiltak_id(request.tiltak_id());
  fact.set_by(speaker.caller.principal);
  fact.set_role(*role);
  fact.set_recipient(card->issued().recipient());
  return envelope;
}

absl::StatusOr<v1::Envelope> FactOf(const Speaker& speaker, const Epoch& epoch,
                                    const v1::CompleteTiltakRequest& request, absl::Time now) {
  auto card = CardToAnswer(speaker.caller, epoch, request.card_id());
  if (!card.ok()) return card.status();
  const v1::Tiltak* action = ActionOf(*card, request.tiltak_id());
  if (action == nullptr) return NoAction();
  const bool declined = !request.declined_reason().empty();
  if (declined && !request.outcome().empty()) {
    return FieldError(StatusCode::kInvalidArgument, "declined_reason", "stands beside an outcome",
                      "say what came of it, or why it will not be done");
  }
  if (!declined && request.outcome().empty() && !action->evidence().empty()) {
    return FieldError(StatusCode::kInvalidArgument, "outcome", "is missing",
                      absl::StrCat("this action asks for: ", action->evidence()));
  }
  absl::Status text = declined
                          ? CheckText(request.declined_reason(), "declined_reason", kToldCharsMax)
                          : CheckText(request.outcome(), "outcome", kToldCharsMax);
  if (!text.ok()) return text;
  std::vector<std::string> asked = RolesToAsk(*card, speaker.roles);
  if (!asked.empty()) asked.insert(asked.begin(), action->owner().role());
  const auto role = RoleOf(speaker, *card, asked);
  if (!role.ok()) return role.status();
  const v1::TiltakStanding* standing = projections::FindAction(*card, request.tiltak_id());
  if (standing->state() != v1::TILTAK_STATE_OPEN) return AnsweredBefore(*standing);
  v1::Envelope envelope = CardEnvelope(card->hospital(), card->issued().recipient(), now);
  const auto fill = [&](auto* fact) {
    fact->set_card_id(request.card_id());
    fact->set_tiltak_id(request.tiltak_id());
    fact->set_by(speaker.caller.principal);
    fact->set_role(*role);
    fact->set_recipient(card->issued().recipient());
  };
  if (declined) {
    fill(envelope.mutable_tiltak_declined());
    envelope.mutable_tiltak_declined()->set_reason(request.declined_reason());
  } else {
    fill(envelope.mutable_tiltak_completed());
    envelope.mutable_tiltak_completed()->set_outcome(request.outcome());
  }
  return envelope;
}

absl::Status Counts(const Epoch& epoch, const v1::AcknowledgeTiltakRequest& request,
                    const std::string& event_id) {
  const auto card = projections::FindCard(*epoch.rows, request.card_id());
  if (!card.ok()) return card.status();
  if (!card->has_value()) return NoCard();
  const bool counts = std::ranges::any_of(
      (*card)->actions(), [&](const auto& action) { return action.seen_event_id() == event_id; });
  if (counts || (*card)->acknowledged().event_id() == event_id) return absl::OkStatus();
  if (!(*card)->open()) return Closed(**card);
  if (!IsToBeSeen(**card, request.tiltak_id())) return AcknowledgedBefore(**card);
  const std::string role = (*card)->role().empty() ? "all of its roles" : (*card)->role();
  if ((*card)->renewals() == 0) {
    return FieldError(StatusCode::kFailedPrecondition, "card_id",
                      absl::StrCat("meanwhile it went on to ", role),
                      "let that role acknowledge it");
  }
  return FieldError(StatusCode::kFailedPrecondition, "card_id",
                    "the level rose again, and it is to be acknowledged anew",
                    absl::StrCat("let ", role, " acknowledge it, with a new key"));
}

absl::Status Counts(const Epoch& epoch, const v1::CompleteTiltakRequest& request,
                    const std::string& event_id) {
  const auto card = projections::FindCard(*epoch.rows, request.card_id());
  if (!card.ok()) return card.status();
  if (!card->has_value()) return NoCard();
  const v1::TiltakStanding* action = projections::FindAction(**card, request.tiltak_id());
  if (action == nullptr) return NoAction();
  if (action->event_id() == event_id) return absl::OkStatus();
  if (action->state() != v1::TILTAK_STATE_OPEN) return AnsweredBefore(*action);
  return (*card)->open() ? FieldError(StatusCode::kFailedPrecondition, "card_id",
                                      "the level rose again, and the action is asked for anew",
                                      "look at the card and say it again with a new key")
                         : Closed(**card);
}

}  // namespace overgang::tiltakskort
