// The document and the program name and define the same numbers.
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "consumers/report/counter.h"
#include "tests/consumers/report_population.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;

std::string RulesDocument() {
  std::ifstream file(OVERGANG_RULES);
  EXPECT_TRUE(file.good()) << OVERGANG_RULES;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class ReportColumnsTest : public ::testing::TestWithParam<v1::ReportWhat> {};

TEST_P(ReportColumnsTest, EachNumberIsInTheDocumentAsTheAnswerTellsIt) {
  Population nobody;
  const auto response =
      Ask(nobody.At("2025-06-01 12:00"), Request("2025-01-01", "2025-02-01", {}, GetParam()));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_FALSE(response->columns().empty());
  const std::string rules = RulesDocument();
  std::set<std::string> names;
  for (const v1::ReportColumn& column : response->columns()) {
    EXPECT_TRUE(names.insert(column.name()).second) << column.name() << " is told twice";
    EXPECT_THAT(rules, HasSubstr(absl::StrCat("| `", column.name(), "` | ", column.title(), " | ",
                                              column.unit(), " | ", column.definition(), " |\n")));
  }
  for (const auto& [name, number] : response->rows(0).numbers())
    EXPECT_TRUE(names.contains(name)) << name << " is counted and not defined";
}

INSTANTIATE_TEST_SUITE_P(Whats, ReportColumnsTest,
                         ::testing::Values(v1::REPORT_WHAT_UKP, v1::REPORT_WHAT_WAY,
                                           v1::REPORT_WHAT_PAYMENT, v1::REPORT_WHAT_DEADLINES,
                                           v1::REPORT_WHAT_READMISSIONS, v1::REPORT_WHAT_PROFILE));

}  // namespace
}  // namespace overgang::report
