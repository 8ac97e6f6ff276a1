#include "consumers/tiltakskort/card_decider.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/card_facts.h"
#include "consumers/tiltakskort/card_issue.h"
#include "core/oslo_time.h"

namespace overgang::tiltakskort {
namespace {

using projections::LevelState;

constexpr std::string_view kHospitalScope = "h:";  // A region has no cards.

class Decider {
 public:
  explicit Decider(const CardQuestion& question) : q_(question) {}

  std::vector<v1::Envelope> Decide() {
    for (const auto& [id, card] : q_.view.open) DecideCard(*card);
    for (const auto& [scope, level] : q_.levels.levels) {
      if (scope.starts_with(kHospitalScope)) IssueFor(scope.substr(kHospitalScope.size()), *level);
    }
    for (const auto& [id, meeting] : q_.view.cardless) IssueOf(*meeting);
    return std::move(facts_);
  }

 private:
  bool Full() const { return facts_.size() >= q_.facts_max; }
  bool IsPast(const google::protobuf::Timestamp& at) const { return FromProto(at) < q_.now; }

  v1::Envelope& Add(const v1::Tiltakskort& card, int revision, std::string_view what,
                    v1::Decision* decision) {
    *decision = CardDecision(card.issued().card_id(), revision, q_.cursor);
    return facts_.emplace_back(
        CardDecisionEnvelope(card.hospital(), card.issued().recipient(), *decision, what, q_.now));
  }

  // The first that applies: what closes a card comes before what would go on with it.
  void DecideCard(const v1::Tiltakskort& card) {
    if (Full()) return;
    const LevelState* level = q_.levels.Find(std::string(kHospitalScope) + card.hospital());
    const bool of_level = card.issued().meeting_id().empty();
    if (of_level && level != nullptr &&
        projections::IsBelow(level->newest.to(), card.issued().trigger()))
      return Close(card, v1::TILTAKSKORT_CLOSING_LEVEL_FELL);
    if (projections::IsSettled(card)) return Close(card, v1::TILTAKSKORT_CLOSING_SETTLED);
    if (of_level && level != nullptr && level->rose_revision > card.level_revision())
      return Renew(card, *level);
    if (!card.has_acknowledged() && card.has_acknowledge_by() && IsPast(card.acknowledge_by()))
      return Reassign(card);
    TellOverdue(card);
  }

  void Close(const v1::Tiltakskort& card, v1::TiltakskortClosing why) {
    v1::Decision decision;
    v1::Envelope& envelope = Add(card, card.revision() + 1, "closed", &decision);
    v1::TiltakskortClosed& closed = *envelope.mutable_tiltakskort_closed();
    *closed.mutable_decision() = decision;
    closed.set_card_id(card.issued().card_id());
    closed.set_recipient(card.issued().recipient());
    closed.set_closing(why);
    int undone = 0;
    for (const v1::TiltakStanding& action : card.actions()) {
      if (action.state() != v1::TILTAK_STATE_OPEN) continue;
      closed.add_undone_tiltak_ids(action.tiltak_id());
      ++undone;
    }
    closed.set_reason(why == v1::TILTAKSKORT_CLOSING_SETTLED ? "Alle tiltak er utført eller avslått"
                      : undone == 0                          ? "Nivået er lavere enn kortets"
                                    : absl::StrCat("Nivået er lavere enn kortets; ", undone,
                                                   " tiltak står igjen"));
  }

  void Renew(const v1::Tiltakskort& card, const LevelState& level) {
    v1::Decision decision;
    v1::Envelope& envelope = Add(card, card.revision() + 1, "renewed", &decision);
    v1::TiltakskortRenewed& renewed = *envelope.mutable_tiltakskort_renewed();
    const v1::TiltakskortIssued& issued = card.issued();
    *renewed.mutable_decision() = decision;
    renewed.set_card_id(issued.card_id());
    renewed.set_recipient(issued.recipient());
    renewed.set_level(level.newest.to());
    renewed.set_level_revision(level.rose_revision);
    const auto role = std::ranges::find_if(issued.roles(), [&](const v1::TiltakRole& candidate) {
      return q_.roles.IsHeld(issued.recipient(), candidate.role());
    });
    if (role != issued.roles().end()) {
      renewed.set_role(role->role());
      *renewed.mutable_acknowledge_by() = After(issued.acknowledge_within());
    }
    for (const v1::Tiltak& action : issued.actions()) {
      const v1::TiltakStanding* standing = projections::FindAction(card, action.tiltak_id());
      if (standing == nullptr || standing->state() == v1::TILTAK_STATE_DONE) continue;
      v1::TiltakDue& due = *renewed.add_due();
      due.set_tiltak_id(action.tiltak_id());
      *due.mutable_due_at() = After(action.due_within());
    }
  }

