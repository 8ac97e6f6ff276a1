#include "consumers/escalation/course.h"

#include <array>

#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

google::protobuf::Duration DurationOfUs(int64_t us) {
  google::protobuf::Duration duration;
  duration.set_seconds(us / 1'000'000);
  duration.set_nanos(static_cast<int32_t>(us % 1'000'000) * 1000);
  return duration;
}

void AddTimes(v1::LevelCourse* course) {
  std::array<int64_t, kLevels> time_us{};
  std::array<int, kLevels> spells{};
  for (const v1::LevelSpell& spell : course->spells()) {
    const auto level = static_cast<size_t>(spell.level());
    time_us[level] += UsOfProto(spell.end()) - UsOfProto(spell.begin());
    ++spells[level];
  }
  for (size_t level = 0; level < kLevels; ++level) {
    if (spells[level] == 0) continue;
    v1::LevelTime& time = *course->add_times();
    time.set_level(static_cast<Level>(level));
    *time.mutable_time() = DurationOfUs(time_us[level]);
    time.set_spells(spells[level]);
  }
}

}  // namespace

v1::LevelCourse CourseOf(const std::vector<CourseStep>& steps, int64_t from_us, int64_t to_us) {
  v1::LevelCourse course;
  CourseStep now;
  now.at_us = from_us;
  const auto end_spell = [&](int64_t at_us) {
    if (at_us <= now.at_us) return;
    v1::LevelSpell& spell = *course.add_spells();
    spell.set_level(now.level);
    *spell.mutable_begin() = ProtoOfUs(now.at_us);
    *spell.mutable_end() = ProtoOfUs(at_us);
    spell.set_rules_version(now.rules_version);
    spell.set_cause(now.cause);
  };
  Level before = v1::ESCALATION_LEVEL_UNSPECIFIED;
  int64_t changed_us = kLongAgoUs;  // Within the period.
  for (const CourseStep& step : steps) {
    if (step.at_us >= to_us) break;
    if (step.level == now.level) continue;
    if (step.at_us > from_us) {
      end_spell(step.at_us);
      course.set_changes(course.changes() + 1);
      const bool back = changed_us != kLongAgoUs && step.level == before &&
                        step.at_us - changed_us <= kFlapWithinUs;
      if (back) course.set_flaps(course.flaps() + 1);
      changed_us = step.at_us;
    }
    before = now.level;
    now = step;
    now.at_us = std::max(step.at_us, from_us);
  }
  end_spell(to_us);
  AddTimes(&course);
  return course;
}

}  // namespace overgang::escalation
