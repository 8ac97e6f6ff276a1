// Every number of GetReport, of populations small enough to count by hand.
#include <gmock/gmock.h>

#include "tests/consumers/report_population.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ReportCountsTest : public ::testing::Test {
 protected:
  std::map<std::string, Numbers> Rows(const v1::GetReportRequest& request,
                                      const std::string& now = "2025-06-01 12:00") {
    auto response = Ask(stays_.At(now), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? RowsOf(*response) : std::map<std::string, Numbers>();
  }
  Numbers All(const v1::GetReportRequest& request, const std::string& now = "2025-06-01 12:00") {
    return Rows(request, now)[""];
  }
  Population stays_;
};

TEST_F(ReportCountsTest, StaysBedDaysAndOverliggerdognOfAMonth) {
  // Whole in the month: 4 bed days, 2 as UKP.
  projections::StayEntry whole = StayOf("2025-03-10 10:00", "2025-03-14 09:00");
  AddPeriod(whole, "2025-03-12 15:00");
  stays_.Add(whole);
  // Over both edges: 31 bed days in it, UKP since February: 31 days in it, and a long stayer.
  projections::StayEntry over = StayOf("2025-02-01 10:00", "2025-04-05 09:00");
  AddPeriod(over, "2025-02-27 15:00");
  stays_.Add(over);
  // Same day: no bed day. Declared and gone the same day: UKP with no days.
  projections::StayEntry same_day = StayOf("2025-03-03 08:00", "2025-03-03 20:00");
  AddPeriod(same_day, "2025-03-03 15:00");
  stays_.Add(same_day);
  stays_.Add(StayOf("2025-03-31 23:00", "2025-04-02 08:00"));  // 1 bed day in it.
  stays_.Add(StayOf("2025-02-20 10:00", "2025-02-28 23:59"));  // Ended before.
  stays_.Add(StayOf("2025-04-01 00:00", "2025-04-02 08:00"));  // Admitted after.
  const Numbers all = All(Request("2025-03-01", "2025-04-01"));
  EXPECT_EQ(all.at("stays"), 4);
  EXPECT_EQ(all.at("admitted"), 3);
  EXPECT_EQ(all.at("ended"), 2);
  EXPECT_EQ(all.at("bed_days"), 4 + 31 + 0 + 1);
  EXPECT_EQ(all.at("ukp_stays"), 3);
  EXPECT_EQ(all.at("ukp_stays_0_days"), 1);
  EXPECT_EQ(all.at("overliggerdogn"), 2 + 31);
  EXPECT_DOUBLE_EQ(all.at("share_ukp"), 75);
  EXPECT_DOUBLE_EQ(all.at("share_overliggerdogn"), 100.0 * 33 / 36);
  EXPECT_DOUBLE_EQ(all.at("overliggerdogn_per_ukp_stay"), 11);
  EXPECT_DOUBLE_EQ(all.at("ukp_beds"), 33.0 / 31);
  EXPECT_EQ(all.at("ukp_over_24h"), 2);
  EXPECT_EQ(all.at("ukp_over_7_days"), 1);
  EXPECT_EQ(all.at("ukp_over_10_days"), 1);
  EXPECT_EQ(all.at("days"), 31);
  EXPECT_FALSE(all.contains("stays_per_1000")) << "nobody said whose inhabitants";
}

TEST_F(ReportCountsTest, WhatIsOpenIsCountedToTodayAndDaysToComeAreNone) {
  projections::StayEntry open = StayOf("2025-05-28 10:00");
  AddPeriod(open, "2025-05-30 09:00");
  stays_.Add(open);
  const auto rows = Rows(Request("2025-05-01", "2025-08-01", {"month"}));
  ASSERT_THAT(rows, SizeIs(2)) << "May and June, and nothing of July";
  EXPECT_EQ(rows.at("2025-05").at("bed_days"), 4);
  EXPECT_EQ(rows.at("2025-05").at("overliggerdogn"), 2);
  EXPECT_EQ(rows.at("2025-05").at("days"), 31);
  EXPECT_EQ(rows.at("2025-06").at("bed_days"), 0) << "today is counted when it is over";
  EXPECT_EQ(rows.at("2025-06").at("stays"), 1);
  EXPECT_EQ(rows.at("2025-06").at("ukp_stays"), 1);
  EXPECT_FALSE(rows.at("2025-06").contains("ukp_beds"));
  EXPECT_EQ(rows.at("2025-05").at("ukp_over_24h"), 1);
}

