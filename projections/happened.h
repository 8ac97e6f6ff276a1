// What had happened by an instant, as known from all facts of a cluster. Pure.
#pragma once

#include <cstdint>
#include <functional>

#include "projections/pathway/cluster.h"

namespace overgang::projections {

// Only the facts that stand (HeldFact::order_us) no later than `until_us`, and those that `also`
// says. What tells that something never was, or who is whom, is no happening and stays whenever it
// stands, and so does what was taken back: a stay that never was is none at any instant.
Cluster HappenedBy(Cluster cluster, int64_t until_us,
                   const std::function<bool(const HeldFact&)>& also = {});

}  // namespace overgang::projections
