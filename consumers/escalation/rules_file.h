// rules.toml: the rules of escalation as text. Every mistake at once, each with its line and the
// remedy: "rules.toml:12: ukp of rød: enter 15 is not beyond gul's 20; ...". docs/escalation.md
// explains the file. Pure; any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/escalation/rules.h"
#include "core/directory.h"

namespace overgang::escalation {

inline constexpr size_t kRulesBytesMax = size_t{1} << 20;
inline constexpr size_t kVersionsMax = 100;
inline constexpr size_t kRulesPerVersionMax = 200;
inline constexpr int64_t kDwellMaxUs = int64_t{7} * 24 * 3600 * 1'000'000;
inline constexpr int64_t kStaleMaxUs = int64_t{30} * 24 * 3600 * 1'000'000;

// What is in force by the log, where that is known: the digests of versions that were activated, by
// name. With it, a version that is new may not have a date of effect before the date of `now`, and
// one that was activated may not say something else.
struct InForce {
  absl::Time now;
  std::map<std::string, std::string> digests;
};

// INVALID_ARGUMENT lists the mistakes, a line each. `place` is what the file is called in them.
absl::StatusOr<std::shared_ptr<const Rules>> ReadRules(std::string_view text,
                                                       const std::string& place,
                                                       const Directory& directory,
                                                       const InForce* in_force = nullptr);

}  // namespace overgang::escalation
