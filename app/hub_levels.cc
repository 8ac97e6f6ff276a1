#include "app/hub_levels.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace overgang {

absl::StatusOr<std::shared_ptr<const escalation::Rules>> LoadRules(
    const std::string& file, const Directory& directory, const escalation::InForce* in_force) {
  if (file.empty())
    return escalation::ReadRules(escalation::DefaultRulesText(), "built-in rules", directory);
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  text.resize(escalation::kRulesBytesMax + 1);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    return absl::NotFoundError(absl::StrCat(
        file, ": cannot be read; check the path in escalation.rules and who may read it"));
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return escalation::ReadRules(text, file, directory, in_force);
}

absl::Status HubLevels::Open(MethodTable& methods, const Leadership& leadership) {
  auto rules = LoadRules(parts_.rules_file, *parts_.directory.Get());
  if (!rules.ok()) return rules.status();
  rules_.emplace(*std::move(rules));
  service_.emplace(escalation::LevelsService::Parts{
      parts_.views, parts_.log, parts_.writer, parts_.directory, *rules_, parts_.clock, cards_});
  service_->Register(methods);
  capacity_.emplace(escalation::CapacityService::Parts{parts_.views, parts_.log, parts_.directory,
                                                       *rules_, parts_.clock});
  capacity_->Register(methods);
  keeper_.emplace(escalation::LevelKeeper::Parts{parts_.views, parts_.writer, parts_.log,
                                                 leadership, parts_.clock, parts_.metrics,
                                                 parts_.directory, *rules_});
  keeper_->Start();
  return absl::OkStatus();
}

absl::Status HubLevels::Reload() {
  const auto epoch = parts_.views.Current();
  const escalation::InForce in_force = {parts_.clock.Now(),
                                        escalation::LevelsService::DigestsInForce(*epoch)};
  auto rules = LoadRules(parts_.rules_file, *parts_.directory.Get(), &in_force);
  if (rules.ok()) rules_->Set(*std::move(rules));
  return rules.status();
}

void HubLevels::Stop() {
  if (keeper_) keeper_->Stop();
  if (service_) service_->Stop();
  if (capacity_) capacity_->Stop();
}

}  // namespace overgang
