#include "consumers/daily_status/status_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/report/small_cells.h"
#include "tests/consumers/status_world.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using projections::StayEntry;
using projections::UkpPeriod;

constexpr char kNow[] = "2026-03-02 07:30";  // A Monday.

class StatusNumbersTest : public ::testing::Test {
 protected:
  v1::DailyStatusIssued Count(const std::string& scope, const std::string& now = kNow) {
    return Count(world_.Question(now), scope);
  }
  static v1::DailyStatusIssued Count(const StatusQuestion& question, const std::string& scope) {
    const auto statuses = CountStatuses(question, {scope});
    EXPECT_TRUE(statuses.ok()) << statuses.status();
    return statuses.ok() ? statuses->front() : v1::DailyStatusIssued();
  }
  static double Value(const v1::DailyStatusIssued& status, std::string_view name,
                      std::string_view of = "") {
    const v1::StatusNumber* number = FindNumber(status, name, of);
    EXPECT_NE(number, nullptr) << name << " " << of;
    if (number == nullptr) return -1;
    EXPECT_FALSE(number->unknown() || number->suppressed()) << name << " " << of;
    return number->value();
  }
  static bool Unknown(const v1::DailyStatusIssued& status, std::string_view name,
                      std::string_view of = "") {
    const v1::StatusNumber* number = FindNumber(status, name, of);
    return number != nullptr && number->unknown();
  }
  void Add(const StayEntry& stay) { world_.population().Add(stay); }

  StatusWorld world_{1};
};

TEST_F(StatusNumbersTest, WhoWaitsIsCountedByHowLongAndByWhatTheKommuneSaid) {
  StayEntry asked = StayOf("2026-02-10 10:00");
  UkpPeriod& unanswered = AddPeriod(asked, "2026-02-27 07:29");  // 3 days and a minute.
  unanswered.notified_us = Us("2026-02-27 09:30");
  Add(asked);
  StayEntry accepted = StayOf("2026-02-10 10:00");
  UkpPeriod& yes = AddPeriod(accepted, "2026-02-20 07:30");  // Exactly 10 days.
  yes.notified_us = Us("2026-02-20 08:00");
  yes.replies = {{Us("2026-02-20 09:00"), false, 0},
                 {Us("2026-03-01 07:30"), true, Us("2026-03-03 12:00")}};
  Add(accepted);
  StayEntry fresh = StayOf("2026-02-28 10:00");
  AddPeriod(fresh, "2026-03-02 06:00");
  Add(fresh);

  const auto status = Count("k:5001");
  EXPECT_EQ(Value(status, "ukp"), 3);
  EXPECT_EQ(Value(status, "ukp_over_24h"), 2);
  EXPECT_EQ(Value(status, "ukp_over_7_days"), 1);
  EXPECT_EQ(Value(status, "ukp_over_10_days"), 0) << "10 days are not over 10 days";
  EXPECT_EQ(Value(status, "longest_ukp"), 240);
  EXPECT_EQ(Value(status, "awaiting_answer"), 2);
  EXPECT_EQ(Value(status, "awaiting_answer_not_notified"), 1);
  EXPECT_EQ(Value(status, "awaiting_answer_longest"), 70) << "since the notice";
  EXPECT_EQ(Value(status, "answered_yes"), 1);
  EXPECT_EQ(Value(status, "answered_yes_due"), 0) << "not before tomorrow";
  EXPECT_EQ(Value(status, "answered_yes_longest"), 24);
  EXPECT_EQ(Value(status, "answered_no"), 0);
  EXPECT_EQ(Value(status, "ukp_declared"), 1);
  EXPECT_EQ(Value(status, "ukp", "h:974749025"), 3);
}

TEST_F(StatusNumbersTest, WhatComesIsCountedByItsDate) {
  const auto expect = [&](const std::string& at) {
    StayEntry stay = StayOf("2026-02-25 10:00");
    stay.expected_us = Us(at);
    Add(stay);
    return stay;
  };
  expect("2026-03-01 12:00");  // Passed.
  expect("2026-03-02 00:00");
  expect("2026-03-03 23:59");
  expect("2026-03-04 12:00");
  expect("2026-03-05 00:00");  // Later than is told.
  StayEntry waits = StayOf("2026-02-25 10:00");
  waits.expected_us = Us("2026-03-02 12:00");
  AddPeriod(waits, "2026-03-01 12:00");
  Add(waits);
  const auto status = Count("k:5001");
  EXPECT_EQ(Value(status, "expected_discharges", "2026-03-02"), 1);
  EXPECT_EQ(Value(status, "expected_discharges", "2026-03-03"), 1);
  EXPECT_EQ(Value(status, "expected_discharges", "2026-03-04"), 1);
  EXPECT_EQ(Value(status, "expected_overdue"), 1);
  EXPECT_EQ(Value(Count("h:974749025"), "expected_discharges", "k:5001"), 3);
}

