// docs/rules.md by example: UKP periods, payable days and money, with the numbers that are known.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/projections/story.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kOtherHospital[] = "974706490";

// What kommuner pay for the stays of these facts, each day by its own year's price.
absl::StatusOr<int64_t> Kr(const std::vector<v1::Envelope>& facts, const std::string& now = kNow) {
  const PaymentTerms& terms = PaymentTerms::BuiltIn();
  int64_t kr = 0;
  for (const DerivedStay& derived : ComputeStays(ClusterOf(facts)).stays) {
    for (const UkpPeriod& period : derived.entry.periods) {
      for (const PayableRange& range :
           PayableDays(derived.entry, period, terms, absl::ToUnixMicros(OsloAt(now)))) {
        for (absl::CivilDay day = range.from; day < range.to; ++day) {
          const auto price = terms.PriceOf(static_cast<int>(day.year()));
          if (!price.ok()) return price.status();
          kr += *price;
        }
      }
    }
  }
  return kr;
}

// A stay that is ready, and known to be, from one date to another.
Story ReadyFromTo(const std::string& from, const std::string& to) {
  Story story;
  story.Admit(from + " 08:00");
  story.Ready(from + " 10:00");
  story.Discharge(to + " 09:00");
  return story;
}

TEST(RulesTest, ReadyOnDAndCanReceiveOnDPlus3Are3Days) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Ready("2025-05-05 14:00").Answer("2025-05-05 15:00", true, "2025-05-08");
  story.Discharge("2025-05-08 10:00");
  const v1::Stay stay = Served(story);
  EXPECT_EQ(stay.payable_days(), 3);
  ASSERT_EQ(stay.ukp_periods(0).payable_size(), 1);
  EXPECT_EQ(stay.ukp_periods(0).payable(0).from_date(), "2025-05-05");
  EXPECT_EQ(stay.ukp_periods(0).payable(0).to_date(), "2025-05-08");
}

TEST(RulesTest, AnImmediateYesIs0Days) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Ready("2025-05-05 14:00").Answer("2025-05-05 23:59", true);
  story.Discharge("2025-05-09 10:00");
  const v1::Stay stay = Served(story);
  EXPECT_EQ(stay.payable_days(), 0);
  EXPECT_EQ(stay.overliggerdogn(), 4) << "in hospital all the same";
}

TEST(RulesTest, ALaterNoStartsPaymentAgainOnItsOwnDate) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Ready("2025-05-05 14:00")
      .Answer("2025-05-07 10:00", true)
      .Answer("2025-05-10 10:00", false)
      .Answer("2025-05-12 08:00", true)
      .Answer("2025-05-12 09:00", false);
  story.Discharge("2025-05-13 10:00");
  const v1::Stay stay = Served(story);
  ASSERT_EQ(stay.ukp_periods(0).payable_size(), 2);
  EXPECT_EQ(stay.ukp_periods(0).payable(1).from_date(), "2025-05-10");
  EXPECT_EQ(stay.ukp_periods(0).payable(1).to_date(), "2025-05-13") << "the last of a date counts";
  EXPECT_EQ(stay.payable_days(), 5);
}

TEST(RulesTest, NoDayIsPayableBeforeBothNotices) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Declare("2025-05-05 14:00").NotifyOfUkp("2025-05-06 08:00");
  EXPECT_EQ(Served(story, "2025-05-12 12:00").payable_days(), 0) << "not told of the admission";
  story.NotifyOfAdmission("2025-05-08 08:00");
  EXPECT_EQ(Served(story, "2025-05-12 12:00").payable_days(), 4) << "8th to 11th";
}

TEST(RulesTest, TodayIsPaidWhenItIsOver) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Ready("2025-05-05 14:00");
  EXPECT_EQ(Served(story, "2025-05-05 23:59").payable_days(), 0);
  EXPECT_EQ(Served(story, "2025-05-06 00:00").payable_days(), 1);
}

TEST(RulesTest, DaysOf2025AtItsPrice) {
  std::vector<v1::Envelope> facts;
  const auto add = [&](int visit, const std::string& to) {
    Story story(kHospital, "V" + std::to_string(visit), visit);
    story.Admit("2025-01-01 01:00");
    story.Ready("2025-01-01 02:00");
    story.Discharge(to + " 09:00");
    facts.insert(facts.end(), story.facts().begin(), story.facts().end());
  };
  for (int visit = 1; visit <= 3; ++visit) add(visit, "2026-01-01");
  add(4, "2025-04-15");  // 31 + 28 + 31 + 14 = 104.
  EXPECT_EQ(*Kr(facts), 7'171'219) << "1 199 days";
}

