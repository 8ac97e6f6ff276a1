#include "consumers/tiltakskort/card_issue.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/card_decider.h"
#include "consumers/tiltakskort/card_facts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::tiltakskort {
namespace {

google::protobuf::Duration ToProtoDuration(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::ToInt64Seconds(duration));
  return proto;
}

v1::TiltakRole RoleOf(const IssueBasis& basis, const std::string& recipient,
                      const std::string& role) {
  v1::TiltakRole named;
  named.set_role(role);
  named.set_name(basis.cards.NameOf(role));
  named.set_held(basis.roles.IsHeld(recipient, role));
  return named;
}

// Who is asked, each once, and the first of them that somebody holds; where nobody holds any, all.
void AddRoles(const IssueBasis& basis, const std::vector<std::string>& roles, absl::Duration within,
              v1::TiltakskortIssued* issued) {
  for (const std::string& role : roles) {
    if (std::ranges::find(issued->roles(), role, &v1::TiltakRole::role) == issued->roles().end())
      *issued->add_roles() = RoleOf(basis, issued->recipient(), role);
  }
  *issued->mutable_acknowledge_within() = ToProtoDuration(within);
  const auto first = std::ranges::find_if(issued->roles(), &v1::TiltakRole::held);
  if (first == issued->roles().end()) return;
  issued->set_role(first->role());
  *issued->mutable_acknowledge_by() = ToProto(basis.now + within);
}

// Fills in what follows from its actions.
v1::Envelope Finish(const IssueBasis& basis, const std::string& hospital,
                    v1::TiltakskortIssued issued) {
  for (const v1::Tiltak& action : issued.actions()) {
    issued.add_tiltak_ids(action.tiltak_id());
    if (!issued.has_due_at() || FromProto(issued.due_at()) < FromProto(action.due_at()))
      *issued.mutable_due_at() = action.due_at();
  }
  *issued.mutable_decision() = CardDecision(issued.card_id(), 1, basis.cursor);
  v1::Envelope envelope =
      CardDecisionEnvelope(hospital, issued.recipient(), issued.decision(), "issued", basis.now);
  *envelope.mutable_tiltakskort_issued() = std::move(issued);
  return envelope;
}

}  // namespace

v1::Envelope IssueOfLevel(const IssueBasis& basis, const CardTemplate& card,
                          const IssueReason& reason) {
  v1::TiltakskortIssued issued;
  issued.set_card_id(CardId(reason.hospital, card.id, reason.recipient, reason.level_revision));
  issued.set_template_id(card.id);
  issued.set_recipient(reason.recipient);
  issued.set_level(reason.level);
  issued.set_trigger(card.level);
  issued.set_level_revision(reason.level_revision);
  issued.set_title(card.title);
  issued.set_why(card.why);
  AddRoles(basis, card.roles, card.acknowledge_within, &issued);
  for (const ActionTemplate& action : card.actions) {
    v1::Tiltak& tiltak = *issued.add_actions();
    tiltak.set_tiltak_id(action.id);
    tiltak.set_text(action.text);
    *tiltak.mutable_owner() = RoleOf(basis, reason.recipient, action.owner);
    *tiltak.mutable_due_at() = ToProto(basis.now + action.due_within);
    *tiltak.mutable_due_within() = ToProtoDuration(action.due_within);
    tiltak.set_evidence(action.evidence);
  }
  return Finish(basis, reason.hospital, std::move(issued));
}

v1::Envelope IssueOfMeeting(const IssueBasis& basis, const projections::CardlessMeeting& meeting,
                            const std::string& recipient) {
  v1::TiltakskortIssued issued;
  issued.set_card_id(MeetingCardId(meeting.held.meeting_id(), recipient));
  issued.set_template_id(kMeetingTemplate);
  issued.set_recipient(recipient);
  issued.set_meeting_id(meeting.held.meeting_id());
  issued.set_title(absl::StrCat("Vedtak i kapasitetsmøtet ",
                                bokmal::Moment(absl::FromUnixMicros(meeting.held_us))));
  issued.set_why("Møtet vedtok dette.");
  std::vector<std::string> owners;
  for (const v1::MeetingDecision& decision : meeting.held.decided()) {
    if (decision.recipient() != recipient) continue;
    if (std::ranges::find(owners, decision.owner()) == owners.end())
      owners.push_back(decision.owner());
    v1::Tiltak& tiltak = *issued.add_actions();
    tiltak.set_tiltak_id(decision.tiltak_id());
    tiltak.set_text(decision.text());
    *tiltak.mutable_owner() = RoleOf(basis, recipient, decision.owner());
    if (decision.has_due_at()) *tiltak.mutable_due_at() = decision.due_at();
  }
  AddRoles(basis, owners, kMeetingAcknowledgeWithin, &issued);
  return Finish(basis, meeting.hospital, std::move(issued));
}

}  // namespace overgang::tiltakskort
