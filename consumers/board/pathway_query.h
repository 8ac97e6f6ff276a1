// One stay, or all stays of a person, with their facts: what GetPathway answers. Pure but for
// reading rows. Errors: the store's; NOT_FOUND, the same for what there is not and for what is not
// the caller's.
#pragma once

#include "absl/status/statusor.h"
#include "consumers/board/stay_query.h"
#include "core/access.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/views.h"

namespace overgang::board {

// For whom a pathway is told, and of what.
struct Teller {
  const projections::Epoch& epoch;
  const Scope& scope;
  ServeAt at;
};

// The whole answer but as_of, names and story.
absl::StatusOr<v1::GetPathwayResponse> FindPathway(const v1::GetPathwayRequest& request,
                                                   const Teller& teller);

}  // namespace overgang::board
