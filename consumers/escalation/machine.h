// When a level changes: the clockwork of one scope. Pure: it is told what was measured and when,
// and says what is due. The level itself is not its own: it is what the log says, and is told to
// it.
//
// Up at once, to any level, when the level's thresholds were passed for its dwell_up; down one
// level at a time, when they were not for its dwell_down. What is unknown (stale) speaks for no
// level, and lets none go. Between two measurements the earlier one holds, so that what is due does
// not depend on how often it is asked. A rule that comes into force makes nothing due before it
// did.
//
// Units: microseconds since 1970 UTC. Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "consumers/escalation/rules.h"

namespace overgang::escalation {

struct Measured {
  v1::LevelInputState state = v1::LEVEL_INPUT_STATE_NOT_REPORTED;
  double value = 0;
  int64_t at_us = 0;  // When its oldest part was reported; 0: never.
  bool operator==(const Measured&) const = default;
};
using Measurement = std::array<Measured, kInputs>;

// The level as the log has it.
struct LevelNow {
  Level level = v1::ESCALATION_LEVEL_UNSPECIFIED;
  int64_t since_us = 0;
  int64_t changed_us = 0;         // The newest word on it, be it that an override ended.
  int64_t override_until_us = 0;  // 0: none holds.
};

struct Transition {
  Level from = v1::ESCALATION_LEVEL_UNSPECIFIED;
  Level to = v1::ESCALATION_LEVEL_UNSPECIFIED;
  int64_t at_us = 0;
  v1::LevelCause cause = v1::LEVEL_CAUSE_RULES;
};

inline constexpr int64_t kNotUs = std::numeric_limits<int64_t>::max();

// The highest level of the rule whose thresholds are passed now; kLowest where none is.
Level ReachedLevel(const Rule& rule, const Measurement& measurement);
// Where the rules lead from a level if the inputs stay as they are, however long it takes: up at
// once, else down, level by level, to the one that is still spoken for, or may be.
Level SettledLevel(const Rule& rule, Level from, const Measurement& measurement);
// Whether a level, or a higher one, may still be spoken for.
bool Holds(const Rule& rule, Level level, const Measurement& measurement);

class Machine {
 public:
  Machine() { Forget(); }

  // What holds from `at_us` on. `rule` null: nothing is due until there is one; else it outlives
  // this, or the next Observe.
  void Observe(const Rule* rule, const Measurement& measurement, int64_t at_us);
  // The change that came due no later than `now_us`, as things were observed. At most one: the log
  // is to tell the level that it makes.
  std::optional<Transition> Due(const LevelNow& now, int64_t now_us) const;
  // When that will be if nothing else is observed; kNotUs: never.
  int64_t NextDueUs(const LevelNow& now) const;
  // It was not looked at for too long: what held meanwhile is not known.
  void Forget();

 private:
  std::optional<Transition> Next(const LevelNow& now) const;
  static std::optional<Transition> EndOfOverride(const LevelNow& now,
                                                 const std::optional<Transition>& up);
  std::optional<Transition> NextUp(const LevelNow& now) const;
  std::optional<Transition> NextDown(const LevelNow& now) const;

  const Rule* rule_ = nullptr;
  int64_t rule_since_us_ = 0;
  Level reached_ = kLowest;
  int64_t known_since_us_ = kNotUs;  // Any input of the rule.
  std::array<int64_t, kLevels>
      reached_since_us_{};                          // The level or a higher one; kNotUs: it is not.
  std::array<int64_t, kLevels> let_go_since_us_{};  // kNotUs: it is spoken for.
};

}  // namespace overgang::escalation
