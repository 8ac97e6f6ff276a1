#include "core/bokmal.h"

#include <gtest/gtest.h>

#include "core/oslo_time.h"

namespace overgang::bokmal {
namespace {

absl::Time Local(int year, int month, int day, int hour, int minute) {
  return FromOslo(absl::CivilSecond(year, month, day, hour, minute, 0)).time;
}

TEST(BokmalTest, DatesAreWrittenOut) {
  EXPECT_EQ(Date(absl::CivilDay(2026, 5, 17)), "17. mai 2026");
  EXPECT_EQ(Date(absl::CivilDay(2026, 5, 17), absl::CivilDay(2026, 1, 1)), "17. mai");
  EXPECT_EQ(Date(absl::CivilDay(2025, 12, 31), absl::CivilDay(2026, 1, 1)), "31. desember 2025");
  EXPECT_EQ(LongDate(absl::CivilDay(2026, 3, 1)), "søndag 1. mars 2026");
}

TEST(BokmalTest, SpansOfDaysNameFirstAndLast) {
  EXPECT_EQ(Dates(absl::CivilDay(2026, 3, 2), absl::CivilDay(2026, 3, 2)), "mandag 2. mars 2026");
  EXPECT_EQ(Dates(absl::CivilDay(2026, 3, 2), absl::CivilDay(2026, 3, 4)),
            "fra og med mandag 2. mars til og med onsdag 4. mars 2026");
  EXPECT_EQ(Dates(absl::CivilDay(2025, 12, 31), absl::CivilDay(2026, 1, 1)),
            "fra og med onsdag 31. desember 2025 til og med torsdag 1. januar 2026");
}

TEST(BokmalTest, TheHourThatComesTwiceIsToldApart) {
  EXPECT_EQ(Moment(Local(2026, 3, 2, 13, 5)), "mandag 2. mars 2026 kl. 13.05");
  const absl::Time first = Local(2026, 10, 25, 2, 30);
  EXPECT_EQ(Clock(first), "02.30 (sommertid)");
  EXPECT_EQ(Clock(first + absl::Hours(1)), "02.30 (normaltid)");
  EXPECT_EQ(Clock(first + absl::Hours(2)), "03.30");
}

TEST(BokmalTest, LengthsHaveTwoUnitsAtMost) {
  EXPECT_EQ(Length(absl::Seconds(59)), "under 1 min");
  EXPECT_EQ(Length(absl::Minutes(80)), "1 t 20 min");
  EXPECT_EQ(Length(absl::Hours(3)), "3 t");
  EXPECT_EQ(Length(absl::Hours(76) + absl::Minutes(59)), "3 døgn 4 t");
  EXPECT_EQ(Length(absl::Hours(48) + absl::Minutes(30)), "2 døgn");
}

TEST(BokmalTest, ListsEndWithOg) {
  EXPECT_EQ(Joined({}), "");
  EXPECT_EQ(Joined({"a"}), "a");
  EXPECT_EQ(Joined({"a", "b"}), "a og b");
  EXPECT_EQ(Joined({"a", "b", "c"}), "a, b og c");
}

}  // namespace
}  // namespace overgang::bokmal
