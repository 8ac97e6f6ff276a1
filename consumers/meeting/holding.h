// The fact that is made when a meeting is held. Pure. Errors: INVALID_ARGUMENT and
// PERMISSION_DENIED with the field.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/tiltakskort/cards.h"
#include "core/access.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::meeting {

inline constexpr int kDecisionsMax = 100;
inline constexpr int kAttendanceMax = 200;
inline constexpr size_t kDecisionCharsMax = 1'000;
inline constexpr size_t kRoleCharsMax = 100;
inline constexpr int kDueDaysMax = 400;

// Whether this caller may hold it, as it is.
absl::Status Check(const v1::HoldMeetingRequest& request, const Scope& scope,
                   const tiltakskort::Cards& cards, absl::Time now);

// Without id and source of its envelope, and without the meeting before. `by`: who writes it down.
v1::Envelope MeetingFact(const v1::HoldMeetingRequest& request, const v1::MeetingSnapshot& snapshot,
                         const std::string& meeting_id, const std::string& by,
                         const tiltakskort::Cards& cards, const tiltakskort::Roles& roles,
                         absl::Time now);

// For whom a decision is: the hospital where it does not say.
std::string RecipientOf(const v1::MeetingDecision& decision, const std::string& hospital);

}  // namespace overgang::meeting
