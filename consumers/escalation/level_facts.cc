#include "consumers/escalation/level_facts.h"

#include <algorithm>
#include <utility>

#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::escalation {
namespace {

constexpr std::string_view kRulesSubject = "rules";

v1::Envelope HubEnvelope(const v1::Decision& decision, absl::Time occurred, absl::Time now) {
  v1::Envelope envelope;
  envelope.set_event_id(
      NameUuid({"decision", decision.subject(), std::to_string(decision.revision())}));
  *envelope.mutable_occurred_at() = ToProto(occurred);
  *envelope.mutable_recorded_at() = ToProto(now);
  envelope.set_occurred_precision(v1::PRECISION_SECOND);
  envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
  envelope.mutable_source()->set_sender("hub");
  envelope.set_schema_version(1);
  return envelope;
}

// The threshold of the highest level that the input speaks for, else of the lowest that names it.
v1::LevelInput InputOf(const Rule& rule, const InputSpec& spec, const Measured& measured,
                       Level level) {
  v1::LevelInput told;
  told.set_name(std::string(spec.name));
  told.set_value(measured.value);
  told.set_state(measured.state);
  if (measured.at_us != 0) *told.mutable_measured_at() = ProtoOfUs(measured.at_us);
  const bool counts = measured.state == v1::LEVEL_INPUT_STATE_MEASURED;
  for (const LevelRule& candidate : rule.levels) {
    for (const Threshold& threshold : candidate.thresholds) {
      if (threshold.input != spec.input) continue;
      const bool past = counts && threshold.Enters(measured.value);
      const bool holds =
          counts && !past && candidate.level <= level && threshold.Stays(measured.value);
      if (!past && !holds && told.level() != v1::ESCALATION_LEVEL_UNSPECIFIED) continue;
      told.set_level(candidate.level);
      told.set_threshold(threshold.enter);
      told.set_exit(threshold.exit);
      told.set_past(past);
      told.set_holds(holds);
    }
  }
  return told;
}

}  // namespace

std::vector<v1::LevelInput> InputsOf(const Rule& rule, const Measurement& measurement,
                                     Level level) {
  std::vector<v1::LevelInput> inputs;
  for (size_t i = 0; i < kInputs; ++i) {
    v1::LevelInput input = InputOf(rule, AllInputs()[i], measurement[i], level);
    if (input.level() != v1::ESCALATION_LEVEL_UNSPECIFIED) inputs.push_back(std::move(input));
  }
  return inputs;
}

v1::LevelChanged LevelChangedOf(const LevelScope& scope, const Transition& transition, int revision,
                                const Grounds& grounds) {
  v1::LevelChanged change;
  v1::Decision& decision = *change.mutable_decision();
  decision.set_subject(scope.scope);
  decision.set_revision(revision);
  decision.set_cursor(grounds.cursor);
  change.set_from(transition.from);
  change.set_to(transition.to);
  change.set_scope(scope.scope);
  change.set_cause(transition.cause);
  *change.mutable_at() = ProtoOfUs(transition.at_us);
  if (grounds.rules.version != nullptr) change.set_rules_version(grounds.rules.version->name);
  if (grounds.rules.rule == nullptr) return change;
  const Rule& rule = *grounds.rules.rule;
  // What had not reached the new level speaks for it no more than before; what holds the old one
  // does not hold a lower one.
  for (v1::LevelInput& input :
       InputsOf(rule, grounds.measurement, std::min(transition.from, transition.to)))
    *change.add_inputs() = std::move(input);
  return change;
}

v1::Envelope EnvelopeOf(v1::LevelChanged change, absl::Time now) {
  v1::Envelope envelope = HubEnvelope(change.decision(), FromProto(change.at()), now);
  if (change.scope().starts_with("h:")) envelope.set_hospital(change.scope().substr(2));
  *envelope.mutable_level_changed() = std::move(change);
  return envelope;
}

v1::Envelope LevelChangedFact(const LevelScope& scope, const Transition& transition, int revision,
                              const Grounds& grounds, absl::Time now) {
  return EnvelopeOf(LevelChangedOf(scope, transition, revision, grounds), now);
}

v1::Envelope RulesActivatedFact(const Version& version, int revision, const std::string& cursor,
                                absl::Time now) {
  v1::RulesActivated activated;
  activated.set_version(version.name);
  // Never backwards: a hub that was down on the date takes them up when it is back.
  const absl::Time from = std::max(absl::FromUnixMicros(version.ValidFromUs()), now);
  *activated.mutable_valid_from() = ToProto(from);
  activated.set_digest(version.digest);
  v1::Decision& decision = *activated.mutable_decision();
  decision.set_subject(std::string(kRulesSubject));
  decision.set_revision(revision);
  decision.set_cursor(cursor);
  v1::Envelope envelope = HubEnvelope(decision, from, now);
  *envelope.mutable_rules_activated() = std::move(activated);
  return envelope;
}

}  // namespace overgang::escalation
