#include "consumers/escalation/machine.h"

#include <algorithm>

namespace overgang::escalation {
namespace {

bool IsMeasured(const Measured& measured) {
  return measured.state == v1::LEVEL_INPUT_STATE_MEASURED;
}

int PastEnter(const LevelRule& level, const Measurement& measurement) {
  return static_cast<int>(std::ranges::count_if(level.thresholds, [&](const Threshold& threshold) {
    const Measured& measured = measurement[static_cast<size_t>(threshold.input)];
    return IsMeasured(measured) && threshold.Enters(measured.value);
  }));
}

int MayBePastExit(const LevelRule& level, const Measurement& measurement) {
  return static_cast<int>(std::ranges::count_if(level.thresholds, [&](const Threshold& threshold) {
    const Measured& measured = measurement[static_cast<size_t>(threshold.input)];
    return measured.state == v1::LEVEL_INPUT_STATE_UNKNOWN ||
           (IsMeasured(measured) && threshold.Stays(measured.value));
  }));
}

bool AnyMeasured(const Rule& rule, const Measurement& measurement) {
  return std::ranges::any_of(rule.levels, [&](const LevelRule& level) {
    return std::ranges::any_of(level.thresholds, [&](const Threshold& threshold) {
      return IsMeasured(measurement[static_cast<size_t>(threshold.input)]);
    });
  });
}

size_t Index(Level level) { return static_cast<size_t>(level); }

}  // namespace

Level ReachedLevel(const Rule& rule, const Measurement& measurement) {
  Level reached = kLowest;
  for (const LevelRule& level : rule.levels) {
    if (PastEnter(level, measurement) >= level.at_least) reached = level.level;
  }
  return reached;
}

bool Holds(const Rule& rule, Level level, const Measurement& measurement) {
  return std::ranges::any_of(rule.levels, [&](const LevelRule& other) {
    return other.level >= level && MayBePastExit(other, measurement) >= other.at_least;
  });
}

Level SettledLevel(const Rule& rule, Level from, const Measurement& measurement) {
  const Level reached = ReachedLevel(rule, measurement);
  Level level = from;
  while (level > reached && !Holds(rule, level, measurement)) level = rule.Below(level);
  return std::max(level, reached);
}

void Machine::Forget() {
  rule_ = nullptr;
  known_since_us_ = kNotUs;
  reached_since_us_.fill(kNotUs);
  let_go_since_us_.fill(kNotUs);
}

void Machine::Observe(const Rule* rule, const Measurement& measurement, int64_t at_us) {
  if (rule == nullptr) return Forget();
  if (rule != rule_) rule_since_us_ = at_us;
  rule_ = rule;
  reached_ = ReachedLevel(*rule, measurement);
  const auto keep = [&](int64_t* since_us, bool holds) {
    *since_us = !holds ? kNotUs : std::min(*since_us, at_us);
  };
  keep(&known_since_us_, AnyMeasured(*rule, measurement));
  for (size_t i = 0; i < kLevels; ++i) {
    const auto level = static_cast<Level>(i);
    keep(&reached_since_us_[i], reached_ >= level);
    keep(&let_go_since_us_[i], !Holds(*rule, level, measurement));
  }
}

// The highest level above, of those that come due first.
std::optional<Transition> Machine::NextUp(const LevelNow& now) const {
  std::optional<Transition> next;
  for (const LevelRule& level : rule_->levels) {
    const int64_t since_us = reached_since_us_[Index(level.level)];
    if (level.level <= now.level || since_us == kNotUs) continue;
    const int64_t due_us = std::max({since_us + level.dwell_up_us, now.changed_us, rule_since_us_});
    if (!next.has_value() || due_us <= next->at_us)
      next = Transition{now.level, level.level, due_us};
  }
  return next;
}

std::optional<Transition> Machine::NextDown(const LevelNow& now) const {
  const int64_t let_go_us = let_go_since_us_[Index(now.level)];
  if (now.level <= kLowest || let_go_us == kNotUs) return std::nullopt;
  const LevelRule* level = rule_->Find(now.level);
  const int64_t dwell_us = level == nullptr ? 0 : level->dwell_down_us;
  const int64_t due_us =
      std::max({std::max(let_go_us, now.since_us) + dwell_us, now.changed_us, rule_since_us_});
  return Transition{now.level, rule_->Below(now.level), due_us};
}

// By its end the rules hold again, at once upwards.
std::optional<Transition> Machine::EndOfOverride(const LevelNow& now,
                                                 const std::optional<Transition>& up) {
  if (now.override_until_us == 0) return std::nullopt;
  Transition ended = {now.level, now.level, now.override_until_us,
                      v1::LEVEL_CAUSE_OVERRIDE_EXPIRED};
  if (up.has_value() && up->at_us <= ended.at_us) ended.to = up->to;
  return ended;
}

std::optional<Transition> Machine::Next(const LevelNow& now) const {
  if (rule_ == nullptr) return EndOfOverride(now, std::nullopt);
  if (now.level == v1::ESCALATION_LEVEL_UNSPECIFIED) {
    // The first level is the one that things are at, at once.
    if (known_since_us_ == kNotUs) return std::nullopt;
    return Transition{now.level, reached_, known_since_us_};
  }
  const std::optional<Transition> up = NextUp(now);
  if (now.override_until_us != 0) return EndOfOverride(now, up);
  const std::optional<Transition> down = NextDown(now);
  if (!up.has_value()) return down;
  return down.has_value() && down->at_us < up->at_us ? down : up;
}

std::optional<Transition> Machine::Due(const LevelNow& now, int64_t now_us) const {
  std::optional<Transition> next = Next(now);
  if (!next.has_value() || next->at_us > now_us) return std::nullopt;
  return next;
}

int64_t Machine::NextDueUs(const LevelNow& now) const {
  const std::optional<Transition> next = Next(now);
  return next.has_value() ? next->at_us : kNotUs;
}

}  // namespace overgang::escalation
