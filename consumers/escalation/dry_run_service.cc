// LevelsService's DryRunRules: the request read and checked, and the answer from one epoch.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/levels_service.h"
#include "consumers/escalation/rules_file.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

absl::Status Invalid(std::string_view field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

// Those that were asked for, else all of the caller's own.
absl::StatusOr<std::vector<LevelScope>> ScopesAsked(const v1::DryRunRulesRequest& request,
                                                    const Scope& caller,
                                                    std::vector<LevelScope> all) {
  std::set<std::string> asked;
  for (const std::string& hospital : request.hospitals()) asked.insert("h:" + hospital);
  for (const std::string& region : request.regions()) asked.insert("r:" + region);
  const bool any = asked.empty();
  std::vector<LevelScope> scopes;
  for (LevelScope& scope : all) {
    if (!any && asked.erase(scope.scope) == 0) continue;
    if (SeesAll(caller, scope)) {
      scopes.push_back(std::move(scope));
    } else if (!any) {
      return NotYours(scope.scope.starts_with("h:") ? "hospitals" : "regions");
    }
  }
  if (!asked.empty()) {
    return Invalid(asked.begin()->starts_with("h:") ? "hospitals" : "regions",
                   "there is none in the directory", "take it from GetLevels");
  }
  if (scopes.empty()) return NotYours("hospitals");
  return scopes;
}

absl::Status CheckPeriod(const v1::DryRunRulesRequest& request, absl::Time now) {
  if (!request.has_from()) return Invalid("from", "this is missing", "say from when");
  if (!request.has_to()) return Invalid("to", "this is missing", "say until when");
  const absl::Time from = FromProto(request.from());
  const absl::Time to = FromProto(request.to());
  if (from < absl::UnixEpoch())
    return Invalid("from", "this is before 1970", "give a time of the hub's log");
  if (to <= from) return Invalid("to", "this is not after from", "change the two around");
  if (to > now) return Invalid("to", "this is to come", "give a time that has passed");
  if (to - from > absl::Hours(24 * kDryRunDaysMax))
    return Invalid("to", "the period is too long",
                   absl::StrCat("give at most ", kDryRunDaysMax, " days"));
  return absl::OkStatus();
}

}  // namespace

bool SeesAll(const Scope& scope, const LevelScope& of) {
  return !of.hospitals.empty() &&
         std::ranges::all_of(of.hospitals, [&](const std::string& hospital) {
           return scope.MaySeeHospital(hospital);
         });
}

void LevelsService::DryRunRules(const Caller& caller, const v1::DryRunRulesRequest& request,
                                Reply<v1::DryRunRulesResponse> reply) {
  pool_.Run([this, caller, request, reply = std::move(reply)](const absl::Status& status) {
    if (!status.ok()) return reply(status);
    reply(RunRules(caller, request));
  });
}

absl::StatusOr<v1::DryRunRulesResponse> LevelsService::RunRules(
    const Caller& caller, const v1::DryRunRulesRequest& request) {
  const EpochPtr epoch = parts_.views.Current();
  if (epoch == nullptr)
    return absl::UnavailableError("the views are being read from the store; ask again in a moment");
  const auto directory = parts_.directory.Get();
  const absl::Time now = parts_.clock.Now();
  DryRunQuestion question;
  if (request.rules_toml().empty() && !request.check_only()) {
    question.rules = parts_.rules.Get();
  } else {
    const InForce in_force = {now, DigestsInForce(*epoch)};
    auto rules = ReadRules(request.rules_toml(), "rules_toml", *directory,
                           request.check_only() ? &in_force : nullptr);
    if (!rules.ok())
      return Invalid("rules_toml", std::string(rules.status().message()), "correct these lines");
    question.rules = *std::move(rules);
  }
  v1::DryRunRulesResponse response;
  if (request.check_only()) {
    for (const Version& version : question.rules->versions()) response.add_versions(version.name);
  } else {
    if (absl::Status status = CheckPeriod(request, now); !status.ok()) return status;
    auto scopes = ScopesAsked(request, *caller.scope, ScopesOf(*directory));
    if (!scopes.ok()) return scopes.status();
    question.scopes = *std::move(scopes);
    question.cards = parts_.cards();
    question.from_us = UsOfProto(request.from());
    question.to_us = UsOfProto(request.to());
    std::set<std::string> hospitals;
    for (const LevelScope& scope : question.scopes)
      hospitals.insert(scope.hospitals.begin(), scope.hospitals.end());
    auto past = ReadPast(*epoch, parts_.log, {hospitals.begin(), hospitals.end()},
                         question.from_us - kWarmUpUs, question.to_us, stop_.get_token());
    if (!past.ok()) return past.status();
    auto run = DryRun(question, *past);
    if (!run.ok()) return run.status();
    response = *std::move(run);
  }
  *response.mutable_as_of() = parts_.views.AsOf(*epoch, now, caller, *directory);
  return response;
}

}  // namespace overgang::escalation
