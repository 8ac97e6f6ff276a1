#include "producers/hl7v2/hl7_time.h"

#include <gtest/gtest.h>

#include "core/oslo_time.h"

namespace overgang::hl7v2 {
namespace {

std::string Utc(const ResolvedTime& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time.time, absl::UTCTimeZone()) +
         (time.ambiguous ? "?" : "");
}

std::string Resolved(std::string_view text, std::string_view msh7 = "") {
  const std::optional<StatedTime> stated = ReadTime(text);
  if (!stated) return "not a time";
  const std::optional<StatedTime> message = ReadTime(msh7);
  if (!message) return Utc(Resolve(*stated, nullptr));
  const ResolvedTime message_time = Resolve(*message, nullptr);
  return Utc(Resolve(*stated, &message_time));
}

TEST(Hl7Time, HasAnyPrecision) {
  EXPECT_EQ(ReadTime("2026")->grain, Grain::kYear);
  EXPECT_EQ(ReadTime("202603")->grain, Grain::kMonth);
  EXPECT_EQ(Resolved("20260310"), "2026-03-10T11:00:00Z");  // Noon in Oslo.
  EXPECT_EQ(Resolve(*ReadTime("20260310"), nullptr).precision, v1::PRECISION_DAY);
  EXPECT_EQ(Resolved("2026031007"), "2026-03-10T06:00:00Z");
  EXPECT_EQ(Resolved("202603100715"), "2026-03-10T06:15:00Z");
  EXPECT_EQ(Resolve(*ReadTime("202603100715"), nullptr).precision, v1::PRECISION_MINUTE);
  EXPECT_EQ(Resolved("20260310071530"), "2026-03-10T06:15:30Z");
  EXPECT_EQ(Resolved("20260310071530.25"), "2026-03-10T06:15:30.25Z");
  EXPECT_EQ(Resolve(*ReadTime("20260310071530"), nullptr).precision, v1::PRECISION_SECOND);
}

TEST(Hl7Time, TakesTheOffsetThatIsStated) {
  EXPECT_EQ(Resolved("202603100715+0100"), "2026-03-10T06:15:00Z");
  EXPECT_EQ(Resolved("20260310071530.1-0530"), "2026-03-10T12:45:30.1Z");
  EXPECT_EQ(Resolved("20260710071530"), "2026-07-10T05:15:30Z");  // Summer, without one.
}

TEST(Hl7Time, KnowsWhatIsNotATime) {
  for (const std::string_view bad : {"",
                                     "abc",
                                     "20",
                                     "202",
                                     "20261",
                                     "20261301",
                                     "20260230",
                                     "2026022907",
                                     "202603102460",
                                     "2026031024",
                                     "20260310071560",
                                     "20260310071530.",
                                     "20260310071530.x",
                                     "202603100715+01",
                                     "202603100715+2500",
                                     "202603100715Z",
                                     "2026-03-10",
                                     "00000000",
                                     "99991231",
                                     "20260310 0715"}) {
    EXPECT_EQ(Resolved(bad), "not a time") << bad;
  }
  EXPECT_NE(Resolved("20240229"), "not a time");
}

// 25 October 2026: 03:00 summer time becomes 02:00.
TEST(Hl7Time, TheHourThatComesTwiceIsTheFirstAndMarked) {
  EXPECT_EQ(Resolved("20261025013000"), "2026-10-24T23:30:00Z");
  EXPECT_EQ(Resolved("20261025023000"), "2026-10-25T00:30:00Z?");
  EXPECT_EQ(Resolved("20261025030000"), "2026-10-25T02:00:00Z");
  EXPECT_EQ(Resolved("20261025023000+0100"), "2026-10-25T01:30:00Z");
}

TEST(Hl7Time, TheMessagesOwnTimeTellsWhichOfTheTwoHours) {
  EXPECT_EQ(Resolved("202610250230", "20261025023500+0100"),
            "2026-10-25T01:30:00Z");  // The second.
  EXPECT_EQ(Resolved("202610250230", "20261025023500+0200"), "2026-10-25T00:30:00Z");  // The first.
  EXPECT_EQ(Resolved("202610250250", "20261025023500+0100"),
            "2026-10-25T00:50:00Z");  // Not in the message's future.
  EXPECT_EQ(Resolved("202610250230", "20261025023500"),
            "2026-10-25T00:30:00Z?");  // As unclear itself.
  EXPECT_EQ(Resolved("202610250230", "20261025100000+0100"),
            "2026-10-25T00:30:00Z?");  // Too late to tell.
  EXPECT_EQ(Resolved("202610250230", "20261025"), "2026-10-25T00:30:00Z?");
}

// 29 March 2026: 02:00 becomes 03:00.
TEST(Hl7Time, AnHourThatDoesNotExistIsThatMuchAfterTheChange) {
  EXPECT_EQ(Resolved("20260329013000"), "2026-03-29T00:30:00Z");
  EXPECT_EQ(Resolved("20260329023000"), "2026-03-29T01:30:00Z");
  EXPECT_EQ(Resolved("20260329033000"), "2026-03-29T01:30:00Z");
}

}  // namespace
}  // namespace overgang::hl7v2
