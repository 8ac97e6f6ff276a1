// What people say of cards: whether they may, the fact that is made of it, and whether it came to
// count. Pure functions of an epoch, the caller and who holds which role.
//
// Errors, each with its field and remedy: NOT_FOUND (no such card, none of the caller's, or no such
// action), PERMISSION_DENIED (another recipient's, or another role's), FAILED_PRECONDITION (the
// card is closed, or went on to another role), ALREADY_EXISTS (acknowledged, done or declined
// before), INVALID_ARGUMENT.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/tiltakskort/cards.h"
#include "core/rpc.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

inline constexpr size_t kToldCharsMax = 2'000;  // Of an outcome or a reason.

// Whether a caller is told of a card: the hospital of all of its own, a kommune of those for it.
bool MaySeeCard(const Scope& scope, std::string_view hospital, std::string_view recipient);
// Whether it is the caller's to answer.
bool IsOwn(const Scope& scope, std::string_view recipient);

// What people write: not too long, and no national number. INVALID_ARGUMENT.
absl::Status CheckText(std::string_view text, std::string_view field, size_t chars_max);

// The roles that may say something now. All of the card's roles where it is nobody's in particular,
// or where nobody holds any more the one that acknowledged it: an acknowledged card goes on to no
// other. None, where nobody holds any of them: then whoever may write for the recipient.
std::vector<std::string> RolesToAsk(const v1::Tiltakskort& card, const Roles& roles);
// Tells them on a card that is open.
void SetAsked(const Roles& roles, v1::Tiltakskort* card);

// Whoever speaks, and with what right.
struct Speaker {
  const Caller& caller;
  const Roles& roles;
};

// An envelope without id and source.
absl::StatusOr<v1::Envelope> FactOf(const Speaker& speaker, const projections::Epoch& epoch,
                                    const v1::AcknowledgeTiltakRequest& request, absl::Time now);
absl::StatusOr<v1::Envelope> FactOf(const Speaker& speaker, const projections::Epoch& epoch,
                                    const v1::CompleteTiltakRequest& request, absl::Time now);

// Whether the fact of that id counts, in views that know of it; else why not.
absl::Status Counts(const projections::Epoch& epoch, const v1::AcknowledgeTiltakRequest& request,
                    const std::string& event_id);
absl::Status Counts(const projections::Epoch& epoch, const v1::CompleteTiltakRequest& request,
                    const std::string& event_id);

}  // namespace overgang::tiltakskort
