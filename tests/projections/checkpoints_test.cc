// Which checkpoints stay.
#include "projections/checkpoints.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

TEST(CheckpointsTest, WhichStay) {
  const absl::Time now = At(0);
  std::vector<std::shared_ptr<const Checkpoint>> checkpoints;
  const auto add = [&](absl::Duration ago) {
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->made_at = now - ago;
    checkpoint->meta.set_newest_fact_us(absl::ToUnixMicros(now - ago));
    checkpoints.push_back(checkpoint);
  };
  // One every ten minutes for three years.
  for (absl::Duration ago; ago < absl::Hours(3 * 365 * 24); ago += absl::Minutes(10)) add(ago);
  const std::vector<size_t> stay = StayOf(checkpoints, now);
  EXPECT_LE(stay.size(), kCheckpointsMax);
  // The newest before a time is never further from it than the step of its age, and the next.
  const auto distance = [&](absl::Duration ago) {
    absl::Duration least = absl::InfiniteDuration();
    for (size_t i : stay) {
      const absl::Duration before = checkpoints[i]->newest_fact() - (now - ago);
      if (before <= absl::ZeroDuration()) least = std::min(least, -before);
    }
    return least;
  };
  for (int hour = 0; hour < 23; ++hour)
    EXPECT_LE(distance(absl::Hours(hour)), absl::Hours(1)) << hour;
  for (int day = 0; day < 6; ++day) EXPECT_LE(distance(absl::Hours(24 * day)), absl::Hours(24));
  for (int week = 0; week < 4; ++week)
    EXPECT_LE(distance(absl::Hours(7 * 24 * week)), absl::Hours(7 * 24));
  for (int month = 0; month < 12; ++month)
    EXPECT_LE(distance(absl::Hours(30 * 24 * month)), absl::Hours(30 * 24));
}

TEST(CheckpointsTest, WhatStaysStaysUntilItsTimeIsOver) {
  // Kept hour by hour for 500 days, as a hub does it: never too many, and never a hole.
  std::vector<std::shared_ptr<const Checkpoint>> kept;
  for (int hour = 0; hour < 500 * 24; ++hour) {
    const absl::Time now = At(60 * hour);
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->made_at = now;
    checkpoint->meta.set_newest_fact_us(absl::ToUnixMicros(now));
    kept.push_back(checkpoint);
    std::vector<std::shared_ptr<const Checkpoint>> stay;
    for (size_t i : StayOf(kept, now)) stay.push_back(kept[i]);
    kept = std::move(stay);
    ASSERT_LE(kept.size(), kCheckpointsMax);
  }
  const absl::Time now = At(60 * (500 * 24 - 1));
  absl::Time last = now;
  for (auto it = kept.rbegin(); it != kept.rend(); ++it) {
    const absl::Duration age = now - (*it)->newest_fact();
    const absl::Duration hole = last - (*it)->newest_fact();
    if (age <= absl::Hours(23)) {
      EXPECT_LE(hole, absl::Hours(1));
    }
    if (age <= absl::Hours(6 * 24)) {
      EXPECT_LE(hole, absl::Hours(24));
    }
    if (age <= absl::Hours(4 * 7 * 24)) {
      EXPECT_LE(hole, absl::Hours(7 * 24));
    }
    if (age <= absl::Hours(12 * 30 * 24)) {
      EXPECT_LE(hole, absl::Hours(30 * 24));
    }
    last = (*it)->newest_fact();
  }
  EXPECT_GE(now - kept.front()->newest_fact(), absl::Hours(12 * 30 * 24));
}

}  // namespace
}  // namespace overgang::projections
