// What had happened by an instant, as known from all facts of a cluster. Pure.
#pragma once

#include <cstdint>
#include <functional>

#include "projections/pathway/cluster.h"

namespace overgang::projections {

// Only the facts that stand (HeldFact::order_us) no later than `until_us`, and those that `also`
// says. What corrects is no happening and stays whenever it stands: that something never was, and
// what was taken back by it; who is whom; and another time of the admission of a stay of which
// something stands by then. A stay that never was is none at any instant, and one that began later
// than was thought is none before (its admitted_us is then later than `until_us`).
Cluster HappenedBy(Cluster cluster, int64_t until_us,
                   const std::function<bool(const HeldFact&)>& also = {});

}  // namespace overgang::projections
