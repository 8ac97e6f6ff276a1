// docs/rules.md in time: what is told ahead, what is dated after the end, what ties, and a death
// that never was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "projections/census.h"
#include "projections/tables.h"
#include "projections/visible.h"
#include "tests/projections/story.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;
using ::testing::Contains;
using ::testing::Not;

constexpr char kTrondheim[] = "5001";
constexpr char kMalvik[] = "5031";

int64_t Us(const std::string& at) { return absl::ToUnixMicros(OsloAt(at)); }

DerivedStay Derived(const Story& story) {
  auto stays = ComputeStays(ClusterOf(story.facts())).stays;
  EXPECT_EQ(stays.size(), 1U);
  return stays.front();
}

Story Admitted1June() {
  Story story;
  story.Admit("2025-06-01 08:00");
  return story;
}

template <typename Census = v1::KommuneCensus>
Census CountedAt(const Story& story, const std::string& at) {
  Contribution stay;
  stay.entry = Derived(story).entry;
  Census census;
  Count(stay, {.now_us = Us(at)}, &census);
  return census;
}

// Who recorded it, at this time, said it ahead.
void Ahead(Story* story, const std::string& recorded) {
  *story->last().mutable_recorded_at() = ToProto(OsloAt(recorded));
}

TEST(ToldAheadTest, UkpCountsWhenItsTimeComes) {
  Story story = Admitted1June();
  story.Declare("2025-06-05 14:00");
  Ahead(&story, "2025-06-05 10:00");
  for (const bool come : {false, true}) {
    const std::string at = come ? "2025-06-05 14:00" : "2025-06-05 13:59";
    const v1::KommuneCensus census = CountedAt(story, at);
    EXPECT_EQ(census.inpatients(), 1);
    EXPECT_EQ(census.ukp(), come ? 1 : 0);
    EXPECT_EQ(census.awaiting_answer(), come ? 1 : 0);
    EXPECT_EQ(census.longest_ukp().seconds(), 0);
    EXPECT_EQ(CountedAt<v1::HospitalCensus>(story, at).ukp(), come ? 1 : 0);
    const v1::Stay stay = Served(story, at);
    EXPECT_EQ(stay.has_ukp_since(), come);
    EXPECT_EQ(stay.answer(), come ? v1::ANSWER_AWAITED : v1::ANSWER_UNSPECIFIED);
    EXPECT_EQ(stay.ukp_periods_size(), 1) << "what is told is shown";
  }
  const StayEntry entry = Derived(story).entry;
  EXPECT_EQ(NextChange(entry, Us("2025-06-05 13:59")), Us("2025-06-05 14:00"));
  EXPECT_EQ(NextChange(entry, Us("2025-06-05 14:00")), kNeverUs);
}

TEST(ToldAheadTest, WhoIsExpectedToLeaveIsSoUntilUkpBegins) {
  Story story = Admitted1June();
  *story.Tell("2025-06-05 09:00").mutable_expected_discharge_set()->mutable_expected_at() =
      ToProto(OsloAt("2025-06-05 18:00"));
  story.Declare("2025-06-05 14:00");
  EXPECT_EQ(CountedAt(story, "2025-06-05 13:59").expected_discharges_24h(), 1);
  EXPECT_EQ(CountedAt(story, "2025-06-05 14:00").expected_discharges_24h(), 0);
}

TEST(ToldAheadTest, AWithdrawalEndsThePeriodWhenItsTimeComes) {
  Story story = Admitted1June();
  story.Ready("2025-06-05 10:00").Answer("2025-06-05 12:00", false).Withdraw("2025-06-07 12:00");
  Ahead(&story, "2025-06-07 08:00");
  EXPECT_EQ(CountedAt(story, "2025-06-07 11:59").ukp_over_24h(), 1);
  EXPECT_EQ(FromProto(Served(story, "2025-06-07 11:59").ukp_since()), OsloAt("2025-06-05 10:00"));
  EXPECT_EQ(CountedAt(story, "2025-06-07 12:00").ukp(), 0);
  const v1::Stay withdrawn = Served(story, "2025-06-07 12:00");
  EXPECT_FALSE(withdrawn.has_ukp_since());
  EXPECT_EQ(withdrawn.answer(), v1::ANSWER_CANNOT_RECEIVE);
}

