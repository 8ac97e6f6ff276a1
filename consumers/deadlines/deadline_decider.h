// The decider of missed deadlines: an open matter becomes the fact that is missing. Pure.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/pathway/matter.h"

namespace overgang::deadlines {

// DeadlineMissed, or that it was not after all (matter.withdraw). To be called once the matter is
// due. It happened when it was due; `over_by` is by how much it was met late, else by how much it
// is late `now`.
v1::Envelope Decide(const projections::Matter& matter, const projections::StayWho& who,
                    absl::Time now, std::string_view cursor);

}  // namespace overgang::deadlines
