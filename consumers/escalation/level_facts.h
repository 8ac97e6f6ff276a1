// The facts of levels, as envelopes, and what they and GetLevels say of the inputs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "consumers/escalation/machine.h"
#include "consumers/escalation/measure.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::escalation {

// One for each input that the rule names, in the order of AllInputs: with the threshold of the
// highest level that it speaks for when the scope is at `level`, else of the lowest that names it.
std::vector<v1::LevelInput> InputsOf(const Rule& rule, const Measurement& measurement, Level level);

// What a change rests on.
struct Grounds {
  RuleAt rules;
  Measurement measurement;
  std::string cursor;
};

// By the rules or an override that ended. `revision`: the next of the scope.
v1::Envelope LevelChangedFact(const LevelScope& scope, const Transition& transition, int revision,
                              const Grounds& grounds, absl::Time now);
// What both kinds have in common: LevelChanged but for who, why and until when.
v1::LevelChanged LevelChangedOf(const LevelScope& scope, const Transition& transition, int revision,
                                const Grounds& grounds);
v1::Envelope EnvelopeOf(v1::LevelChanged change, absl::Time now);

v1::Envelope RulesActivatedFact(const Version& version, int revision, const std::string& cursor,
                                absl::Time now);

}  // namespace overgang::escalation
