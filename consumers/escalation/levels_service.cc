#include "consumers/escalation/levels_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/level_facts.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

// Its own hospitals and regions, and those that its kommune belongs to.
bool IsTold(const Scope& scope, const LevelScope& of) {
  return std::ranges::any_of(
             of.hospitals, [&](const auto& hospital) { return scope.MaySeeHospital(hospital); }) ||
         std::ranges::any_of(of.kommuner,
                             [&](const auto& kommune) { return scope.MaySeeKommune(kommune); });
}

bool IsAsked(const v1::GetLevelsRequest& request, const LevelScope& scope) {
  if (request.hospitals().empty()) return true;
  return scope.scope.starts_with("h:") &&
         std::ranges::find(request.hospitals(), scope.hospitals.front()) !=
             request.hospitals().end();
}

// Values are sums over all patients of the hospital.
void WithholdValues(v1::HospitalLevel* level) {
  level->set_values_withheld(true);
  level->clear_overridden_by();
  level->clear_reason();
  for (v1::LevelInput& input : *level->mutable_inputs()) {
    input.clear_value();
    input.clear_threshold();
    input.clear_exit();
  }
}

}  // namespace

void LevelsService::Register(MethodTable& table) {
  const std::string service = "overgang.v1.EscalationService/";
  table.AddUnary<v1::GetLevelsRequest, v1::GetLevelsResponse>(
      service + "GetLevels", Need::kOwn,
      [this](const Caller& caller, const v1::GetLevelsRequest& request, auto reply) {
        parts_.views.WhenCovers(request.wait_for(), caller.deadline,
                                [this, caller, request, reply](auto epoch) {
                                  if (!epoch.ok()) return reply(epoch.status());
                                  reply(GetLevels(caller, request, *epoch));
                                });
      });
  table.AddUnary<v1::OverrideLevelRequest, v1::Receipt>(
      service + "OverrideLevel", Need::kWrite,
      [this](const Caller& caller, const v1::OverrideLevelRequest& request, auto reply) {
        OverrideLevel(caller, request, std::move(reply));
      });
  table.AddUnary<v1::DryRunRulesRequest, v1::DryRunRulesResponse>(
      service + "DryRunRules", Need::kOwn,
      [this](const Caller& caller, const v1::DryRunRulesRequest& request, auto reply) {
        DryRunRules(caller, request, std::move(reply));
      });
}

void LevelsService::Stop() {
  stop_.request_stop();
  pool_.Stop();
}

std::map<std::string, std::string> LevelsService::DigestsInForce(const projections::Epoch& epoch) {
  std::map<std::string, std::string> digests;
  for (const v1::RulesActivated& rules : epoch.levels->rules)
    digests[rules.version()] = rules.digest();
  return digests;
}

absl::StatusOr<v1::GetLevelsResponse> LevelsService::GetLevels(const Caller& caller,
                                                               const v1::GetLevelsRequest& request,
                                                               const EpochPtr& epoch) const {
  const auto directory = parts_.directory.Get();
  const absl::Time now = parts_.clock.Now();
  for (const std::string& hospital : request.hospitals()) {
    if (directory->HospitalByNumber(hospital) == nullptr) {
      return FieldError(absl::StatusCode::kInvalidArgument, "hospitals",
                        "no hospital of the directory", "leave it out for all");
    }
  }
  v1::GetLevelsResponse response;
  for (const LevelScope& scope : ScopesOf(*directory)) {
    if (!IsAsked(request, scope)) continue;
    if (!IsTold(*caller.scope, scope)) {
      if (!request.hospitals().empty()) return NotYours("hospitals");
      continue;
    }
    v1::HospitalLevel level = LevelOf(*epoch, scope, absl::ToUnixMicros(now));
    if (!SeesAll(*caller.scope, scope)) WithholdValues(&level);
    *response.add_levels() = std::move(level);
  }
  *response.mutable_as_of() = parts_.views.AsOf(*epoch, now, caller, *directory);
  return response;
}

v1::HospitalLevel LevelsService::LevelOf(const projections::Epoch& epoch, const LevelScope& scope,
                                         int64_t now_us) const {
  v1::HospitalLevel level;
  level.set_scope(scope.scope);
  level.set_name(scope.name);
  if (scope.scope.starts_with("h:")) level.set_hospital(scope.hospitals.front());
  if (const projections::LevelState* state = epoch.levels->Find(scope.scope)) {
    level.set_level(state->newest.to());
    *level.mutable_since() = ProtoOfUs(state->since_us);
    level.set_cause(state->newest.cause());
    level.set_revision(state->revision());
    if (state->newest.cause() == v1::LEVEL_CAUSE_OVERRIDE) {
      level.set_overridden_by(state->newest.overridden_by());
      level.set_reason(state->newest.reason());
      *level.mutable_expires_at() = state->newest.expires_at();
    }
  }
  const auto rules = parts_.rules.Get();
  const RuleAt at = rules->At(scope.scope, now_us);
  level.set_rules_version(at.version->name);
  if (at.rule == nullptr) return level;
  const Measurement measurement = Measure(epoch, scope, at.version->stale_after_us, now_us);
  level.set_by_rules(SettledLevel(*at.rule, level.level(), measurement));
  for (v1::LevelInput& input : InputsOf(*at.rule, measurement, level.level())) {
    if (input.state() == v1::LEVEL_INPUT_STATE_UNKNOWN) level.set_uncertain(true);
    *level.add_inputs() = std::move(input);
  }
  return level;
}

}  // namespace overgang::escalation
