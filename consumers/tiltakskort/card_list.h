// ListTiltakskort: the cards that a caller is told of. Pure, over an epoch's rows.
#pragma once

#include "absl/status/statusor.h"
#include "core/access.h"
#include "core/directory.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

inline constexpr int kCardsPerPage = 100;  // Closed ones; where the request does not say.
inline constexpr int kCardsPerPageMax = 1'000;
inline constexpr int kCardsReadMax = 5'000;  // For one page; then the page ends there.

// All that are open, on the first page, and then those that are closed; newest first. Without as_of
// and vacant roles. INVALID_ARGUMENT and PERMISSION_DENIED with the field.
absl::StatusOr<v1::ListTiltakskortResponse> ListCards(const projections::Epoch& epoch,
                                                      const Directory& directory,
                                                      const Scope& scope,
                                                      const v1::ListTiltakskortRequest& request);

}  // namespace overgang::tiltakskort
