// What is published of a day: who counts at its end, which days are due, and that the first word
// stands.
#include "consumers/report/published_tables.h"

#include <gmock/gmock.h>

#include "projections/published.h"
#include "tests/consumers/report_population.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class PublishedTablesTest : public ::testing::Test {
 protected:
  std::vector<v1::TablesPublished> Due(const std::string& now) {
    const ReportAt at = stays_.At(now);
    auto due = TablesDue(*at.epoch, *Directory::BuiltIn(), absl::FromUnixMicros(at.now_us),
                         absl::InfinitePast(), 5);
    EXPECT_TRUE(due.ok()) << due.status();
    return due.ok() ? *due : std::vector<v1::TablesPublished>();
  }
  static std::vector<std::string> DatesOf(const std::vector<v1::TablesPublished>& due) {
    std::vector<std::string> dates;
    for (const auto& tables : due) dates.push_back(tables.date());
    return dates;
  }
  // "20 5 - 0": the cells of one kommune; suppressed ones are a dash.
  static std::string CellsOf(const v1::TablesPublished& tables, const std::string& kommune) {
    std::string cells;
    for (const v1::PublishedRow& row : tables.rows()) {
      if (row.kommune() != kommune) continue;
      for (const v1::PublishedCell& cell : row.cells()) {
        if (!cells.empty()) cells += ' ';
        cells += cell.suppressed() ? "-" : std::to_string(cell.value());
        EXPECT_TRUE(!cell.suppressed() || cell.value() == 0) << "a suppressed number is not told";
      }
    }
    return cells;
  }
  // As the runner folds what was decided.
  void Publish(const std::vector<v1::TablesPublished>& all) {
    projections::PublishedFold fold(stays_.store());
    for (const auto& tables : all) EXPECT_TRUE(fold.Apply(tables).ok());
    WriteSet writes;
    fold.EndEpoch(&writes);
    EXPECT_TRUE(stays_.store().Commit(writes).ok());
  }
  void AddStays(int count, const std::string& kommune, const std::string& ukp_since = "") {
    for (int i = 0; i < count; ++i) {
      projections::StayEntry stay = StayOf("2025-03-01 10:00", "2025-03-10 09:00", kommune);
      if (!ukp_since.empty()) AddPeriod(stay, ukp_since);
      stays_.Add(stay);
    }
  }
  Population stays_;
};

TEST_F(PublishedTablesTest, CountsWhoIsThereAtTheEndOfTheDate) {
  AddStays(6, "5001", "2025-03-01 12:00");
  AddStays(20, "5001");
  AddStays(9, "5031", "2025-03-03 23:00");
  const auto due = Due("2025-03-05 00:30");
  ASSERT_THAT(DatesOf(due), ElementsAre("2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"))
      << "from the first date with anybody there to yesterday";
  EXPECT_EQ(CellsOf(due[0], "5001"), "26 6 0 0");
  EXPECT_EQ(CellsOf(due[1], "5001"), "26 6 6 0") << "36 hours at the end of the second";
  EXPECT_EQ(CellsOf(due[2], "5031"), "9 9 0 0") << "an hour at the end of the third";
  EXPECT_EQ(CellsOf(due[3], "5031"), "9 9 9 0");
  EXPECT_EQ(CellsOf(due[3], ""), "35 15 15 0");
  EXPECT_EQ(due[3].rows(0).region(), "Helsefellesskapet St. Olavs hospital");
  EXPECT_EQ(due[3].rows(0).kommune(), "") << "the sum stands first";
  EXPECT_EQ(CellsOf(due[3], "5028"), "0 0 0 0") << "a kommune of the region without anybody";
}

TEST_F(PublishedTablesTest, SmallCellsAreSuppressedAndTheSumThatWouldGiveThemAway) {
  AddStays(3, "5001");
  AddStays(20, "5031");
  AddStays(7, "5028");
  const auto due = Due("2025-03-02 08:00");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(CellsOf(due[0], "5001"), "- 0 0 0");
  EXPECT_EQ(CellsOf(due[0], "5028"), "7 0 0 0");
  EXPECT_EQ(CellsOf(due[0], "5031"), "20 0 0 0");
  EXPECT_EQ(CellsOf(due[0], ""), "- 0 0 0");
  EXPECT_EQ(due[0].cell_min(), 5);
}

TEST_F(PublishedTablesTest, WhatIsPublishedIsNotDueAgainWhateverIsLearntLater) {
  AddStays(20, "5001");
  Publish(Due("2025-03-03 08:00"));
  AddStays(10, "5001");  // Heard of later.
  EXPECT_THAT(DatesOf(Due("2025-03-04 08:00")), ElementsAre("2025-03-03"));
  Publish(Due("2025-03-04 08:00"));
  v1::GetPublishedTablesRequest request;
  request.set_from("2025-03-02");
  request.set_to("2025-03-04");
  const auto tables = PublishedTables(*stays_.At("2025-03-04 08:00").epoch, request);
  ASSERT_TRUE(tables.ok()) << tables.status();
  std::map<std::string, int> inpatients;
  for (const auto& row : tables->rows()) {
    if (row.kommune() == "5001") inpatients[row.date()] = row.cells(0).value();
  }
  EXPECT_THAT(inpatients, ElementsAre(std::pair("2025-03-02", 20), std::pair("2025-03-03", 30)));
}

TEST_F(PublishedTablesTest, OfADateTheFirstRecordCountsAlsoWithinOneEpoch) {
  v1::TablesPublished first, second;
  first.set_date("2025-03-01");
  first.set_cell_min(5);
  second.set_date("2025-03-01");
  second.set_cell_min(9);
  Publish({first, second});
  Publish({second});
  const auto row = stays_.store().Get(projections::kPublished, "2025-03-01");
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ(**row, first.SerializeAsString());
}

TEST_F(PublishedTablesTest, ALongTimeIsCaughtUpABoundedNumberOfDatesAtATime) {
  projections::StayEntry stay = StayOf("2024-01-01 10:00", "2025-12-01 10:00");
  stays_.Add(stay);
  auto due = Due("2025-11-30 12:00");
  ASSERT_THAT(due, SizeIs(kPublishedAtOnceMax));
  EXPECT_EQ(due[0].date(), "2024-11-29") << "366 dates back, and nothing older";
  Publish(due);
  due = Due("2025-11-30 12:00");
  EXPECT_EQ(due[0].date(), "2024-12-30");
}

TEST_F(PublishedTablesTest, ADateThatLastsTwentyFiveHoursEndsAtMidnight) {
  projections::StayEntry stay = StayOf("2025-10-26 10:00", "2025-10-26 23:59");
  for (int i = 0; i < 5; ++i) stays_.Add(stay);
  stay = StayOf("2025-10-26 10:00", "2025-10-27 00:01");
  for (int i = 0; i < 7; ++i) stays_.Add(stay);
  const auto due = Due("2025-10-27 08:00");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(CellsOf(due[0], "5001"), "7 0 0 0");
}

}  // namespace
}  // namespace overgang::report
