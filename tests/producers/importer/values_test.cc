#include "producers/importer/values.h"

#include "core/oslo_time.h"
#include "gtest/gtest.h"

namespace overgang::importer {
namespace {

absl::Time OsloAt(int year, int month, int day, int hour, int minute, int second = 0) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, second), Oslo());
}

TEST(ReadTime, SaysHowExactlyItWasStated) {
  EXPECT_EQ(ReadTime("2025-03-01 14:05:59")->time, OsloAt(2025, 3, 1, 14, 5, 59));
  EXPECT_EQ(ReadTime("2025-03-01 14:05:59")->precision, v1::PRECISION_SECOND);
  EXPECT_EQ(ReadTime("2025-07-01T14:05")->time, OsloAt(2025, 7, 1, 14, 5));
  EXPECT_EQ(ReadTime("2025-07-01T14:05")->precision, v1::PRECISION_MINUTE);
  EXPECT_EQ(ReadTime("2025-03-01")->time, OsloAt(2025, 3, 1, 12, 0));
  EXPECT_EQ(ReadTime("2025-03-01")->precision, v1::PRECISION_DAY);
}

TEST(ReadTime, TheHourThatComesTwiceIsTheFirstAndMarked) {
  const auto twice = ReadTime("2025-10-26 02:30");
  ASSERT_TRUE(twice);
  EXPECT_TRUE(twice->ambiguous);
  EXPECT_EQ(twice->time, absl::FromUnixSeconds(1'761'438'600));  // 00:30 UTC.
  EXPECT_FALSE(ReadTime("2025-10-26 03:30")->ambiguous);
}

TEST(ReadTime, WhatIsNoTimeIsNone) {
  for (const char* text : {"",
                           "2025",
                           "2025-3-1",
                           "2025-02-29",
                           "2025-13-01",
                           "2025-00-10",
                           "2025-01-00",
                           "01.03.2025",
                           "2025-03-01 24:00",
                           "2025-03-01 14:60",
                           "2025-03-01 14:05:60",
                           "2025-03-01 14.05",
                           "2025-03-01 14",
                           "2025-03-01  14:05",
                           "2025-03-01 14:05Z",
                           "2025-03-01x14:05",
                           "2025-03-01 14:05:5",
                           "20250301",
                           " 2025-03-01",
                           "2025-03-01 "}) {
    EXPECT_FALSE(ReadTime(text)) << text;
  }
  EXPECT_TRUE(ReadTime("2024-02-29"));
}

}  // namespace
}  // namespace overgang::importer
