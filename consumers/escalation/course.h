// A period as times at one level each, and what can be counted of them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consumers/escalation/rules.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::escalation {

// A change that took back the one before within this time is a flap.
inline constexpr int64_t kFlapWithinUs = int64_t{3600} * 1'000'000;

struct CourseStep {
  int64_t at_us = 0;
  Level level = v1::ESCALATION_LEVEL_UNSPECIFIED;
  std::string rules_version;
  v1::LevelCause cause = v1::LEVEL_CAUSE_UNSPECIFIED;
};

// `steps` by time; those before the period tell what it began with.
v1::LevelCourse CourseOf(const std::vector<CourseStep>& steps, int64_t from_us, int64_t to_us);

}  // namespace overgang::escalation