TEST(RulesTest, DaysOf2018AtItsPrice) {
  const Story story = ReadyFromTo("2018-03-01", "2018-08-24");
  EXPECT_EQ(Served(story).payable_days(), 176);
  EXPECT_EQ(*Kr(story.facts()), 835'472);
}

TEST(RulesTest, TheYear2021) {
  std::vector<v1::Envelope> facts;
  for (int visit = 1; visit <= 28; ++visit) {
    Story story(kHospital, "V" + std::to_string(visit), visit);
    story.Admit("2021-01-01 01:00");
    story.Ready("2021-01-01 02:00");
    story.Discharge(visit < 28 ? "2022-01-01 09:00" : "2021-09-03 09:00");
    facts.insert(facts.end(), story.facts().begin(), story.facts().end());
  }
  int64_t days = 0;
  for (const DerivedStay& stay : ComputeStays(ClusterOf(facts)).stays)
    days += Overliggerdogn(stay.entry, absl::ToUnixMicros(OsloAt(kNow)));
  EXPECT_EQ(days, 10'100);
  EXPECT_EQ(*Kr(facts), 52'186'700) << "52.2 million";
  EXPECT_NEAR(static_cast<double>(days) / 365, 27.7, 0.05) << "beds";
}

TEST(RulesTest, APeriodOverNewYearHasEachDaysOwnPrice) {
  EXPECT_EQ(*Kr(ReadyFromTo("2024-12-30", "2025-01-02").facts()), 2 * 5745 + 5981);
}

TEST(RulesTest, AYearWithoutAPriceIsAnErrorThatNamesIt) {
  const auto kr = Kr(ReadyFromTo("2025-12-30", "2026-01-03").facts(), "2026-02-01 12:00");
  ASSERT_EQ(kr.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(kr.status().message().find("2026"), std::string::npos) << kr.status();
  EXPECT_EQ(PaymentTerms::BuiltIn().PriceOf(2011).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(RulesTest, DaysAreDatesOnBothNightsOfClockChange) {
  EXPECT_EQ(Served(ReadyFromTo("2025-03-29", "2025-03-31")).payable_days(), 2);
  EXPECT_EQ(Served(ReadyFromTo("2025-10-25", "2025-10-27")).payable_days(), 2);
}

TEST(RulesTest, ALeapDayIsADay) {
  EXPECT_EQ(Served(ReadyFromTo("2024-02-28", "2024-03-01")).payable_days(), 2);
  EXPECT_EQ(Served(ReadyFromTo("2025-02-28", "2025-03-01")).payable_days(), 1);
}

TEST(RulesTest, AStayOf0DaysIsStillAUkpStay) {
  Story story;
  story.Admit("2025-05-05 08:00");
  story.Ready("2025-05-05 10:00");
  story.Discharge("2025-05-05 10:00");
  const v1::Stay stay = Served(story);
  ASSERT_EQ(stay.ukp_periods_size(), 1);
  EXPECT_EQ(stay.overliggerdogn(), 0);
  EXPECT_EQ(stay.payable_days(), 0);
}

TEST(RulesTest, AStayOf400Days) {
  const v1::Stay stay = Served(ReadyFromTo("2024-01-01", "2025-02-04"));
  EXPECT_EQ(stay.overliggerdogn(), 400);
  EXPECT_EQ(stay.payable_days(), 400);
}

struct EndCase {
  v1::UkpEnd end;
  Story story;
  std::vector<v1::Envelope> more;
};

std::vector<EndCase> EndCases() {
  const auto begun = [] {
    Story story;
    story.Admit("2025-05-01 08:00");
    story.Declare("2025-05-05 10:00");
    return story;
  };
  std::vector<EndCase> cases(7, {v1::UKP_END_WITHDRAWN, begun(), {}});
  cases[0].story.Withdraw("2025-05-07 10:00");
  cases[1].end = v1::UKP_END_MOVED;
  cases[1].story.Move("2025-05-07 10:00", "5031");
  cases[2].end = v1::UKP_END_DIED;
  cases[2].story.Discharge("2025-05-07 10:00").set_outcome("2");
  cases[3].end = v1::UKP_END_DIED;
  cases[3].story.Tell("2025-05-07 10:00").mutable_patient_died();
  cases[4].end = v1::UKP_END_TRANSFERRED;
  cases[4].story.Discharge("2025-05-07 10:00").set_to_specialist_care(true);
  cases[5].end = v1::UKP_END_TRANSFERRED;
  cases[5].story.Discharge("2025-05-07 10:00");
  Story next(kOtherHospital, "V2");
  next.Admit("2025-05-07 17:59");
  cases[5].more = next.facts();
  cases[6].end = v1::UKP_END_DISCHARGED;
  cases[6].story.Discharge("2025-05-07 10:00");
  Story later(kOtherHospital, "V2");
  later.Admit("2025-05-07 18:00");
  cases[6].more = later.facts();
  return cases;
}

TEST(RulesTest, EveryEndOfAPeriod) {
  for (const EndCase& by : EndCases()) {
    std::vector<v1::Envelope> facts = by.story.facts();
    facts.insert(facts.end(), by.more.begin(), by.more.end());
    const v1::Stay stay = Served(facts);
    ASSERT_GE(stay.ukp_periods_size(), 1) << v1::UkpEnd_Name(by.end);
    EXPECT_EQ(stay.ukp_periods(0).end(), by.end)
        << v1::UkpEnd_Name(by.end) << " not " << v1::UkpEnd_Name(stay.ukp_periods(0).end());
    EXPECT_EQ(FromProto(stay.ukp_periods(0).until()), OsloAt("2025-05-07 10:00"));
    EXPECT_EQ(stay.ukp_periods(0).overliggerdogn(), 2);
  }
}

TEST(RulesTest, WhoWasElsewhereForADayWasNotTransferredThere) {
  Story stay = ReadyFromTo("2025-06-01", "2025-06-09");
  Story day(kOtherHospital, "V2"), next(kOtherHospital, "V3");
  day.Admit("2025-06-03 08:00");
  day.Discharge("2025-06-03 16:00");
  next.Admit("2025-06-09 10:00");
  EXPECT_EQ(Served(Together({stay, day})).ukp_periods(0).end(), v1::UKP_END_DISCHARGED);
  EXPECT_EQ(Served(Together({stay, day, next})).ukp_periods(0).end(), v1::UKP_END_TRANSFERRED);
}

TEST(RulesTest, AfterAMoveTheNewKommunePaysOnceItWasNotifiedItself) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Ready("2025-05-05 10:00").Move("2025-05-08 12:00", "5031").NotifyOfUkp("2025-05-10 09:00");
  const v1::Stay stay = Served(story, "2025-05-12 12:00");
  ASSERT_EQ(stay.ukp_periods_size(), 2);
  EXPECT_EQ(stay.ukp_periods(0).kommune(), "5001");
  EXPECT_EQ(stay.ukp_periods(0).payable(0).days(), 3);
  EXPECT_EQ(stay.ukp_periods(1).kommune(), "5031");
  ASSERT_EQ(stay.ukp_periods(1).payable_size(), 1);
  EXPECT_EQ(stay.ukp_periods(1).payable(0).from_date(), "2025-05-10");
  EXPECT_EQ(stay.ukp_periods(1).payable(0).days(), 2);
}

// A receipt that comes late is of the message that it names, not of what was declared since.
TEST(RulesTest, ALateReceiptOfAnEarlierMessageSaysNothingOfALaterPeriod) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.NotifyOfAdmission("2025-05-01 10:00");
  const auto declare = [&](const std::string& at, const std::string& message) {
    v1::Envelope& fact = story.Tell(at, v1::CHANNEL_PLO);
    fact.mutable_source()->set_control_id(message);
    fact.mutable_ukp_declared();
  };
  const auto receipt = [&](const std::string& at, const std::string& message) {
    v1::Envelope& fact = story.Tell(at, v1::CHANNEL_PLO);
    fact.mutable_source()->set_control_id(message);
    fact.mutable_kommune_notified_of_ukp()->set_notice_id(message);
  };
  declare("2025-05-05 10:00", "first");
  story.Withdraw("2025-05-06 10:00");
  declare("2025-05-08 10:00", "second");
  receipt("2025-05-09 10:00", "first");
  EXPECT_EQ(Served(story, "2025-05-12 12:00").payable_days(), 0) << "of nothing was it notified";
  receipt("2025-05-10 10:00", "second");
  const v1::Stay stay = Served(story, "2025-05-12 12:00");
  ASSERT_EQ(stay.ukp_periods_size(), 2);
  EXPECT_EQ(stay.ukp_periods(0).payable_size(), 0);
  ASSERT_EQ(stay.ukp_periods(1).payable_size(), 1);
  EXPECT_EQ(stay.ukp_periods(1).payable(0).from_date(), "2025-05-10");
  EXPECT_EQ(stay.payable_days(), 2);
}

TEST(RulesTest, AReceiptOfAMessageSentOnceMoreIsOfThePeriodThatGoesOn) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.NotifyOfAdmission("2025-05-01 10:00").Declare("2025-05-05 10:00");
  v1::Envelope& again = story.Tell("2025-05-06 10:00", v1::CHANNEL_PLO);
  again.mutable_source()->set_control_id("again");
  again.mutable_ukp_declared();
  // A clock that is behind: it counts from the message on.
  v1::Envelope& receipt = story.Tell("2025-05-04 09:00", v1::CHANNEL_PLO);
  receipt.mutable_source()->set_control_id("again");
  receipt.mutable_kommune_notified_of_ukp()->set_notice_id("again");
  const v1::Stay stay = Served(story, "2025-05-08 12:00");
  ASSERT_EQ(stay.ukp_periods_size(), 1);
  EXPECT_EQ(FromProto(stay.ukp_periods(0).notified_at()), OsloAt("2025-05-06 10:00"));
  EXPECT_EQ(stay.payable_days(), 2);
}

TEST(RulesTest, PaymentWentOverToTheKommuneOfStayIn2019) {
  Story story;
  story.Admit("2018-12-01 08:00", "5031").set_residence_kommune("5035");
  story.Ready("2018-12-30 10:00");
  story.Discharge("2019-01-03 10:00");
  const auto stays = ComputeStays(ClusterOf(story.facts())).stays;
  const auto ranges = PayableDays(stays[0].entry, stays[0].entry.periods[0],
                                  PaymentTerms::BuiltIn(), absl::ToUnixMicros(OsloAt(kNow)));
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].payer.view(), "5035");
  EXPECT_EQ(ranges[0].to, absl::CivilDay(2019, 1, 1));
  EXPECT_EQ(ranges[1].payer.view(), "5031");
  EXPECT_EQ(ranges[1].days(), 2);
}