TEST_F(StatusNumbersTest, SinceYesterdayIsFromYesterdaysMorningAlsoWhereTheStatusIsLate) {
  Add(StayOf("2026-02-20 10:00", "2026-03-01 07:30"));  // Told yesterday.
  Add(StayOf("2026-02-20 10:00", "2026-03-01 07:31"));
  StayEntry later = StayOf("2026-02-20 10:00", "2026-03-02 09:00");
  AddPeriod(later, "2026-02-25 10:00");
  Add(later);
  EXPECT_EQ(Value(Count("k:5001"), "discharges"), 1);
  const auto late = Count("k:5001", "2026-03-02 10:00");
  EXPECT_EQ(Value(late, "discharges"), 2);
  EXPECT_EQ(Value(late, "discharges_ukp"), 1);
  EXPECT_EQ(Value(late, "window"), 26.5);
}

TEST_F(StatusNumbersTest, TheMonthIsThatOfYesterday) {
  StayEntry stay = StayOf("2026-01-20 10:00");
  stay.admission_notified_us = Us("2026-01-20 12:00");
  AddPeriod(stay, "2026-01-30 10:00").notified_us = Us("2026-01-30 11:00");
  Add(stay);
  const auto second = Count("k:5001");
  EXPECT_EQ(Value(second, "payable_days_month"), 1);
  EXPECT_EQ(Value(second, "payable_kr_month"), 6200);
  EXPECT_EQ(Value(second, "payable_days_so_far"), 31);
  const auto first = Count("k:5001", "2026-03-01 07:30");
  EXPECT_EQ(Value(first, "payable_days_month"), 28) << "all of February";
  EXPECT_EQ(Value(first, "payable_kr_month"), 28 * 6200);
}

TEST_F(StatusNumbersTest, AYearWithoutAPriceIsToldAndStopsNothing) {
  StayEntry stay = StayOf("2026-01-20 10:00");
  stay.admission_notified_us = Us("2026-01-20 12:00");
  AddPeriod(stay, "2026-01-30 10:00").notified_us = Us("2026-01-30 11:00");
  Add(stay);
  auto question = world_.Question(kNow);
  const PaymentTerms without({}, {});
  question.terms = &without;
  const auto status = Count(question, "k:5001");
  EXPECT_EQ(Value(status, "payable_days_month"), 1);
  EXPECT_TRUE(Unknown(status, "payable_kr_month"));
}

TEST_F(StatusNumbersTest, DeadlinesCountWhenTheyRanOut) {
  StayEntry stay = StayOf("2026-02-27 10:00");  // Tidligmelding ran out on the 28th, 10:00.
  stay.admission_notified_us = Us("2026-02-28 10:30");
  UkpPeriod& period = AddPeriod(stay, "2026-03-01 06:00");  // Notice due 08:00.
  period.notified_us = Us("2026-03-01 09:00");              // Answer due 11:00.
  Add(stay);
  const auto status = Count("k:5001");
  EXPECT_EQ(Value(status, "deadlines_missed", "tidligmelding"), 0);
  EXPECT_EQ(Value(status, "deadlines_missed", "ukp_notice"), 1);
  EXPECT_EQ(Value(status, "deadlines_missed", "answer"), 1);
  EXPECT_EQ(Value(status, "deadlines_missed", "innleggelsesrapport"), 1);
  EXPECT_EQ(Value(status, "deadlines_missed_month", "tidligmelding"), 0) << "of February";
  EXPECT_EQ(Value(Count("k:5001", "2026-03-01 07:30"), "deadlines_missed_month", "tidligmelding"),
            1);
}