TEST(ToldAheadTest, AMoveMovesTheStayWhenItsTimeComes) {
  Story story = Admitted1June();
  story.Ready("2025-06-05 10:00")
      .Answer("2025-06-05 12:00", true)
      .Move("2025-06-09 00:00", kMalvik);
  *story.last().mutable_occurred_at() = ToProto(OsloAt("2025-06-06 09:00"));
  Ahead(&story, "2025-06-06 09:00");
  const StayEntry entry = Derived(story).entry;
  StayEntry stored;
  ASSERT_TRUE(StayEntry::Parse(entry.Serialize(), &stored));
  EXPECT_EQ(stored, entry);
  EXPECT_EQ(KommuneAt(stored, Us("2025-05-01 12:00")).view(), kTrondheim);
  const v1::Stay before = Served(story, "2025-06-08 23:59");
  EXPECT_EQ(before.stay_kommune(), kTrondheim);
  EXPECT_EQ(before.answer(), v1::ANSWER_CAN_RECEIVE);
  EXPECT_EQ(FromProto(before.ukp_since()), OsloAt("2025-06-05 10:00"));
  EXPECT_EQ(CountedAt(story, "2025-06-08 23:59").awaiting_answer(), 0);
  const v1::Stay after = Served(story, "2025-06-09 00:00");
  EXPECT_EQ(after.stay_kommune(), kMalvik);
  EXPECT_EQ(after.answer(), v1::ANSWER_AWAITED);
  EXPECT_EQ(FromProto(after.ukp_since()), OsloAt("2025-06-05 10:00")) << "a move ends no wait";
  EXPECT_EQ(CountedAt(story, "2025-06-09 00:00").awaiting_answer(), 1);
  EXPECT_EQ(NextChange(entry, Us("2025-06-06 09:00")), Us("2025-06-09 00:00"));
}

TEST(ToldAheadTest, AStayIsTheNewKommunesWhenItHasMoved) {
  Story story = Admitted1June();
  story.Ready("2025-06-05 10:00").Move("2025-06-09 00:00", kMalvik);
  const StayEntry entry = Derived(story).entry;
  Scope former, next;
  former.kommuner = {kTrondheim};
  next.kommuner = {kMalvik};
  EXPECT_TRUE(MaySee(former, entry, Us("2025-06-08 23:59")));
  EXPECT_FALSE(MaySee(next, entry, Us("2025-06-08 23:59")));
  EXPECT_TRUE(MaySee(next, entry, Us("2025-06-09 00:00")));
  EXPECT_TRUE(MaySee(former, entry, Us("2025-06-09 00:00"))) << "it pays for a period";
  EXPECT_FALSE(MaySee(former, Derived(Admitted1June().Move("2025-06-09 00:00", kMalvik)).entry,
                      Us("2025-06-09 00:00")));
}

TEST(MoveTest, AtOrAfterTheEndMovesNothing) {
  for (const char* moved : {"2025-06-10 10:00", "2025-07-01 00:00"}) {
    Story story = Admitted1June();
    story.Ready("2025-06-05 10:00").Move("2025-06-06 12:00", "5035").Move(moved, kMalvik);
    *story.last().mutable_occurred_at() = ToProto(OsloAt("2025-06-08 09:00"));
    story.Discharge("2025-06-10 10:00");
    const v1::Stay stay = Served(story);
    EXPECT_EQ(stay.stay_kommune(), "5035") << moved;
    ASSERT_EQ(stay.ukp_periods_size(), 2) << moved;
    EXPECT_EQ(stay.ukp_periods(1).kommune(), "5035") << moved;
  }
}

// By file, with dates alone.
Story& OnDate(Story* story) {
  story->last().mutable_source()->set_channel(v1::CHANNEL_IMPORT);
  story->last().set_occurred_precision(v1::PRECISION_DAY);
  return *story;
}

TEST(TieTest, WithdrawnAndDeclaredOnOneDateOfAFileAreTwoPeriods) {
  Story story = Admitted1June();
  OnDate(&story.Declare("2025-06-05 12:00"));
  OnDate(&story.Declare("2025-06-08 12:00"));
  OnDate(&story.NotifyOfUkp("2025-06-08 12:00"));
  OnDate(&story.Withdraw("2025-06-08 12:00"));
  const v1::Stay stay = Served(story);
  ASSERT_EQ(stay.ukp_periods_size(), 2);
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_WITHDRAWN);
  EXPECT_FALSE(stay.ukp_periods(0).has_notified_at());
  EXPECT_EQ(FromProto(stay.ukp_periods(1).since()), OsloAt("2025-06-08 12:00"));
  EXPECT_FALSE(stay.ukp_periods(1).has_until());
  EXPECT_TRUE(stay.ukp_periods(1).has_notified_at());
}

