// A meeting to print: its rows, and what a snapshot did not count.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "consumers/meeting/snapshot.h"
#include "consumers/meeting/summary.h"
#include "tests/consumers/meeting_example.h"

namespace overgang::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MeetingSummary, ThePageToPrintHasManyRowsAndSaysWhatIsLeftOut) {
  v1::GetMeetingResponse meeting = Meeting();
  for (int i = 1; i <= 60; ++i) AddKommune(&meeting, absl::StrCat("Sted", i), i);
  for (int i = 1; i <= 30; ++i) AddCard(&meeting, absl::StrCat("Kort nr. ", i), "k:5001");
  for (int i = 1; i <= 50; ++i) AddCorrection(&meeting, "k:5001", absl::StrCat("tall", i), 1, 2);
  const std::string page = meeting::SummaryPage(meeting);
  EXPECT_EQ(CountOf(page, "Sted"), 60U);
  EXPECT_EQ(CountOf(page, "Kort nr. "), 30U);
  EXPECT_EQ(CountOf(page, ": tall"), 50U);
  EXPECT_THAT(page, Not(HasSubstr("Og ")));
  for (size_t i = 51; i <= meeting::kRowsMax + 3; ++i)
    AddCorrection(&meeting, "k:5001", absl::StrCat("tall", i), 1, 2);
  for (size_t i = 31; i <= meeting::kRowsMax + 2; ++i)
    AddCard(&meeting, absl::StrCat("Kort nr. ", i), "k:5001");
  const std::string full = meeting::SummaryPage(meeting);
  EXPECT_EQ(CountOf(full, ": tall"), meeting::kRowsMax);
  EXPECT_EQ(CountOf(full, "Kort nr. "), meeting::kRowsMax);
  EXPECT_THAT(full, HasSubstr("Og 3 tall til."));
  EXPECT_THAT(full, HasSubstr("Og 2 tiltakskort til."));
}

TEST(MeetingSummary, WhatAnOlderSnapshotDidNotCountIsNoNought) {
  v1::GetMeetingResponse meeting = Meeting();
  AddKommune(&meeting, "Trondheim", 14);
  meeting.mutable_snapshot()->mutable_kommuner(0)->set_ukp_over_7_days(6);
  meeting.mutable_snapshot()->clear_version();
  meeting.mutable_snapshot()->mutable_census()->clear_ukp_over_7_days();
  meeting.mutable_snapshot()->mutable_census()->clear_corridor_reported();
  const std::string page = Unheld(meeting::SummaryPage(meeting));
  EXPECT_THAT(page, HasSubstr("<b>6 / –</b>over 7 / 10 døgn"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">6 / –</td>"));
  EXPECT_THAT(page, Not(HasSubstr("meldt av avdelingene")));
}

TEST(MeetingSummary, WhatIsCountedSinceAVersionIsCountedInLaterOnesToo) {
  v1::GetMeetingResponse meeting = Meeting();
  v1::MeetingSnapshot& snapshot = *meeting.mutable_snapshot();
  for (const int version : {0, meeting::kCountsLongWaitsSince, meeting::kSnapshotVersion + 1}) {
    snapshot.set_version(version);
    EXPECT_EQ(meeting::CountsLongWaits(snapshot), version >= 1) << version;
  }
  EXPECT_THAT(meeting::SummaryPage(meeting), HasSubstr("<b>8 / 3</b>"));
  snapshot.set_version(1);
  EXPECT_THAT(meeting::SummaryPage(meeting), HasSubstr("<b>8 / 3</b>"));
}

}  // namespace
}  // namespace overgang::testing
