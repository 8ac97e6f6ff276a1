// How each fact changes cards and meetings.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "projections/cards.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

v1::TiltakStanding* ActionOf(v1::Tiltakskort* card, std::string_view tiltak_id) {
  for (v1::TiltakStanding& action : *card->mutable_actions()) {
    if (action.tiltak_id() == tiltak_id) return &action;
  }
  return nullptr;
}

// The lists of ids that a card shows beside its actions.
void ListIds(v1::Tiltakskort* card) {
  card->clear_acknowledged_tiltak_ids();
  card->clear_completed_tiltak_ids();
  for (const v1::TiltakStanding& action : card->actions()) {
    if (action.seen()) card->add_acknowledged_tiltak_ids(action.tiltak_id());
    if (action.state() == v1::TILTAK_STATE_DONE) card->add_completed_tiltak_ids(action.tiltak_id());
  }
}

void See(const v1::Envelope& fact, const std::string& by, const std::string& role,
         v1::Tiltakskort* card) {
  if (card->has_acknowledged()) return;
  v1::TiltakskortAcknowledgement& seen = *card->mutable_acknowledged();
  seen.set_by(by);
  seen.set_role(role);
  *seen.mutable_at() = fact.occurred_at();
  seen.set_event_id(fact.event_id());
}

bool IsPassedOver(const v1::Tiltakskort& card, const v1::TiltakRole& role) {
  return std::ranges::any_of(card.passed_over(),
                             [&](const auto& known) { return known.role() == role.role(); });
}

v1::Tiltakskort NewCard(const v1::Envelope& fact) {
  const v1::TiltakskortIssued& issued = fact.tiltakskort_issued();
  v1::Tiltakskort card;
  *card.mutable_issued() = issued;
  card.set_open(true);
  card.set_hospital(fact.hospital());
  *card.mutable_issued_at() = fact.occurred_at();
  card.set_level(issued.level());
  card.set_level_revision(issued.level_revision());
  card.set_role(issued.role());
  if (issued.has_acknowledge_by()) *card.mutable_acknowledge_by() = issued.acknowledge_by();
  for (const v1::Tiltak& action : issued.actions()) {
    v1::TiltakStanding& standing = *card.add_actions();
    standing.set_tiltak_id(action.tiltak_id());
    standing.set_state(v1::TILTAK_STATE_OPEN);
    if (action.has_due_at()) *standing.mutable_due_at() = action.due_at();
  }
  for (const v1::TiltakRole& role : issued.roles()) {
    if (role.role() == issued.role()) break;
    if (!role.held()) *card.add_passed_over() = role;
  }
  card.set_revision(1);
  return card;
}

}  // namespace

CardsView& CardsFold::Changing() {
  if (changing_ == nullptr) changing_ = std::make_shared<CardsView>(*view_);
  return *changing_;
}

v1::Tiltakskort* CardsFold::Open(const std::string& card_id) {
  auto& open = Changing().open;
  const auto it = open.find(card_id);
  if (it == open.end()) return nullptr;
  auto& changed = changed_[card_id];
  if (changed == nullptr) {
    changed = std::make_shared<v1::Tiltakskort>(*it->second);
    it->second = changed;
  }
  return changed.get();
}

v1::Tiltakskort* CardsFold::Next(const std::string& card_id, const v1::Decision& decision) {
  const auto& open = Changing().open;
  const auto it = open.find(card_id);
  if (it == open.end() || decision.revision() != it->second->revision() + 1) return nullptr;
  return Open(card_id);
}

absl::Status CardsFold::Apply(const v1::Envelope& fact) {
  if (!IsOrganisationNumber(fact.hospital())) return absl::OkStatus();
  switch (fact.fact_case()) {
    case v1::Envelope::kTiltakskortIssued:
      ApplyIssued(fact);
      break;
    case v1::Envelope::kTiltakskortReassigned:
      ApplyReassigned(fact.tiltakskort_reassigned());
      break;
    case v1::Envelope::kTiltakskortRenewed:
      ApplyRenewed(fact);
      break;
    case v1::Envelope::kTiltakOverdue:
      ApplyOverdue(fact.tiltak_overdue());
      break;
    case v1::Envelope::kTiltakskortClosed:
      ApplyClosed(fact);
      break;
    case v1::Envelope::kTiltakAcknowledged:
      ApplyAcknowledged(fact);
      break;
    case v1::Envelope::kTiltakCompleted:
    case v1::Envelope::kTiltakDeclined:
      ApplyAnswer(fact);
      break;
    case v1::Envelope::kMeetingHeld:
      return ApplyMeeting(fact);
    default:
      break;
  }
  return absl::OkStatus();
}

const LevelState* CardsFold::LevelOf(const std::string& hospital) const {
  return levels_.Latest(absl::StrCat("h:", hospital));
}