TEST(TieTest, OfDeclarationsAndWithdrawalsThoseThatChangeSomethingTakeTurns) {
  Story once = Admitted1June();
  OnDate(&once.Withdraw("2025-06-08 12:00"));
  OnDate(&once.Declare("2025-06-08 12:00"));
  const v1::Stay declared_first = Served(once);
  ASSERT_EQ(declared_first.ukp_periods_size(), 1) << "there was nothing to withdraw before";
  EXPECT_EQ(declared_first.ukp_periods(0).end(), v1::UKP_END_WITHDRAWN);
  Story twice = Admitted1June();
  OnDate(&twice.Declare("2025-06-05 12:00"));
  for (int i = 0; i < 2; ++i) OnDate(&twice.Withdraw("2025-06-08 12:00"));
  OnDate(&twice.Declare("2025-06-08 12:00"));
  const v1::Stay stay = Served(twice);
  ASSERT_EQ(stay.ukp_periods_size(), 2);
  for (const v1::UkpPeriod& period : stay.ukp_periods())
    EXPECT_EQ(period.end(), v1::UKP_END_WITHDRAWN);
  EXPECT_EQ(stay.ukp_periods(1).overliggerdogn(), 0);
}

v1::Envelope& TellDeath(const std::string& at, Story* story) {
  v1::Envelope& fact = story->Tell(at);
  *fact.mutable_patient_details_changed()->mutable_died_at() = ToProto(OsloAt(at));
  return fact;
}

TEST(DeathTakenBackTest, WithADischargeOfTheSameChannelThatNeverWas) {
  Story story = Admitted1June();
  story.Ready("2025-06-05 10:00");
  TellDeath("2025-06-08 22:00", &story);
  EXPECT_TRUE(Served(story).has_discharged_at());
  Story other = story, later = story;
  story.Tell("2025-06-09 08:00")
      .mutable_fact_cancelled()
      ->set_kind(v1::FACT_KIND_PATIENT_DISCHARGED);
  const v1::Stay alive = Served(story, "2025-06-10 12:00");
  EXPECT_FALSE(alive.has_discharged_at());
  EXPECT_THAT(alive.flags(), Not(Contains(v1::STAY_FLAG_DIED)));
  EXPECT_EQ(FromProto(alive.ukp_since()), OsloAt("2025-06-05 10:00"));
  other.Tell("2025-06-09 08:00", v1::CHANNEL_PLO)
      .mutable_fact_cancelled()
      ->set_kind(v1::FACT_KIND_PATIENT_DISCHARGED);
  EXPECT_TRUE(Served(other).has_discharged_at()) << "another's word";
  TellDeath("2025-06-12 07:00", &story);
  EXPECT_EQ(FromProto(Served(story).discharged_at()), OsloAt("2025-06-12 07:00")) << "told since";
  later.Tell("2025-06-08 21:00").mutable_fact_cancelled()->set_kind(v1::FACT_KIND_PATIENT_DIED);
  EXPECT_TRUE(Served(later).has_discharged_at()) << "of what had been told before";
}

TEST(DeathTakenBackTest, OneForATimeToComeIsNoFindingAnyMore) {
  Story story = Admitted1June();
  TellDeath("2025-06-18 22:00", &story);
  for (auto set : {&v1::Envelope::mutable_occurred_at, &v1::Envelope::mutable_recorded_at})
    *(story.last().*set)() = ToProto(OsloAt("2025-06-08 22:00"));
  EXPECT_THAT(Served(story).flags(), Contains(v1::STAY_FLAG_END_IN_FUTURE));
  story.Tell("2025-06-09 08:00").mutable_fact_cancelled()->set_kind(v1::FACT_KIND_PATIENT_DIED);
  EXPECT_THAT(Served(story).flags(), Not(Contains(v1::STAY_FLAG_END_IN_FUTURE)));
}

TEST(EpikriseTest, TheDaysArePaidWhileThereIsTimeLeftToSendIt) {
  const PaymentTerms terms(
      {}, {{"", kHospital, absl::CivilDay::min(), absl::CivilDay::max(), false, true}});
  Story story = Admitted1June();
  story.Ready("2025-06-05 10:00").Discharge("2025-06-08 09:00");
  EXPECT_EQ(Served(story, "2025-06-08 11:00", terms).payable_days(), 3);
  EXPECT_EQ(Served(story, "2025-06-08 11:01", terms).payable_days(), 0);
}

}  // namespace
}  // namespace overgang::projections
