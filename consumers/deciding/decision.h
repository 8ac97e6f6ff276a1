// What the envelopes of all decisions have in common. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/pathway/matter.h"

namespace overgang::deciding {

// The id that a decision bears, whoever takes it and whenever: of subject, revision and person.
std::string DecisionId(const projections::Matter& matter, const projections::StayWho& who);

// An envelope that lacks the fact. `now`: when it is decided; it happened then, too, unless the
// decider says otherwise.
v1::Envelope DecisionEnvelope(const projections::Matter& matter, const projections::StayWho& who,
                              absl::Time now);

// `cursor`: the views that the decision rests on.
v1::Decision DecisionOf(const projections::Matter& matter, std::string_view cursor);

google::protobuf::Duration DurationOf(int64_t us);

}  // namespace overgang::deciding
