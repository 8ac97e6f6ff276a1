#include "producers/simulator/history.h"

#include <map>
#include <set>

#include "absl/strings/str_split.h"
#include "core/directory.h"
#include "core/pseudonymizer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang::simulator {
namespace {

using Row = std::map<std::string, std::string>;

const HistoryOptions kHalfAYear{3, absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 7, 1)};

std::string Text(const HistoryOptions& options, const Directory& directory = *Directory::BuiltIn(),
                 int beds = 300) {
  History history(*MakeRegion(directory, beds, 10), options);
  std::string text = History::Header();
  for (std::string line; history.Next(&line);) text += line;
  return text;
}

std::vector<Row> Rows(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  const std::vector<std::string> names = absl::StrSplit(lines.at(0), ';');
  std::vector<Row> rows;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> values = absl::StrSplit(lines[i], ';');
    EXPECT_EQ(values.size(), names.size());
    Row& row = rows.emplace_back();
    for (size_t column = 0; column < names.size(); ++column) row[names[column]] = values[column];
  }
  return rows;
}

double Share(const std::vector<Row>& rows, const std::function<bool(const Row&)>& is) {
  return static_cast<double>(std::ranges::count_if(rows, is)) / static_cast<double>(rows.size());
}

std::vector<Row> Those(const std::vector<Row>& rows, const std::function<bool(const Row&)>& are) {
  std::vector<Row> some;
  std::ranges::copy_if(rows, std::back_inserter(some), are);
  return some;
}

TEST(History, TheSameSeedGivesTheSameBytes) {
  const std::string text = Text(kHalfAYear);
  EXPECT_EQ(Text(kHalfAYear), text);
  HistoryOptions other = kHalfAYear;
  other.seed = 4;
  EXPECT_NE(Text(other), text);
}

TEST(History, EveryStayBeganInThePeriodAndIsToldToItsEnd) {
  const std::vector<Row> rows = Rows(Text(kHalfAYear));
  ASSERT_GT(rows.size(), 5'000u);
  std::set<std::string> visits;
  for (const Row& row : rows) {
    EXPECT_TRUE(visits.insert(row.at("visit")).second);
    EXPECT_NE(ClassifyNationalNumber(row.at("id_number")).kind, NumberKind::kInvalid);
    EXPECT_TRUE(ClassifyNationalNumber(row.at("id_number")).synthetic);
    EXPECT_GE(row.at("admitted_at"), "2025-01-01");
    for (const auto& [name, value] : row) {
      const bool promised = name == "expected_discharge" || name.ends_with("_from");
      if (value.size() < 10 || value[4] != '-' || name == "born" || promised) continue;
      EXPECT_LT(value, "2025-07-01") << name;
      EXPECT_GE(value, row.at("admitted_at")) << name;
    }
  }
  const double open = Share(rows, [](const Row& row) { return row.at("discharged_at").empty(); });
  EXPECT_GT(open, 0.01);
  EXPECT_LT(open, 0.06);
}

TEST(History, NoPersonHasTwoStaysAtOnceAndSomeComeBack) {
  std::map<std::string, std::string> left;  // By person; the largest text for who is still in.
  int again = 0;
  for (const Row& row : Rows(Text(kHalfAYear))) {
    const std::string& number = row.at("id_number");
    if (left.contains(number)) {
      ++again;
      EXPECT_LT(left[number], row.at("admitted_at"));
    }
    left[number] = row.at("discharged_at").empty() ? "9" : row.at("discharged_at");
  }
  EXPECT_GT(again, 100);
}

TEST(History, UkpIsToldWithNoticesAnswersAndWithdrawals) {
  const std::vector<Row> ukp = Those(
      Rows(Text(kHalfAYear)), [](const Row& row) { return !row.at("ukp1_declared_at").empty(); });
  ASSERT_GT(ukp.size(), 500u);
  const auto share = [&](const char* column, const char* value) {
    return Share(ukp, [&](const Row& row) { return row.at(column) == value; });
  };
  EXPECT_GT(share("ukp1_answer1", "no"), 0.3);
  EXPECT_GT(share("ukp1_answer1", "yes"), 0.2);
  EXPECT_GT(share("ukp1_answer1", ""), 0.05);
  EXPECT_GT(share("ukp1_answer2", "yes"), 0.3);
  EXPECT_LT(share("ukp1_notified_at", ""), 0.04);
  EXPECT_GT(share("ukp1_notified_at", ""), 0);
  EXPECT_LT(share("ukp1_withdrawn_at", ""), 0.97);
  EXPECT_LT(share("ukp2_declared_at", ""), 0.96);
  EXPECT_LT(share("ukp1_answer1_from", ""), 0.95);
  for (const Row& row : ukp) {
    if (!row.at("ukp2_declared_at").empty() && row.at("moved_at").empty()) {
      EXPECT_FALSE(row.at("ukp1_withdrawn_at").empty());
    }
  }
}

TEST(History, SomethingIsLateOrMissingNowAndThen) {
  const std::vector<Row> rows = Rows(Text(kHalfAYear));
  const auto has = [](const char* column) {
    return [column](const Row& row) { return !row.at(column).empty(); };
  };
  const std::vector<Row> notified = Those(rows, has("admission_notified_at"));
  EXPECT_GT(Share(rows, has("moved_at")), 0);
  EXPECT_LT(Share(rows, has("moved_at")), 0.02);
  EXPECT_GT(Share(rows, has("died_at")), 0);
  EXPECT_GT(Share(rows, [](const Row& row) { return row.at("outcome") == "2"; }), 0.01);
  EXPECT_GT(Share(notified, has("need_clear_at")), 0.03);
  EXPECT_GT(Share(notified, has("admission_report_at")), 0.5);
  EXPECT_LT(Share(notified, has("admission_report_at")), 0.9);
  for (const char* services : {"none", "some", "extensive"}) {
    EXPECT_GT(
        Share(notified, [&](const Row& row) { return row.at("services_before") == services; }),
        0.1);
  }
  const std::vector<Row> home =
      Those(rows, [](const Row& row) { return row.at("outcome") == "1"; });
  EXPECT_GT(Share(home, has("epikrise_at")), 0.85);
  EXPECT_LT(Share(home, has("epikrise_at")), 0.97);
  EXPECT_GT(
      Share(home, [](const Row& row) { return row.at("epikrise_at") > row.at("discharged_at"); }),
      0.1);
}

TEST(History, TransfersComeFromTheRegionsOtherHospitals) {
  EXPECT_EQ(Text(kHalfAYear).find("987654321"), std::string::npos);
  Directory::Contents contents = Directory::BuiltIn()->contents();
  contents.hospitals.push_back({"987654321", "Orkdal sykehus", {"ORK"}, {60}, {}});
  contents.regions.front().hospitals.push_back("987654321");
  const std::vector<Row> rows = Rows(Text(kHalfAYear, **Directory::Create(std::move(contents))));
  std::map<std::string, const Row*> sent;  // By person.
  int transfers = 0;
  for (const Row& row : rows) {
    const std::string& number = row.at("id_number");
    if (row.at("hospital") == "987654321") {
      EXPECT_EQ(row.at("to_specialist_care"), "yes");
      sent[number] = &row;
    } else if (sent.contains(number)) {
      ++transfers;
      EXPECT_LT(sent[number]->at("discharged_at"), row.at("admitted_at"));
      EXPECT_EQ(sent[number]->at("visit"), row.at("visit") + "-1");
      sent.erase(number);
    }
  }
  EXPECT_GT(transfers, 50);
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace overgang::simulator