// Not where its level is over by now, its place is taken, or its meeting has its card.
bool CardsFold::MayBeIssued(const v1::Envelope& fact) {
  const v1::TiltakskortIssued& issued = fact.tiltakskort_issued();
  if (issued.decision().revision() != 1 || issued.card_id().empty() ||
      !IsCardRecipient(issued.recipient()))
    return false;
  const CardsView& view = Changing();
  if (!issued.meeting_id().empty()) {
    const auto meeting = view.cardless.find(issued.meeting_id());
    return meeting != view.cardless.end() && meeting->second->hospital == fact.hospital() &&
           std::ranges::find(meeting->second->place.cardless(), issued.recipient()) !=
               meeting->second->place.cardless().end();
  }
  const LevelState* level = LevelOf(fact.hospital());
  if (level == nullptr || IsBelow(level->newest.to(), issued.trigger())) return false;
  const CardSlot* slot = view.SlotOf(fact.hospital(), issued.template_id(), issued.recipient());
  return slot == nullptr || (!slot->open && slot->level_revision < issued.level_revision());
}

void CardsFold::ApplyIssued(const v1::Envelope& fact) {
  if (!MayBeIssued(fact)) return;
  const v1::TiltakskortIssued& issued = fact.tiltakskort_issued();
  auto card = std::make_shared<v1::Tiltakskort>(NewCard(fact));
  changed_[issued.card_id()] = card;
  Changing().open[issued.card_id()] = std::move(card);
  if (issued.meeting_id().empty()) {
    const std::string key = SlotKey(fact.hospital(), issued.template_id(), issued.recipient());
    changed_slots_[key] = Changing().slots[key] = {issued.card_id(), issued.level_revision(), true};
    return;
  }
  auto meeting =
      std::make_shared<CardlessMeeting>(*Changing().cardless.find(issued.meeting_id())->second);
  auto& cardless = *meeting->place.mutable_cardless();
  cardless.erase(std::remove(cardless.begin(), cardless.end(), issued.recipient()), cardless.end());
  changed_places_[issued.meeting_id()] = meeting;
  if (cardless.empty()) {
    Changing().cardless.erase(issued.meeting_id());
  } else {
    Changing().cardless[issued.meeting_id()] = std::move(meeting);
  }
}

void CardsFold::ApplyReassigned(const v1::TiltakskortReassigned& fact) {
  v1::Tiltakskort* card = Next(fact.card_id(), fact.decision());
  if (card == nullptr || card->has_acknowledged() || card->role() != fact.from_role()) return;
  for (const v1::TiltakRole& role : card->issued().roles()) {
    if (role.role() == fact.from_role()) *card->add_unanswered() = role;
  }
  card->set_role(fact.to_role());
  if (fact.has_acknowledge_by()) {
    *card->mutable_acknowledge_by() = fact.acknowledge_by();
  } else {
    card->clear_acknowledge_by();
  }
  for (const v1::TiltakRole& role : fact.passed_over()) {
    if (!IsPassedOver(*card, role)) *card->add_passed_over() = role;
  }
  card->set_revision(fact.decision().revision());
}

void CardsFold::ApplyRenewed(const v1::Envelope& envelope) {
  const v1::TiltakskortRenewed& fact = envelope.tiltakskort_renewed();
  v1::Tiltakskort* card = Next(fact.card_id(), fact.decision());
  if (card == nullptr || fact.level_revision() <= card->level_revision()) return;
  card->set_level(fact.level());
  card->set_level_revision(fact.level_revision());
  card->set_role(fact.role());
  card->clear_acknowledged();
  card->clear_unanswered();
  card->clear_acknowledge_by();
  if (fact.has_acknowledge_by()) *card->mutable_acknowledge_by() = fact.acknowledge_by();
  for (v1::TiltakStanding& action : *card->mutable_actions()) {
    if (action.state() == v1::TILTAK_STATE_DONE) continue;
    const std::string tiltak_id = action.tiltak_id();
    action.Clear();
    action.set_tiltak_id(tiltak_id);
    action.set_state(v1::TILTAK_STATE_OPEN);
    for (const v1::TiltakDue& due : fact.due()) {
      if (due.tiltak_id() == tiltak_id) *action.mutable_due_at() = due.due_at();
    }
  }
  card->set_renewals(card->renewals() + 1);
  *card->mutable_renewed_at() = envelope.occurred_at();
  card->set_revision(fact.decision().revision());
  ListIds(card);
  const v1::TiltakskortIssued& issued = card->issued();
  const std::string key = SlotKey(card->hospital(), issued.template_id(), issued.recipient());
  changed_slots_[key] = Changing().slots[key] = {issued.card_id(), fact.level_revision(), true};
}

void CardsFold::ApplyOverdue(const v1::TiltakOverdue& fact) {
  v1::Tiltakskort* card = Next(fact.card_id(), fact.decision());
  if (card == nullptr) return;
  v1::TiltakStanding* action = ActionOf(card, fact.tiltak_id());
  if (action == nullptr || action->state() != v1::TILTAK_STATE_OPEN || action->overdue()) return;
  action->set_overdue(true);
  card->set_revision(fact.decision().revision());
}