TEST(RulesTest, MentalHealthCareAndTsbArePayableFrom2019) {
  for (const v1::Sector sector : {v1::SECTOR_PSYKISK_HELSEVERN, v1::SECTOR_TSB}) {
    Story story;
    story.Admit("2018-12-01 08:00").set_sector(sector);
    story.Ready("2018-12-30 10:00");
    story.Discharge("2019-01-03 10:00");
    EXPECT_EQ(Served(story).payable_days(), 2);
  }
}

TEST(RulesTest, WhereThatIsAgreedPaymentStarts24HoursAfterNotice) {
  const PaymentTerms terms({}, {{"5001", kHospital, absl::CivilDay(2025, 5, 1),
                                 absl::CivilDay(2025, 11, 1), true, false}});
  EXPECT_EQ(Served(ReadyFromTo("2025-05-05", "2025-05-09"), kNow, terms).payable_days(), 3);
  EXPECT_EQ(Served(ReadyFromTo("2025-04-30", "2025-05-04"), kNow, terms).payable_days(), 4)
      << "before it took effect";
  Story spring;
  spring.Admit("2025-05-04 08:00");
  spring.NotifyOfAdmission("2025-05-04 09:00").Declare("2025-05-05 10:00");
  spring.NotifyOfUkp("2025-05-05 23:59");
  EXPECT_EQ(Served(spring, "2025-05-09 12:00", terms).payable_days(), 3);
  // The night of 25 hours: 24 h after 23:30 is 22:30 of the same long day's end.
  Story autumn;
  autumn.Admit("2025-10-25 08:00");
  autumn.NotifyOfAdmission("2025-10-25 09:00").Declare("2025-10-26 00:10");
  autumn.NotifyOfUkp("2025-10-26 00:30");
  EXPECT_EQ(Served(autumn, "2025-10-28 12:00", terms).payable_days(), 2) << "from the 26th, 23:30";
}

TEST(RulesTest, WhereThatIsAgreedNothingIsPaidWithoutEpikrise) {
  const PaymentTerms terms(
      {}, {{"", kHospital, absl::CivilDay::min(), absl::CivilDay::max(), false, true}});
  Story open;
  open.Admit("2025-05-01 08:00");
  open.Ready("2025-05-05 10:00");
  EXPECT_EQ(Served(open, "2025-05-08 12:00", terms).payable_days(), 3) << "while it goes on";
  Story without = ReadyFromTo("2025-05-05", "2025-05-08");
  EXPECT_EQ(Served(without, kNow, terms).payable_days(), 0);
  Story at_once = without;
  EXPECT_EQ(Served(at_once.Epikrise("2025-05-08 11:00"), kNow, terms).payable_days(), 3);
  EXPECT_EQ(Served(without.Epikrise("2025-05-08 11:01"), kNow, terms).payable_days(), 0);
}

}  // namespace
}  // namespace overgang::projections
