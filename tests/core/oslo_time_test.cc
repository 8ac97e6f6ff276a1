#include "core/oslo_time.h"

#include <gtest/gtest.h>

namespace overgang {
namespace {

absl::Time Utc(int year, int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute), absl::UTCTimeZone());
}

TEST(OsloTime, WinterIsOneHourAheadAndSummerTwo) {
  EXPECT_EQ(FromOslo(absl::CivilSecond(2026, 1, 15, 7)).time, Utc(2026, 1, 15, 6));
  EXPECT_EQ(FromOslo(absl::CivilSecond(2026, 7, 15, 7)).time, Utc(2026, 7, 15, 5));
}

TEST(OsloTime, TheHourThatComesTwiceInAutumnIsTheFirstAndMarked) {
  // 25 October 2026, 03:00 summer time becomes 02:00.
  const ResolvedLocalTime before = FromOslo(absl::CivilSecond(2026, 10, 25, 1, 59, 59));
  EXPECT_FALSE(before.ambiguous);
  const ResolvedLocalTime twice = FromOslo(absl::CivilSecond(2026, 10, 25, 2, 30));
  EXPECT_TRUE(twice.ambiguous);
  EXPECT_EQ(twice.time, Utc(2026, 10, 25, 0, 30));
  const ResolvedLocalTime after = FromOslo(absl::CivilSecond(2026, 10, 25, 3));
  EXPECT_FALSE(after.ambiguous);
  EXPECT_EQ(after.time, Utc(2026, 10, 25, 2));
}

TEST(OsloTime, TheHourThatIsMissingInSpringGoesOnAfterTheChange) {
  // 29 March 2026, 02:00 becomes 03:00.
  EXPECT_EQ(FromOslo(absl::CivilSecond(2026, 3, 29, 1, 59)).time, Utc(2026, 3, 29, 0, 59));
  const ResolvedLocalTime missing = FromOslo(absl::CivilSecond(2026, 3, 29, 2, 30));
  EXPECT_FALSE(missing.ambiguous);
  EXPECT_EQ(missing.time, Utc(2026, 3, 29, 1, 30));
  EXPECT_EQ(FromOslo(absl::CivilSecond(2026, 3, 29, 3, 30)).time, missing.time);
}

TEST(OsloTime, TheDateIsTheCivilOne) {
  EXPECT_EQ(OsloDate(Utc(2025, 12, 31, 22, 59)), absl::CivilDay(2025, 12, 31));
  EXPECT_EQ(OsloDate(Utc(2025, 12, 31, 23)), absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(OsloDate(Utc(2026, 6, 30, 22)), absl::CivilDay(2026, 7, 1));
  EXPECT_EQ(OsloNoon(absl::CivilDay(2026, 3, 29)), Utc(2026, 3, 29, 10));
  EXPECT_EQ(OsloNoon(absl::CivilDay(2026, 10, 25)), Utc(2026, 10, 25, 11));
  // The night of change is an hour shorter or longer, and still one day.
  EXPECT_EQ(OsloNoon(absl::CivilDay(2026, 3, 29)) - OsloNoon(absl::CivilDay(2026, 3, 28)),
            absl::Hours(23));
  EXPECT_EQ(OsloNoon(absl::CivilDay(2026, 10, 25)) - OsloNoon(absl::CivilDay(2026, 10, 24)),
            absl::Hours(25));
}

TEST(OsloTime, ParsesDatesOnly) {
  EXPECT_EQ(ParseDate("2024-02-29").value(), absl::CivilDay(2024, 2, 29));
  for (const char* text :
       {"", "2023-02-29", "2024-2-29", "29.02.2024", "2024-02-29T00:00", "2024-13-01"}) {
    EXPECT_EQ(ParseDate(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(OsloTime, ProtoTimesComeBackTheSame) {
  for (absl::Time time : {Utc(2026, 1, 1, 0), absl::FromUnixMicros(-1),
                          absl::FromUnixNanos(1'700'000'000'123'456'789)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
}

}  // namespace
}  // namespace overgang