TEST_F(StatusNumbersTest, PastMorningsAreCountedAndWhatWasBeforeTheHubIsUnknown) {
  StayEntry stay = StayOf("2026-02-10 10:00", "2026-02-20 10:00");
  AddPeriod(stay, "2026-02-15 10:00");
  Add(stay);
  const auto status = Count("k:5001");
  EXPECT_TRUE(Unknown(status, "ukp_morning", "2026-02-10"));
  EXPECT_EQ(Value(status, "ukp_morning", "2026-02-15"), 0);
  EXPECT_EQ(Value(status, "ukp_morning", "2026-02-16"), 1);
  EXPECT_EQ(Value(status, "ukp_morning", "2026-02-20"), 1);
  EXPECT_EQ(Value(status, "ukp_morning", "2026-02-21"), 0);
  EXPECT_NEAR(Value(status, "ukp_mean_28_days"), 5.0 / 19, 1e-9);
  EXPECT_NEAR(Value(status, "ukp_mean_same_weekday"), 0.5, 1e-9) << "the 16th and the 23rd";
  EXPECT_EQ(Value(status, "ukp_before", "2026-03-01"), 0);
}

TEST_F(StatusNumbersTest, AHubWithoutAPastHasNoChange) {
  Add(StayOf("2026-03-02 06:00"));
  const auto status = Count("k:5001");
  EXPECT_TRUE(Unknown(status, "ukp_change"));
  EXPECT_TRUE(Unknown(status, "ukp_mean_28_days"));
}

TEST_F(StatusNumbersTest, TheChangeIsAgainstWhatWasSent) {
  StayEntry stay = StayOf("2026-02-10 10:00");
  AddPeriod(stay, "2026-02-15 10:00");
  Add(stay);
  auto question = world_.Question(kNow);
  EXPECT_EQ(Value(Count(question, "k:5001"), "ukp_change"), 0);
  v1::DailyStatusIssued& sent = question.before["k:5001"];
  sent.set_date("2026-03-01");
  sent.add_numbers()->set_name("ukp");
  sent.mutable_numbers(0)->set_value(4);
  EXPECT_EQ(Value(Count(question, "k:5001"), "ukp_change"), -3);
}

TEST_F(StatusNumbersTest, ALaterCountOfTheSameMomentDiffersOnlyByWhatWasLearnt) {
  StayEntry stay = StayOf("2026-02-10 10:00");
  UkpPeriod& period = AddPeriod(stay, "2026-02-25 10:00");
  period.notified_us = Us("2026-02-25 11:00");
  StatusWorld then(1), now(1), better(1);
  then.population().Add(stay);
  // The day goes on: answered, discharged.
  StayEntry ended = stay;
  ended.periods[0].replies.push_back({Us("2026-03-02 09:00"), true, 0});
  ended.periods[0].until_us = ended.ended_us = Us("2026-03-02 12:00");
  ended.periods[0].end = v1::UKP_END_DISCHARGED;
  now.population().Add(ended);
  // And the kommune's yes of yesterday comes late.
  ended.periods[0].replies.insert(ended.periods[0].replies.begin(),
                                  {Us("2026-03-01 10:00"), true, 0});
  better.population().Add(ended);
  const auto issued = Count(then.Question(kNow), "k:5001");
  const auto same = Count(now.Question(kNow), "k:5001");
  const auto corrected = Count(better.Question(kNow), "k:5001");
  int changed = 0;
  for (const v1::StatusNumber& number : issued.numbers()) {
    if (!IsRecounted(number)) continue;
    const v1::StatusNumber* again = FindNumber(same, number.name(), number.of());
    ASSERT_NE(again, nullptr) << number.name();
    EXPECT_EQ(again->value(), number.value()) << number.name();
    EXPECT_EQ(again->unknown(), number.unknown()) << number.name();
    changed += FindNumber(corrected, number.name(), number.of())->value() != number.value();
  }
  EXPECT_EQ(Value(issued, "awaiting_answer"), 1);
  EXPECT_EQ(Value(corrected, "awaiting_answer"), 0);
  EXPECT_EQ(Value(corrected, "answered_yes"), 1);
  EXPECT_TRUE(CallsForCorrection(*FindNumber(issued, "answered_yes")));
  EXPECT_FALSE(CallsForCorrection(*FindNumber(issued, "answered_yes", "h:974749025")));
  EXPECT_GE(changed, 3);
}

