// The decider of readmissions: an open matter becomes the fact that is missing. Pure.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/pathway/matter.h"

namespace overgang::readmissions {

// PatientReadmitted by one definition, or that it was none after all (matter.withdraw).
v1::Envelope Decide(const projections::Matter& matter, const projections::StayWho& who,
                    absl::Time now, std::string_view cursor);

}  // namespace overgang::readmissions
