// The fold of tiltakskort and meetings in overgang.escalation.v1: which cards are open and how far
// each has come, and what meetings decided that has no card yet.
//
// All of it lies in one partition, so the order in the log is the order. Of each revision of a card
// the first decision that can be counts; one that rests on what is no longer so (a card that goes
// on to the next role though it was acknowledged meanwhile) counts for nothing, and neither does
// what somebody said of a card or action that was closed or settled by then.
//
// CardsView is immutable and shared: a card that did not change is the same object in the next
// view. Threads: the fold's is one; the functions below read rows of any epoch. Errors: the
// store's; DATA_LOSS where a row cannot be read. Units: microseconds since 1970 UTC.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/levels.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

// The last card of a template for a recipient.
struct CardSlot {
  std::string card_id;
  int level_revision = 0;
  bool open = false;
};

// A meeting with decisions that have no card yet.
struct CardlessMeeting {
  std::string hospital;
  int64_t held_us = 0;
  v1::MeetingHeld held;  // Without its snapshot.
  rows::MeetingPlace place;
};

struct CardsView {
  std::map<std::string, std::shared_ptr<const v1::Tiltakskort>, std::less<>> open;  // By card id.
  std::map<std::string, CardSlot, std::less<>> slots;                               // By SlotKey.
  std::map<std::string, std::shared_ptr<const CardlessMeeting>, std::less<>>
      cardless;  // By meeting id.

  const CardSlot* SlotOf(std::string_view hospital, std::string_view template_id,
                         std::string_view recipient) const;  // Null: no card ever.
};

std::string SlotKey(std::string_view hospital, std::string_view template_id,
                    std::string_view recipient);
// "h:974749025", "k:5001".
bool IsCardRecipient(std::string_view text);

// Whether a level ends what was begun at `trigger`. What is not known ends nothing, and what no
// level began, none ends.
bool IsBelow(v1::EscalationLevel level, v1::EscalationLevel trigger);
// How an action of a card stands; null: it is not on the card.
const v1::TiltakStanding* FindAction(const v1::Tiltakskort& card, std::string_view tiltak_id);
// Whether each action is done or declined.
bool IsSettled(const v1::Tiltakskort& card);

class CardsFold {
 public:
  // `levels` has applied each fact before it is applied here.
  CardsFold(const StateStore& store, const LevelsFold& levels)
      : store_(store), levels_(levels), view_(std::make_shared<const CardsView>()) {}

  [[nodiscard]] absl::Status Apply(const v1::Envelope& fact);
  [[nodiscard]] absl::Status Load(const StateSnapshot& rows);
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const CardsView> view() const { return view_; }

 private:
  void ApplyIssued(const v1::Envelope& fact);
  void ApplyReassigned(const v1::TiltakskortReassigned& fact);
  void ApplyRenewed(const v1::Envelope& fact);
  void ApplyOverdue(const v1::TiltakOverdue& fact);
  void ApplyClosed(const v1::Envelope& fact);
  void ApplyAcknowledged(const v1::Envelope& fact);
  void ApplyAnswer(const v1::Envelope& fact);
  absl::Status ApplyMeeting(const v1::Envelope& fact);
  bool MayBeIssued(const v1::Envelope& fact);
  const LevelState* LevelOf(const std::string& hospital) const;
  static absl::Status LoadCardless(const StateSnapshot& rows, CardsView* view);

  // The open card, to be changed; null: there is none.
  v1::Tiltakskort* Open(const std::string& card_id);
  // The same, where the decision is the next one on it.
  v1::Tiltakskort* Next(const std::string& card_id, const v1::Decision& decision);
  CardsView& Changing();

  const StateStore& store_;
  const LevelsFold& levels_;
  std::shared_ptr<const CardsView> view_;
  std::shared_ptr<CardsView> changing_;  // Of this epoch; null: nothing changed.
  std::map<std::string, std::shared_ptr<v1::Tiltakskort>> changed_;  // Cards, by id.
  std::map<std::string, CardSlot> changed_slots_;
  std::map<std::string, rows::Meeting> new_meetings_;
  std::map<std::string, std::shared_ptr<const CardlessMeeting>> changed_places_;  // By meeting id.
};

// Any card, open or closed.
absl::StatusOr<std::optional<v1::Tiltakskort>> FindCard(const StateSnapshot& rows,
                                                        std::string_view card_id);
// Of one hospital, newest first, from a key on that an earlier scan told (empty: from the first),
// until `visit` returns false.
absl::Status ScanCards(
    const StateSnapshot& rows, std::string_view hospital, std::string_view from,
    const std::function<bool(std::string_view key, const v1::Tiltakskort& card)>& visit);
// Its key without the card: where a scan goes on with all cards of the same time.
std::string_view TimeOfCardKey(std::string_view key);

struct HeldMeeting {
  v1::MeetingHeld held;
  std::string hospital;
  int64_t held_us = 0;
};
absl::StatusOr<std::optional<HeldMeeting>> FindMeeting(const StateSnapshot& rows,
                                                       std::string_view meeting_id);
// Of a key in kMeetingByTime.
std::string_view MeetingIdOf(std::string_view key);
// Of one hospital, newest first, as ScanCards.
absl::Status ScanMeetings(
    const StateSnapshot& rows, std::string_view hospital, std::string_view from,
    const std::function<bool(std::string_view key, std::string_view meeting_id, int64_t held_us,
                             const rows::MeetingPlace& place)>& visit);

}  // namespace overgang::projections