  google::protobuf::Timestamp After(const google::protobuf::Duration& within) const {
    return ToProto(q_.now + absl::Seconds(within.seconds()) + absl::Nanoseconds(within.nanos()));
  }

  // To the next role that somebody holds; where there is none, to all of them.
  void Reassign(const v1::Tiltakskort& card) {
    v1::Decision decision;
    v1::Envelope& envelope =
        Add(card, card.revision() + 1, absl::StrCat("reassigned ", card.role()), &decision);
    v1::TiltakskortReassigned& fact = *envelope.mutable_tiltakskort_reassigned();
    const v1::TiltakskortIssued& issued = card.issued();
    *fact.mutable_decision() = decision;
    fact.set_card_id(issued.card_id());
    fact.set_recipient(issued.recipient());
    fact.set_from_role(card.role());
    bool after = false;
    for (const v1::TiltakRole& role : issued.roles()) {
      if (after && q_.roles.IsHeld(issued.recipient(), role.role())) {
        fact.set_to_role(role.role());
        *fact.mutable_acknowledge_by() = After(issued.acknowledge_within());
        return;
      }
      if (after) {
        v1::TiltakRole& passed = *fact.add_passed_over();
        passed = role;
        passed.set_held(false);
      }
      after |= role.role() == card.role();
    }
  }

  void TellOverdue(const v1::Tiltakskort& card) {
    int revision = card.revision();
    for (const v1::TiltakStanding& action : card.actions()) {
      if (action.state() != v1::TILTAK_STATE_OPEN || action.overdue() || !action.has_due_at() ||
          !IsPast(action.due_at()) || Full())
        continue;
      v1::Decision decision;
      v1::Envelope& envelope =
          Add(card, ++revision, absl::StrCat("overdue ", action.tiltak_id()), &decision);
      v1::TiltakOverdue& overdue = *envelope.mutable_tiltak_overdue();
      *overdue.mutable_decision() = decision;
      overdue.set_card_id(card.issued().card_id());
      overdue.set_recipient(card.issued().recipient());
      overdue.set_tiltak_id(action.tiltak_id());
      *overdue.mutable_due_at() = action.due_at();
    }
  }

  void IssueFor(const std::string& hospital, const LevelState& level) {
    std::optional<std::set<std::string>> with_ukp;
    for (const CardTemplate& card : q_.cards.templates) {
      if (level.newest.to() < card.level || level.rose_revision == 0) continue;
      if (!card.hospitals.empty() &&
          std::ranges::find(card.hospitals, hospital) == card.hospitals.end())
        continue;
      if (card.given_to == CardFor::kHospital) {
        IssueTo(hospital, level, card, absl::StrCat("h:", hospital));
        continue;
      }
      if (card.given_to == CardFor::kKommuner) {
        for (const std::string& kommune : KommunerOf(hospital, q_.directory))
          IssueTo(hospital, level, card, absl::StrCat("k:", kommune));
        continue;
      }
      if (!with_ukp.has_value()) with_ukp = q_.kommuner_with_ukp(hospital);
      for (const std::string& kommune : *with_ukp)
        IssueTo(hospital, level, card, absl::StrCat("k:", kommune));
    }
  }

  // Once for each rise: a card that is open is renewed instead.
  void IssueTo(const std::string& hospital, const LevelState& level, const CardTemplate& card,
               const std::string& recipient) {
    const projections::CardSlot* slot = q_.view.SlotOf(hospital, card.id, recipient);
    if (Full() || (slot != nullptr && (slot->open || slot->level_revision >= level.rose_revision)))
      return;
    facts_.push_back(IssueOfLevel({q_.cards, q_.roles, q_.now, q_.cursor}, card,
                                  {hospital, recipient, level.newest.to(), level.rose_revision}));
  }

  void IssueOf(const projections::CardlessMeeting& meeting) {
    for (const std::string& recipient : meeting.place.cardless()) {
      if (Full()) return;
      facts_.push_back(IssueOfMeeting({q_.cards, q_.roles, q_.now, q_.cursor}, meeting, recipient));
    }
  }

  const CardQuestion& q_;
  std::vector<v1::Envelope> facts_;
};

}  // namespace

std::vector<v1::Envelope> CardsDue(const CardQuestion& question) {
  return Decider(question).Decide();
}

}  // namespace overgang::tiltakskort