TEST_F(StatusNumbersTest, PlacesAreThoseOfOwnAndSharedUnitsWithHowLongTheyStoodFree) {
  world_.AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, 0, "2026-02-27 06:00");
  world_.AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, 2, "2026-02-28 07:30");
  world_.AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, 3, "2026-03-02 06:00");
  world_.AddPlaces("5001-oya", v1::PLACE_KIND_KAD, 8, 1, "2026-03-02 01:00", "2026-03-03 07:30");
  world_.AddPlaces("5028-korttid", v1::PLACE_KIND_KORTTID, 12, 5, "2026-03-02 06:00");
  for (const char* scope : {"k:5001", "k:5031"}) {  // They share it.
    const auto status = Count(scope);
    EXPECT_EQ(Value(status, "free_places", "5001-oya/korttid"), 3);
    EXPECT_EQ(Value(status, "free_for", "5001-oya/korttid"), 48);
    EXPECT_EQ(Value(status, "shared_by", "5001-oya/korttid"), 2);
    EXPECT_EQ(FindNumber(status, "free_places", "5001-oya/korttid")->reported_at().seconds(),
              Us("2026-03-02 06:00") / 1'000'000);
    EXPECT_EQ(Value(status, "free_places", "5001-oya/kad"), 0);
    EXPECT_EQ(Value(status, "free_places_later", "5001-oya/kad"), 1);
    EXPECT_EQ(Value(status, "free_in", "5001-oya/kad"), 24);
    EXPECT_EQ(FindNumber(status, "free_for", "5001-oya/kad"), nullptr);
    EXPECT_EQ(Value(status, "free_places"), 3);
    EXPECT_EQ(Value(status, "free_places_over_24h"), 3);
    EXPECT_EQ(FindNumber(status, "free_places", "5028-korttid/korttid"), nullptr);
  }
  EXPECT_TRUE(Unknown(Count("k:5001"), "free_places", "5001-rehab/rehab")) << "never reported";
  EXPECT_EQ(Value(Count("h:974749025"), "free_places"), 8) << "shared units once";
}

TEST_F(StatusNumbersTest, AHospitalSeesItsKommunerWardsAndBeds) {
  StayEntry stay = StayOf("2026-02-10 10:00", "", "5031");
  stay.corridor = true;
  AddPeriod(stay, "2026-02-15 10:00");
  Add(stay);
  Add(StayOf("2026-03-01 10:00"));
  world_.AddBeds("MED1", 28, 25, 26, 3, "2026-03-02 06:00");
  world_.AddBeds("GER1", 20, 20, 10, 0, "2026-03-02 05:00");
  world_.AddEmergencyDepartment(14, 3, 135, "2026-03-02 07:00");
  const auto status = Count("h:974749025");
  EXPECT_EQ(Value(status, "inpatients", "k:5031"), 1) << "one's own patients are not suppressed";
  EXPECT_EQ(Value(status, "ukp_over_7_days", "k:5031"), 1);
  EXPECT_EQ(Value(status, "inpatients", "w:MED1"), 2);
  EXPECT_EQ(Value(status, "corridor", "w:MED1"), 1);
  EXPECT_EQ(Value(status, "corridor"), 1);
  EXPECT_EQ(Value(status, "corridor_reported"), 3);
  EXPECT_EQ(Value(status, "occupancy_percent", "w:MED1"), 104);
  EXPECT_EQ(Value(status, "occupancy_percent"), 80);
  EXPECT_EQ(Value(status, "beds_closed"), 3);
  EXPECT_EQ(FindNumber(status, "beds")->reported_at().seconds(), Us("2026-03-02 05:00") / 1'000'000)
      << "the oldest report in it";
  EXPECT_EQ(Value(status, "emergency_waiting"), 14);
  EXPECT_EQ(Value(status, "emergency_longest_wait"), 2.25);
  EXPECT_TRUE(Unknown(Count("h:974706490"), "occupancy_percent"));
}

v1::TablesPublished Tables(int region_ukp, bool hidden) {
  v1::TablesPublished tables;
  tables.set_date("2026-03-01");
  tables.set_cell_min(report::kCellMin);
  for (const char* kommune : {"", "5001", "5031"}) {
    v1::PublishedRow& row = *tables.add_rows();
    row.set_region("Regionen");
    row.set_kommune(kommune);
    for (const char* name : {"inpatients", "ukp", "ukp_over_24h", "ukp_over_7_days"}) {
      v1::PublishedCell& cell = *row.add_cells();
      cell.set_name(name);
      cell.set_suppressed(hidden);
      cell.set_value(hidden ? 0 : region_ukp);
    }
  }
  return tables;
}

