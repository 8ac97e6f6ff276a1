// What rules would have done in a period: the machine of levels run over what is known of it. The
// changes, cards and times that the rules give stand beside those in the log. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/escalation/past.h"
#include "consumers/escalation/rules.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::escalation {

inline constexpr int kDryRunDaysMax = 400;
inline constexpr size_t kDryRunChangesMax = 5'000;  // With their inputs some 4 MiB.
// The rules are run from before the period, so that it begins at the level that they would have
// had.
inline constexpr int64_t kWarmUpUs = int64_t{2} * 24 * 3600 * 1'000'000;

// A card that a hospital has from a level on, as its file says.
struct CardTrigger {
  std::string template_id;
  Level level = kLowest;
  std::vector<std::string> hospitals;  // Empty: all.
};

struct DryRunQuestion {
  std::shared_ptr<const Rules> rules;
  std::vector<LevelScope> scopes;
  std::vector<CardTrigger> cards;
  int64_t from_us = 0;
  int64_t to_us = 0;
};

// `past` of the scopes' hospitals, from kWarmUpUs before the period on. RESOURCE_EXHAUSTED where
// there are more changes than kDryRunChangesMax.
absl::StatusOr<v1::DryRunRulesResponse> DryRun(const DryRunQuestion& question, const Past& past);

}  // namespace overgang::escalation
