// A meeting to show, and what can be added to it.
#pragma once

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "consumers/meeting/snapshot.h"
#include "core/oslo_time.h"
#include "overgang/v1/escalation_service.pb.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

inline const absl::Time kHeld = absl::FromCivil(absl::CivilMinute(2026, 3, 2, 13, 5), Oslo());

inline std::string Unheld(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\u00a0", " "}});
}

inline size_t CountOf(const std::string& text, const std::string& words) {
  size_t count = 0;
  for (size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
    ++count;
  return count;
}

inline v1::GetMeetingResponse Meeting() {
  v1::GetMeetingResponse meeting;
  meeting.set_hospital(kHospital);
  *meeting.mutable_held_at() = ToProto(kHeld);
  v1::MeetingHeld& held = *meeting.mutable_meeting();
  held.set_meeting_id("0f1e2d3c-0000-5000-8000-000000000001");
  v1::MeetingAttendance& present = *held.add_attendance();
  present.set_role("Klinikksjef");
  present.set_recipient("h:974749025");
  present.set_present(true);
  v1::MeetingAttendance& absent = *held.add_attendance();
  absent.set_role("Koordinerende enhet");
  absent.set_recipient("k:5001");
  v1::MeetingSnapshot& snapshot = *meeting.mutable_snapshot();
  snapshot.set_version(meeting::kSnapshotVersion);
  *snapshot.mutable_as_of()->mutable_now() = ToProto(kHeld - absl::Minutes(4));
  v1::HospitalCensus& census = *snapshot.mutable_census();
  census.set_hospital(kHospital);
  census.set_name("St. Olavs hospital");
  census.set_inpatients(613);
  census.set_ukp(47);
  census.set_ukp_over_24h(21);
  census.set_corridor(9);
  census.set_corridor_reported(11);
  census.set_ukp_over_7_days(8);
  census.set_ukp_over_10_days(3);
  census.set_beds(600);
  census.set_occupied(627);
  census.set_occupancy_percent(104.5);
  snapshot.mutable_level()->set_to(v1::ESCALATION_LEVEL_ROD);
  *snapshot.mutable_since() = ToProto(kHeld - absl::Hours(3));
  return meeting;
}

inline void AddDecision(v1::GetMeetingResponse* meeting, const std::string& text) {
  v1::MeetingDecision& decision = *meeting->mutable_meeting()->add_decided();
  decision.set_text(text);
  decision.set_recipient("h:974749025");
  decision.mutable_owner_role()->set_name("Vakthavende avdelingssjef");
  *decision.mutable_due_at() = ToProto(kHeld + absl::Hours(2));
}

inline void AddKommune(v1::GetMeetingResponse* meeting, const std::string& name, int ukp) {
  v1::KommuneCensus& kommune = *meeting->mutable_snapshot()->add_kommuner();
  kommune.set_name(name);
  kommune.set_inpatients(ukp + 100);
  kommune.set_ukp(ukp);
}

inline void AddCard(v1::GetMeetingResponse* meeting, const std::string& title,
                    const std::string& recipient) {
  v1::Tiltakskort& card = *meeting->mutable_snapshot()->add_cards();
  card.mutable_issued()->set_title(title);
  card.mutable_issued()->set_recipient(recipient);
}

inline void AddCorrection(v1::GetMeetingResponse* meeting, const std::string& of,
                          const std::string& what, int frozen, int now) {
  v1::MeetingCorrection& correction = *meeting->add_corrections();
  correction.set_of(of);
  correction.set_number(what);
  correction.set_frozen(frozen);
  correction.set_now(now);
}

}  // namespace overgang::testing
