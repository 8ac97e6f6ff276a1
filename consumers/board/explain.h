// Why the count of a kommune at a moment past is another one today: the stays that count otherwise,
// and what was learnt of each since. Pure; reads a row of each stay that was open then, so on a
// worker's thread. Errors: the stores'.
#pragma once

#include "absl/status/statusor.h"
#include "consumers/board/census_query.h"

namespace overgang::board {

// `then`: what was known. `query`: of one kommune, at the now of the answer that was given. The
// answer is whole but for as_of.
//
// Known today of the same moment is what `then` knew and what stands no later than that now; both
// are counted alike, so before and after differ by the changes, each stay counted by itself.
// Free places are as known then in both.
absl::StatusOr<v1::ExplainCensusResponse> ExplainCensus(const projections::Epoch& then,
                                                        const projections::Epoch& today,
                                                        const CensusQuery& query);

}  // namespace overgang::board