TEST_F(ReportCountsTest, TenThousandDaysOfAYearAreTwentySevenBeds) {
  // The check of docs/rules.md: 10 100 days in 2021 are 27.7 beds and 52.2 million kr.
  for (int i = 0; i < 100; ++i) {
    projections::StayEntry stay = StayOf("2021-01-01 08:00", "2021-04-13 08:00");
    AddPeriod(stay, "2021-01-02 08:00").notified_us = Us("2021-01-02 09:00");
    stay.admission_notified_us = Us("2021-01-01 09:00");
    stays_.Add(stay);
  }
  const Numbers all = All(Request("2021-01-01", "2022-01-01"));
  EXPECT_EQ(all.at("overliggerdogn"), 10'100);
  EXPECT_NEAR(all.at("ukp_beds"), 27.7, 0.05);
  const Numbers paid = All(Request("2021-01-01", "2022-01-01", {}, v1::REPORT_WHAT_PAYMENT));
  EXPECT_EQ(paid.at("payable_days"), 10'100);
  EXPECT_EQ(paid.at("amount_kr"), 10'100 * 5167.0);
}

TEST_F(ReportCountsTest, APeriodCountsForItsOwnKommuneAndTheStayForItsLast) {
  projections::StayEntry moved = StayOf("2025-03-01 10:00", "2025-03-20 09:00", "5031");
  AddPeriod(moved, "2025-03-05 10:00", "2025-03-10 10:00").kommune.Assign("5001");
  moved.periods[0].end = v1::UKP_END_MOVED;
  AddPeriod(moved, "2025-03-10 10:00").declared = false;
  moved.residence_kommune.Assign("5028");
  stays_.Add(moved);
  auto request = Request("2025-03-01", "2025-04-01", {"kommune"});
  auto rows = Rows(request);
  EXPECT_EQ(rows.at("5001").at("overliggerdogn"), 5);
  EXPECT_EQ(rows.at("5001").at("stays"), 0);
  EXPECT_EQ(rows.at("5031").at("overliggerdogn"), 10);
  EXPECT_EQ(rows.at("5031").at("ukp_stays"), 1);
  request.set_basis(v1::CENSUS_BASIS_RESIDENCE_KOMMUNE);
  rows = Rows(request);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows.at("5028").at("overliggerdogn"), 15);
  request.clear_basis();
  request.add_kommuner("5001");
  EXPECT_THAT(Rows(request), SizeIs(1)) << "only the kommune that was asked for";
}

TEST_F(ReportCountsTest, RatesAreOfTheInhabitantsThatTheRowIsAbout) {
  stays_.Add(StayOf("2025-03-01 10:00", "2025-03-21 09:00", "5001"));
  stays_.Add(StayOf("2025-03-01 10:00", "2025-03-11 09:00", "5031"));
  stays_.Add(StayOf("2025-03-01 10:00", "2025-03-11 09:00", "9999"));
  const double trondheim = KommuneByNumber("5001")->population_2024;
  const double malvik = KommuneByNumber("5031")->population_2024;
  auto request = Request("2025-03-01", "2025-04-01", {"kommune"});
  auto rows = Rows(request);
  EXPECT_DOUBLE_EQ(rows.at("5001").at("bed_days_per_1000"), 20'000 / trondheim);
  EXPECT_DOUBLE_EQ(rows.at("5031").at("stays_per_1000"), 1000 / malvik);
  EXPECT_FALSE(rows.at("9999").contains("stays_per_1000"));
  request.clear_by();
  request.add_kommuner("5001");
  request.add_kommuner("5031");
  EXPECT_DOUBLE_EQ(Rows(request).at("").at("bed_days_per_1000"), 30'000 / (trondheim + malvik));
  request.add_by("region");
  rows = Rows(request);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows.begin()->first, "Helsefellesskapet St. Olavs hospital");
  EXPECT_DOUBLE_EQ(rows.begin()->second.at("stays_per_1000"), 2000 / (trondheim + malvik));
}

TEST_F(ReportCountsTest, EveryWayToDivide) {
  projections::StayEntry stay = StayOf("2025-03-09 10:00", "2025-03-10 14:30");
  stay.age = 67;
  stay.services = v1::KommuneKnowsPatient::SERVICES_SOME;
  stay.ward.Assign("GER1");
  AddPeriod(stay, "2025-03-10 13:59");
  stays_.Add(stay);
  const std::map<std::string, std::pair<std::string, std::string>> expected = {
      {"kommune", {"5001", "Trondheim"}},
      {"hospital", {"974749025", "St. Olavs hospital"}},
      {"region", {"Helsefellesskapet St. Olavs hospital", "Helsefellesskapet St. Olavs hospital"}},
      {"ward", {"974749025/GER1", "Geriatri"}},
      {"sector", {"somatikk", "Somatikk"}},
      {"age", {"67-79", "67-79 år"}},
      {"sex", {"female", "Kvinne"}},
      {"known", {"known", "Kjent fra før"}},
      {"weekday", {"1", "Mandag"}},
      {"hour", {"13", "kl. 13–14"}},
      {"month", {"2025-03", "mars 2025"}},
      {"year", {"2025", "2025"}}};
  for (const auto& [by, key] : expected) {
    const auto what =
        by == "weekday" || by == "hour" ? v1::REPORT_WHAT_PROFILE : v1::REPORT_WHAT_UKP;
    const auto response =
        Ask(stays_.At("2025-06-01 12:00"), Request("2025-03-01", "2025-04-01", {by}, what));
    ASSERT_TRUE(response.ok()) << by << response.status();
    ASSERT_FALSE(response->rows().empty()) << by;
    EXPECT_EQ(response->rows(0).key(0), key.first) << by;
    EXPECT_EQ(response->rows(0).label(0), key.second) << by;
  }
}

TEST_F(ReportCountsTest, AgesAreInBandsAndWhatIsNotToldIsARowOfItsOwn) {
  for (int age : {0, 17, 18, 49, 50, 66, 67, 79, 80, 89, 90, 104}) {
    projections::StayEntry stay = StayOf("2025-03-01 10:00", "2025-03-02 10:00");
    stay.age = static_cast<uint8_t>(age);
    stays_.Add(stay);
  }
  projections::StayEntry not_told = StayOf("2025-03-01 10:00", "2025-03-02 10:00");
  not_told.age = 0;
  not_told.sex = v1::SEX_UNSPECIFIED;
  stays_.Add(not_told);
  const auto rows = Rows(Request("2025-03-01", "2025-04-01", {"age"}));
  ASSERT_THAT(rows, SizeIs(7));
  for (const char* band : {"0-17", "18-49", "50-66", "67-79", "80-89", "90+"})
    EXPECT_EQ(rows.at(band).at("stays"), 2) << band;
  EXPECT_EQ(rows.at("").at("stays"), 1);
}

TEST_F(ReportCountsTest, StretchesOfTheWayByNearestRank) {
  // Ten stays: UKP after 24, 48, ... hours, notice 1, 2, ... hours later, answer 6 minutes later
  // each, discharge 10 hours later.
  for (int i = 1; i <= 10; ++i) {
    projections::StayEntry stay = StayOf("2025-03-01 08:00", "2025-03-30 12:00");
    auto& period = AddPeriod(stay, "2025-03-01 08:00");
    period.since_us = stay.admitted_us + i * 24 * 3600 * int64_t{1'000'000};
    period.notified_us = period.since_us + i * 3600 * int64_t{1'000'000};
    period.replies.push_back({period.notified_us + i * 360 * int64_t{1'000'000}, false, 0});
    stay.ended_us = period.until_us = period.replies.back().at_us + 10 * 3600 * int64_t{1'000'000};
    stays_.Add(stay);
  }
  const Numbers all = All(Request("2025-03-01", "2025-04-01", {}, v1::REPORT_WHAT_WAY));
  EXPECT_EQ(all.at("admission_to_ukp"), 10);
  EXPECT_DOUBLE_EQ(all.at("admission_to_ukp_mean"), 132);
  EXPECT_DOUBLE_EQ(all.at("admission_to_ukp_median"), 120) << "the fifth of ten";
  EXPECT_DOUBLE_EQ(all.at("admission_to_ukp_p90"), 216) << "the ninth";
  EXPECT_DOUBLE_EQ(all.at("ukp_to_notice_median"), 5);
  EXPECT_DOUBLE_EQ(all.at("ukp_to_notice_p90"), 9);
  EXPECT_DOUBLE_EQ(all.at("notice_to_answer_median"), 0.5);
  EXPECT_DOUBLE_EQ(all.at("notice_to_answer_p90"), 0.9);
  EXPECT_DOUBLE_EQ(all.at("answer_to_discharge_median"), 10);
  // A stretch counts where it ends: of those that were declared by the 4th there are three.
  const Numbers early = All(Request("2025-03-01", "2025-03-05", {}, v1::REPORT_WHAT_WAY));
  EXPECT_EQ(early.at("admission_to_ukp"), 3);
  EXPECT_DOUBLE_EQ(early.at("admission_to_ukp_median"), 48);
  const auto by = Rows(Request("2025-03-01", "2025-04-01", {"weekday"}, v1::REPORT_WHAT_WAY));
  EXPECT_EQ(by.at("7").at("admission_to_ukp"), 2) << "the 2nd and the 9th of March are Sundays";
}

TEST_F(ReportCountsTest, OnlyTheFirstPeriodHasStretchesAndNoneGoBackwards) {
  projections::StayEntry stay = StayOf("2025-03-01 08:00", "2025-03-20 12:00");
  auto& first = AddPeriod(stay, "2025-03-02 08:00", "2025-03-03 08:00");
  first.notified_us = Us("2025-03-02 10:00");
  first.replies.push_back({Us("2025-03-02 09:00"), true, 0});
  AddPeriod(stay, "2025-03-10 08:00").replies.push_back({Us("2025-03-10 09:00"), true, 0});
  stays_.Add(stay);
  const Numbers all = All(Request("2025-03-01", "2025-04-01", {}, v1::REPORT_WHAT_WAY));
  EXPECT_EQ(all.at("admission_to_ukp"), 1);
  EXPECT_EQ(all.at("ukp_to_notice"), 1);
  EXPECT_EQ(all.at("notice_to_answer"), 0) << "answered before it was told";
  EXPECT_FALSE(all.contains("notice_to_answer_median"));
  EXPECT_EQ(all.at("answer_to_discharge"), 0) << "withdrawn, not discharged";
}

TEST_F(ReportCountsTest, DeadlinesMetRunningAndMissedByTheirClocksStart) {
  // Now is 12:00 on the 1st of June.
  projections::StayEntry stay = StayOf("2025-05-31 08:00");
  stay.admission_notified_us = Us("2025-05-31 20:00");  // In time; the report runs to 20:00.
  auto& period = AddPeriod(stay, "2025-06-01 08:00");
  period.notified_us = Us("2025-06-01 11:00");  // Missed: more than two hours. Answer runs.
  stays_.Add(stay);
  projections::StayEntry ended = StayOf("2025-05-20 08:00", "2025-05-25 12:00");
  ended.admission_notified_us = Us("2025-05-20 09:00");
  auto& answered = AddPeriod(ended, "2025-05-22 08:00");
  answered.notified_us = Us("2025-05-22 08:30");
  answered.replies.push_back({Us("2025-05-22 10:30"), true, 0});  // At exactly the due time: met.
  answered.message_us = Us("2025-05-22 08:05");
  answered.receipt_us = Us("2025-05-22 08:30");
  ended.epikrise_us = Us("2025-05-25 15:00");  // Missed.
  stays_.Add(ended);
  const Numbers all = All(Request("2025-05-01", "2025-07-01", {}, v1::REPORT_WHAT_DEADLINES));
  const auto expect = [&](const std::string& name, int met, int running, int missed) {
    EXPECT_EQ(all.at(name + "_met"), met) << name;
    EXPECT_EQ(all.at(name + "_running"), running) << name;
    EXPECT_EQ(all.at(name + "_missed"), missed) << name;
  };
  expect("tidligmelding", 2, 0, 0);
  expect("innleggelsesrapport", 0, 1, 1);
  expect("ukp_notice", 1, 0, 1);
  expect("answer", 1, 1, 0);
  expect("epikrise", 0, 0, 1);
  expect("apprec", 1, 0, 0);
  EXPECT_DOUBLE_EQ(all.at("ukp_notice_share"), 50);
  const Numbers may = All(Request("2025-05-01", "2025-06-01", {}, v1::REPORT_WHAT_DEADLINES));
  EXPECT_EQ(may.at("ukp_notice_missed"), 0) << "its clock started in June";
  const auto by = Rows(Request("2025-05-01", "2025-07-01", {"hour"}, v1::REPORT_WHAT_DEADLINES));
  EXPECT_EQ(by.at("11").at("answer_running"), 1);
}

TEST_F(ReportCountsTest, ADeadlineWhoseClockStartsOutsideTheStayCountsInTheStaysOwnMonth) {
  projections::StayEntry stay = StayOf("2025-02-01 10:00", "2025-02-28 08:00");
  stay.admission_notice_sent_us = Us("2025-01-31 15:00");
  stay.admission_notified_us = Us("2025-01-31 15:01");
  stay.admission_message_us = Us("2025-03-01 09:00");  // Sent once more after the end.
  stay.admission_receipt_us = Us("2025-03-01 09:30");
  stays_.Add(stay);
  const auto of_month = [&](const std::string& from, const std::string& to) {
    return All(Request(from, to, {}, v1::REPORT_WHAT_DEADLINES));
  };
  const Numbers february = of_month("2025-02-01", "2025-03-01");
  EXPECT_EQ(february.at("innleggelsesrapport_missed"), 1);
  EXPECT_EQ(february.at("apprec_met"), 1);
  const auto by_month =
      Rows(Request("2025-01-01", "2025-04-01", {"month"}, v1::REPORT_WHAT_DEADLINES));
  EXPECT_EQ(by_month.at("2025-02").at("innleggelsesrapport_missed"), 1);
  EXPECT_EQ(by_month.at("2025-02").at("apprec_met"), 1);
}

TEST_F(ReportCountsTest, ReadmissionsBesideTheDischargesThatCouldHaveHadOne) {
  const auto add = [&](const std::string& from, const std::string& to, int age) {
    projections::StayEntry stay = StayOf(from, to);
    stay.age = static_cast<uint8_t>(age);
    return stay;
  };
  stays_.Add(add("2025-03-01 08:00", "2025-03-05 08:00", 70));
  stays_.Add(add("2025-03-01 08:00", "2025-03-01 18:00", 40));  // Not overnight, not 67.
  projections::StayEntry died = add("2025-03-01 08:00", "2025-03-06 08:00", 80);
  died.died = true;
  stays_.Add(died);
  projections::StayEntry first_of_two = add("2025-03-07 08:00", "2025-03-08 08:00", 90);
  first_of_two.ends_episode = false;
  stays_.Add(first_of_two);
  projections::StayEntry again = add("2025-03-20 08:00", "2025-04-02 08:00", 70);
  again.readmissions = {{v1::PatientReadmitted::DEFINITION_FHI, {}, 1},
                        {v1::PatientReadmitted::DEFINITION_HELSEDIREKTORATET, {}, 1},
                        {v1::PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER, {}, 1}};
  stays_.Add(again);
  const Numbers all = All(Request("2025-03-01", "2025-04-01", {}, v1::REPORT_WHAT_READMISSIONS));
  EXPECT_EQ(all.at("fhi_discharges"), 1);
  EXPECT_EQ(all.at("fhi_readmissions"), 1);
  EXPECT_EQ(all.at("hdir_discharges"), 2);
  EXPECT_EQ(all.at("hdir_readmissions"), 1);
  EXPECT_DOUBLE_EQ(all.at("hdir_share"), 50);
  EXPECT_EQ(all.at("barometer_discharges"), 1);
  EXPECT_EQ(all.at("barometer_readmissions"), 1);
}

TEST_F(ReportCountsTest, TheProfileOfWeekdaysAndHours) {
  projections::StayEntry stay = StayOf("2025-03-03 08:00", "2025-03-07 15:30");  // A Friday.
  auto& period = AddPeriod(stay, "2025-03-06 13:05");
  period.replies = {{Us("2025-03-06 14:00"), false, 0}, {Us("2025-03-07 09:00"), true, 0}};
  stays_.Add(stay);
  const auto rows =
      Rows(Request("2025-03-01", "2025-04-01", {"weekday", "hour"}, v1::REPORT_WHAT_PROFILE));
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows.at("4/13").at("ukp_declared"), 1);
  EXPECT_EQ(rows.at("4/14").at("answers"), 1);
  EXPECT_EQ(rows.at("5/09").at("answers"), 1);
  EXPECT_EQ(rows.at("5/15").at("discharges"), 1);
  EXPECT_EQ(rows.at("5/15").at("discharges_without_epikrise"), 1);
}

TEST_F(ReportCountsTest, WhatHappenedLaterThanAskedIsLeftOut) {
  projections::StayEntry stay = StayOf("2025-03-03 08:00", "2025-03-20 15:30");
  AddPeriod(stay, "2025-03-06 13:05");
  stays_.Add(stay);
  ReportAt at = stays_.At("2025-06-01 12:00");
  at.until_us = at.now_us = Us("2025-03-10 12:00");
  auto response = Ask(at, Request("2025-03-01", "2025-04-01"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(RowsOf(*response).at("").at("ended"), 0);
  EXPECT_EQ(RowsOf(*response).at("").at("overliggerdogn"), 4);
  at.until_us = at.now_us = Us("2025-03-05 12:00");
  response = Ask(at, Request("2025-03-01", "2025-04-01"));
  EXPECT_EQ(RowsOf(*response).at("").at("ukp_stays"), 0);
  at.until_us = at.now_us = Us("2025-03-01 12:00");
  response = Ask(at, Request("2025-03-01", "2025-04-01"));
  EXPECT_EQ(RowsOf(*response).at("").at("stays"), 0);
}

TEST_F(ReportCountsTest, OnlyTheSectorsAndHospitalsThatWereAskedFor) {
  projections::StayEntry tsb = StayOf("2025-03-03 08:00", "2025-03-20 15:30");
  tsb.sector = v1::SECTOR_TSB;
  stays_.Add(tsb);
  projections::StayEntry there = StayOf("2025-03-03 08:00");
  there.hospital.Assign("983971636");
  stays_.Add(there);
  auto request = Request("2025-03-01", "2025-04-01");
  request.add_sectors(v1::SECTOR_TSB);
  EXPECT_EQ(All(request).at("stays"), 1);
  request.add_hospitals("983971636");
  EXPECT_EQ(All(request).at("stays"), 0);
  request.clear_sectors();
  EXPECT_EQ(All(request).at("stays"), 1);
}

TEST_F(ReportCountsTest, AWrongQuestionIsRefusedByItsFieldWithTheChoices) {
  const auto message = [&](const v1::GetReportRequest& request) {
    const auto response = Ask(stays_.At("2025-06-01 12:00"), request);
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(response.status().message());
  };
  EXPECT_THAT(message(Request("2025-03-01", "2025-04-01", {"diagnosis"})),
              HasSubstr("by: there is no such way to divide; give some of kommune, hospital"));
  EXPECT_THAT(message(Request("2025-03-01", "2025-04-01", {"hour"})),
              HasSubstr("by: days have no hour"));
  EXPECT_THAT(message(Request("2025-03-01", "2025-04-01", {"age", "age"})), HasSubstr("twice"));
  EXPECT_THAT(message(Request("2025-03-01", "2025-03-01")), HasSubstr("to: is not after from"));
  EXPECT_THAT(message(Request("1.3.2025", "2025-03-01")), HasSubstr("from: this is not a date"));
  auto kommune = Request("2025-03-01", "2025-04-01");
  kommune.add_kommuner("1601");
  EXPECT_THAT(message(kommune), HasSubstr("kommuner: no such kommune"));
}

}  // namespace
}  // namespace overgang::report