TEST_F(StatusNumbersTest, TheRegionIsThatOfThePublishedTablesAlone) {
  StayEntry stay = StayOf("2026-02-10 10:00");
  AddPeriod(stay, "2026-03-01 23:00");
  Add(stay);
  Add(StayOf("2026-03-02 06:00"));  // After the tables.
  EXPECT_TRUE(Unknown(Count("k:5001"), "region_ukp"));
  world_.Publish(Tables(20, false));
  const auto status = Count("k:5001");
  EXPECT_EQ(Value(status, "region_ukp", "Regionen"), 20);
  EXPECT_EQ(Value(status, "region_own_ukp", "Regionen"), 1);
  EXPECT_EQ(Value(status, "region_own_inpatients", "Regionen"), 1);
  EXPECT_EQ(FindNumber(status, "region_ukp", "Regionen")->reported_at().seconds(),
            Us("2026-03-02 00:00") / 1'000'000);
  EXPECT_GT(Value(status, "region_population_share", "Regionen"), 90);
  EXPECT_TRUE(Unknown(Count("k:0301"), "region_ukp")) << "not in the tables";
}

TEST_F(StatusNumbersTest, WhatThePublishedTablesHideIsHidden) {
  world_.Publish(Tables(0, true));
  const auto status = Count("k:5001");
  for (const char* name : {"region_inpatients", "region_ukp", "region_ukp_over_24h"}) {
    const v1::StatusNumber* number = FindNumber(status, name, "Regionen");
    ASSERT_NE(number, nullptr);
    EXPECT_TRUE(number->suppressed());
    EXPECT_EQ(number->value(), 0);
  }
}

TEST_F(StatusNumbersTest, AKommuneIsToldOfItsOwnPatientsAlone) {
  world_.AddStays(600, kNow);
  world_.AddSource("hl7v2:STO", "2026-03-02 06:00", true);
  world_.AddSource("plo:59", "2026-03-02 07:00");
  world_.AddSource("intake:malvik", "2026-02-20 07:00", true);
  world_.AddSource("hl7v2:ELSEWHERE", "2026-02-20 07:00", true);
  const auto status = Count("k:5031");
  for (const v1::StatusNumber& number : status.numbers()) {
    EXPECT_FALSE(number.of().starts_with("k:") || number.of().starts_with("w:")) << number.of();
  }
  std::vector<std::string> sources;
  for (const auto& source : status.as_of().sources()) sources.push_back(source.source());
  EXPECT_THAT(sources, ::testing::ElementsAre("hl7v2:STO", "plo:59"));
  EXPECT_TRUE(status.as_of().stale());
}

TEST_F(StatusNumbersTest, AHospitalIsTheSumOfItsKommunerAndOfItsWards) {
  world_.AddStays(1500, kNow);
  const auto status = Count("h:974749025");
  for (const char* name : {"inpatients", "ukp", "ukp_over_24h"}) {
    double of_kommuner = 0, of_wards = 0;
    for (const v1::StatusNumber& number : status.numbers()) {
      if (number.name() != name) continue;
      if (number.of().starts_with("k:")) of_kommuner += number.value();
      if (number.of().starts_with("w:")) of_wards += number.value();
    }
    EXPECT_GT(of_kommuner, 20) << name;
    EXPECT_EQ(of_kommuner, Value(status, name)) << name;
    EXPECT_EQ(of_wards, Value(status, name)) << name;
  }
}

TEST_F(StatusNumbersTest, MorningsAreAtTheSameClockOnBothSidesOfTheClockChange) {
  StayEntry stay = StayOf("2026-03-20 10:00");
  AddPeriod(stay, "2026-03-28 07:30");  // The clocks go forward on the 29th.
  Add(stay);
  const auto status = Count("k:5001", "2026-03-30 07:30");
  EXPECT_EQ(Value(status, "ukp_morning", "2026-03-27"), 0);
  EXPECT_EQ(Value(status, "ukp_morning", "2026-03-28"), 1);
  EXPECT_EQ(Value(status, "ukp_morning", "2026-03-29"), 1);
  EXPECT_EQ(Value(status, "longest_ukp"), 47) << "the night has an hour less";
  EXPECT_EQ(Value(Count("k:5001", "2026-03-29 07:30"), "window"), 23);
}

TEST(StatusScopesTest, WhatIsNoScopeIsRefused) {
  StatusWorld world(1);
  const auto question = world.Question(kNow);
  EXPECT_FALSE(CountStatuses(question, {"5001"}).ok());
  EXPECT_FALSE(CountStatuses(question, {"k:"}).ok());
}

}  // namespace
}  // namespace overgang::daily_status
