// Rules by few numbers, what was measured, and a scope whose log takes every change: for tests of
// the machine of levels.
#pragma once

#include <utility>
#include <vector>

#include "consumers/escalation/machine.h"

namespace overgang::escalation {

inline constexpr Level kHvit = v1::ESCALATION_LEVEL_HVIT;
inline constexpr Level kGronn = v1::ESCALATION_LEVEL_GRONN;
inline constexpr Level kGul = v1::ESCALATION_LEVEL_GUL;
inline constexpr Level kRod = v1::ESCALATION_LEVEL_ROD;
inline constexpr int64_t kMinuteUs = 60'000'000;
inline constexpr int64_t kStartUs = int64_t{1'000'000} * kMinuteUs;

inline int64_t At(int minute) { return kStartUs + minute * kMinuteUs; }

inline LevelRule LevelWith(Level level, double enter, double exit, int up, int down) {
  LevelRule rule;
  rule.level = level;
  rule.dwell_up_us = up * kMinuteUs;
  rule.dwell_down_us = down * kMinuteUs;
  rule.thresholds = {{Input::kUkp, enter, exit}};
  return rule;
}

// By utskrivningsklare alone: 10, 20, 30; left at 8, 15, 25.
inline Rule ByUkp(int up = 10, int down = 60) {
  Rule rule;
  rule.levels = {LevelWith(kGronn, 10, 8, up, down), LevelWith(kGul, 20, 15, up, down),
                 LevelWith(kRod, 30, 25, up, down)};
  return rule;
}

inline Measurement Ukp(double value, v1::LevelInputState state = v1::LEVEL_INPUT_STATE_MEASURED) {
  Measurement measurement;
  measurement[static_cast<size_t>(Input::kUkp)] = {state, value, kStartUs};
  return measurement;
}

// A scope whose log takes every change.
class Scope {
 public:
  explicit Scope(Rule rule) : rule_(std::move(rule)) {}

  // Takes what is due, then observes, then takes what that makes due.
  void Look(int64_t at_us, const Measurement& measurement) {
    Take(at_us);
    machine_.Observe(&rule_, measurement, at_us);
    Take(at_us);
  }
  void Take(int64_t at_us) {
    while (const auto change = machine_.Due(now, at_us)) {
      changes.push_back(*change);
      const bool moves = change->from != change->to;
      now = {change->to, moves ? change->at_us : now.since_us, change->at_us, 0};
    }
  }
  Machine& machine() { return machine_; }
  std::vector<std::pair<Level, int>> Changes() const {
    std::vector<std::pair<Level, int>> told;
    for (const Transition& change : changes)
      told.emplace_back(change.to, static_cast<int>((change.at_us - kStartUs) / kMinuteUs));
    return told;
  }

  LevelNow now;
  std::vector<Transition> changes;

 private:
  Rule rule_;
  Machine machine_;
};

using Told = std::vector<std::pair<Level, int>>;

}  // namespace overgang::escalation
