#include "consumers/meeting/holding.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/card_facts.h"
#include "consumers/tiltakskort/said.h"
#include "core/edit_distance.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "projections/cards.h"

namespace overgang::meeting {
namespace {

absl::Status Invalid(const std::string& field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

absl::Status CheckRecipient(const std::string& recipient, const std::string& hospital,
                            const std::string& field) {
  const bool hospitals_own = recipient == absl::StrCat("h:", hospital);
  const bool kommune = recipient.starts_with("k:") &&
                       KommuneByNumber(std::string_view(recipient).substr(2)) != nullptr;
  if (hospitals_own || kommune) return absl::OkStatus();
  return Invalid(field, "neither the meeting's hospital nor a kommune",
                 "write h:<organisation number> of the hospital, or k:<kommune>");
}

absl::Status CheckDecision(const v1::MeetingDecision& decision, const std::string& hospital,
                           const tiltakskort::Cards& cards, absl::Time now, const std::string& at) {
  if (decision.text().empty())
    return Invalid(absl::StrCat(at, ".text"), "missing", "say what was decided");
  if (absl::Status status =
          tiltakskort::CheckText(decision.text(), absl::StrCat(at, ".text"), kDecisionCharsMax);
      !status.ok())
    return status;
  if (!cards.role_names.contains(decision.owner())) {
    std::vector<std::string> known;
    for (const auto& [role, name] : cards.role_names) known.push_back(role);
    return Invalid(absl::StrCat(at, ".owner"), "no role of the cards",
                   known.empty() ? "add it to roller.toml of the cards"
                                 : absl::StrCat("add it to roller.toml of the cards; did you mean ",
                                                Nearest(decision.owner(), known), "?"));
  }
  if (!decision.has_due_at() || FromProto(decision.due_at()) <= now)
    return Invalid(absl::StrCat(at, ".due_at"), decision.has_due_at() ? "has passed" : "missing",
                   "say when it is to be done");
  if (FromProto(decision.due_at()) > now + absl::Hours(24 * kDueDaysMax))
    return Invalid(absl::StrCat(at, ".due_at"), "is too far ahead",
                   absl::StrCat("give at most ", kDueDaysMax, " days"));
  return CheckRecipient(RecipientOf(decision, hospital), hospital, absl::StrCat(at, ".recipient"));
}

absl::Status CheckAttendance(const v1::HoldMeetingRequest& request) {
  if (request.attendance_size() > kAttendanceMax)
    return Invalid("attendance", absl::StrCat("more than ", kAttendanceMax), "name roles once");
  for (int i = 0; i < request.attendance_size(); ++i) {
    const v1::MeetingAttendance& attendance = request.attendance(i);
    const std::string at = absl::StrCat("attendance[", i, "]");
    if (attendance.role().empty())
      return Invalid(absl::StrCat(at, ".role"), "missing", "say as whom they were there");
    absl::Status status =
        tiltakskort::CheckText(attendance.role(), absl::StrCat(at, ".role"), kRoleCharsMax);
    if (status.ok() && !attendance.recipient().empty())
      status = CheckRecipient(attendance.recipient(), request.hospital(),
                              absl::StrCat(at, ".recipient"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

std::string RecipientOf(const v1::MeetingDecision& decision, const std::string& hospital) {
  return decision.recipient().empty() ? absl::StrCat("h:", hospital) : decision.recipient();
}

absl::Status Check(const v1::HoldMeetingRequest& request, const Scope& scope,
                   const tiltakskort::Cards& cards, absl::Time now) {
  if (absl::Status status = CheckHospital(request.hospital(), "hospital"); !status.ok())
    return status;
  if (!scope.MaySeeHospital(request.hospital())) return NotYours("hospital");
  if (request.decisions_size() + request.decided_size() > kDecisionsMax)
    return Invalid("decided", absl::StrCat("more than ", kDecisionsMax, " decisions"),
                   "hold it as two meetings");
  for (const std::string& decision : request.decisions()) {
    absl::Status status = tiltakskort::CheckText(decision, "decisions", kDecisionCharsMax);
    if (!status.ok()) return status;
  }
  for (int i = 0; i < request.decided_size(); ++i) {
    absl::Status status = CheckDecision(request.decided(i), request.hospital(), cards, now,
                                        absl::StrCat("decided[", i, "]"));
    if (!status.ok()) return status;
  }
  return CheckAttendance(request);
}

v1::Envelope MeetingFact(const v1::HoldMeetingRequest& request, const v1::MeetingSnapshot& snapshot,
                         const std::string& meeting_id, const std::string& by,
                         const tiltakskort::Cards& cards, const tiltakskort::Roles& roles,
                         absl::Time now) {
  v1::Envelope envelope =
      tiltakskort::CardEnvelope(request.hospital(), absl::StrCat("h:", request.hospital()), now);
  v1::MeetingHeld& held = *envelope.mutable_meeting_held();
  held.set_meeting_id(meeting_id);
  held.set_snapshot_cursor(snapshot.as_of().cursor());
  held.set_snapshot(snapshot.SerializeAsString());
  *held.mutable_decisions() = request.decisions();
  for (const v1::MeetingDecision& asked : request.decided()) {
    v1::MeetingDecision& decision = *held.add_decided();
    decision = asked;
    decision.set_tiltak_id(absl::StrCat("vedtak-", held.decided_size()));
    decision.set_recipient(RecipientOf(asked, request.hospital()));
    *decision.mutable_due_at() = ToProto(FromProto(asked.due_at()));
    v1::TiltakRole& owner = *decision.mutable_owner_role();
    owner.set_role(asked.owner());
    owner.set_name(cards.NameOf(asked.owner()));
    owner.set_held(roles.IsHeld(decision.recipient(), asked.owner()));
  }
  *held.mutable_attendance() = request.attendance();
  for (v1::MeetingAttendance& attendance : *held.mutable_attendance()) {
    if (attendance.recipient().empty())
      attendance.set_recipient(absl::StrCat("h:", request.hospital()));
  }
  held.set_by(by);
  return envelope;
}

}  // namespace overgang::meeting