void CardsFold::ApplyClosed(const v1::Envelope& envelope) {
  const v1::TiltakskortClosed& fact = envelope.tiltakskort_closed();
  v1::Tiltakskort* card = Next(fact.card_id(), fact.decision());
  if (card == nullptr) return;
  if (fact.closing() == v1::TILTAKSKORT_CLOSING_SETTLED) {
    if (!IsSettled(*card)) return;
  } else {
    // The level may have risen again meanwhile.
    const LevelState* level = LevelOf(card->hospital());
    if (level == nullptr || !IsBelow(level->newest.to(), card->issued().trigger())) return;
  }
  card->set_open(false);
  *card->mutable_closed_at() = envelope.occurred_at();
  card->set_closing(fact.closing());
  card->clear_acknowledge_by();
  for (const v1::TiltakStanding& action : card->actions()) {
    if (action.state() == v1::TILTAK_STATE_OPEN) card->add_undone_tiltak_ids(action.tiltak_id());
  }
  card->set_revision(fact.decision().revision());
  Changing().open.erase(fact.card_id());
  const v1::TiltakskortIssued& issued = card->issued();
  const std::string key = SlotKey(card->hospital(), issued.template_id(), issued.recipient());
  const auto slot = Changing().slots.find(key);
  if (!issued.meeting_id().empty() || slot == Changing().slots.end()) return;
  slot->second.open = false;
  changed_slots_[key] = slot->second;
}

void CardsFold::ApplyAcknowledged(const v1::Envelope& envelope) {
  const v1::TiltakAcknowledged& fact = envelope.tiltak_acknowledged();
  v1::Tiltakskort* card = Open(fact.card_id());
  if (card == nullptr) return;
  // It went on to another role meanwhile.
  if (!card->has_acknowledged() && !card->role().empty() && card->role() != fact.role()) return;
  bool news = false;
  for (v1::TiltakStanding& action : *card->mutable_actions()) {
    if (!fact.tiltak_id().empty() && action.tiltak_id() != fact.tiltak_id()) continue;
    if (action.seen()) continue;
    news = true;
    action.set_seen(true);
    action.set_seen_event_id(envelope.event_id());
  }
  if (!news) return;
  See(envelope, fact.by(), fact.role(), card);
  ListIds(card);
}

// Done, or declined: either says that the card was seen.
void CardsFold::ApplyAnswer(const v1::Envelope& envelope) {
  const bool done = envelope.has_tiltak_completed();
  const v1::TiltakCompleted& completed = envelope.tiltak_completed();
  const v1::TiltakDeclined& declined = envelope.tiltak_declined();
  v1::Tiltakskort* card = Open(done ? completed.card_id() : declined.card_id());
  if (card == nullptr) return;
  v1::TiltakStanding* action = ActionOf(card, done ? completed.tiltak_id() : declined.tiltak_id());
  if (action == nullptr || action->state() != v1::TILTAK_STATE_OPEN) return;
  action->set_state(done ? v1::TILTAK_STATE_DONE : v1::TILTAK_STATE_DECLINED);
  action->set_seen(true);
  action->set_by(done ? completed.by() : declined.by());
  action->set_role(done ? completed.role() : declined.role());
  *action->mutable_at() = envelope.occurred_at();
  action->set_told(done ? completed.outcome() : declined.reason());
  action->set_event_id(envelope.event_id());
  See(envelope, action->by(), action->role(), card);
  ListIds(card);
}

absl::Status CardsFold::ApplyMeeting(const v1::Envelope& fact) {
  const v1::MeetingHeld& held = fact.meeting_held();
  if (held.meeting_id().empty() || new_meetings_.contains(held.meeting_id()))
    return absl::OkStatus();
  auto stored = store_.Get(kMeeting, held.meeting_id());
  if (!stored.ok()) return stored.status();
  if (stored->has_value()) return absl::OkStatus();
  rows::Meeting& row = new_meetings_[held.meeting_id()];
  row.set_held(held.SerializeAsString());
  row.set_hospital(fact.hospital());
  row.set_held_us(UsOfProto(fact.occurred_at()));
  auto meeting = std::make_shared<CardlessMeeting>();
  meeting->hospital = fact.hospital();
  meeting->held_us = row.held_us();
  meeting->held = held;
  meeting->held.clear_snapshot();
  meeting->place.set_decisions(held.decided_size() + held.decisions_size());
  for (const v1::MeetingDecision& decision : held.decided()) {
    const auto& cardless = meeting->place.cardless();
    if (IsCardRecipient(decision.recipient()) &&
        std::ranges::find(cardless, decision.recipient()) == cardless.end())
      meeting->place.add_cardless(decision.recipient());
  }
  changed_places_[held.meeting_id()] = meeting;
  if (!meeting->place.cardless().empty())
    Changing().cardless[held.meeting_id()] = std::move(meeting);
  return absl::OkStatus();
}

}  // namespace overgang::projections
