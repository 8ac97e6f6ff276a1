// `overgang report`: how an answer is written, and what is asked.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/cli/sheet.h"
#include "overgang/v1/report_service.pb.h"
#include "tests/adapters/temp_dir.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

v1::GetReportResponse Answered() {
  v1::GetReportResponse response;
  const auto add_column = [&](const char* name, const char* title, const char* unit, int decimals) {
    v1::ReportColumn& column = *response.add_columns();
    column.set_name(name);
    column.set_title(title);
    column.set_unit(unit);
    column.set_decimals(decimals);
    column.set_definition(std::string("Hva ") + title + " er.");
  };
  add_column("overliggerdogn", "Overliggerdøgn", "døgn", 0);
  add_column("ukp_beds", "UKP-senger", "senger", 1);
  const auto add_row = [&](const char* key, const char* label, double days) {
    v1::ReportRow& row = *response.add_rows();
    row.add_key(key);
    row.add_label(label);
    (*row.mutable_numbers())["overliggerdogn"] = days;
    return &row;
  };
  (*add_row("5001", "Trondheim", 10100)->mutable_numbers())["ukp_beds"] = 27.67;
  add_row("5031", "Malvik; og \"omegn\"", 0);
  response.set_population_year("2024");
  response.mutable_as_of()->set_cursor("cursor-1");
  *response.mutable_as_of()->mutable_now() = ToProto(kSeven);
  return response;
}

class CliReportTest : public CliTest {
 protected:
  CliReportTest() { Answer("ReportService/GetReport", Answered(), &seen_); }
  Ran Report(std::vector<std::string> more, const std::string& to = "2026-02-01") {
    std::vector<std::string> arguments = {"report", "--from", "2026-01-01", "--to", to};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  v1::GetReportRequest seen_;
};

TEST(NumberTextTest, IsNorwegian) {
  EXPECT_EQ(cli::NumberText(0, 0), "0");
  EXPECT_EQ(cli::NumberText(999, 0), "999");
  EXPECT_EQ(cli::NumberText(1234, 0), "1\u202f234");
  EXPECT_EQ(cli::NumberText(7171219, 0), "7\u202f171\u202f219");
  EXPECT_EQ(cli::NumberText(-1234.56, 1), "-1\u202f234,6");
  EXPECT_EQ(cli::NumberText(27.67, 1), "27,7");
  EXPECT_EQ(cli::DateText("2026-03-01"), "01.03.2026");
}

TEST_F(CliReportTest, ATableHasTitlesNumbersAndDefinitions) {
  const Ran ran = Report({"--by", "kommune"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "Utskrivningsklare pasienter, 01.01.2026–31.01.2026\n\n"
            "Kommunenr.  Kommune             Overliggerdøgn  UKP-senger\n"
            "5001        Trondheim                   10\u202f100        27,7\n"
            "5031        Malvik; og \"omegn\"               0           –\n"
            "\n"
            "Periode: 01.01.2026–31.01.2026\n"
            "Etter: oppholdskommune\n"
            "Befolkning per 1. januar: 2024\n"
            "Regnet per: 15.01.2026 07:00\n"
            "Kan regnes på nytt med: --as-of 2026-01-15T07:00:00+01:00 --as-of-cursor cursor-1\n"
            "\n"
            "Overliggerdøgn: Hva Overliggerdøgn er.\n"
            "UKP-senger: Hva UKP-senger er.\n");
}

TEST_F(CliReportTest, OneRowIsReadFromTopToBottom) {
  v1::GetReportResponse response = Answered();
  response.clear_rows();
  (*response.add_rows()->mutable_numbers())["overliggerdogn"] = 10100;
  Answer("ReportService/GetReport", response, &seen_);
  EXPECT_THAT(Report({}).out, HasSubstr("Overliggerdøgn  10\u202f100  døgn\n"
                                        "UKP-senger           –  senger\n"));
}

TEST_F(CliReportTest, CsvIsForNorwegianSpreadsheets) {
  EXPECT_EQ(Report({"--by", "kommune", "--format", "csv"}).out,
            "\ufeffKommunenr.;Kommune;Overliggerdøgn;UKP-senger\r\n"
            "5001;Trondheim;10100;27,7\r\n"
            "5031;\"Malvik; og \"\"omegn\"\"\";0;\r\n");
}

TEST_F(CliReportTest, JsonIsTheHeadAndThenALineARow) {
  const Ran ran = Report({"--by", "kommune", "--format", "json"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 3);
  EXPECT_THAT(ran.out.substr(0, ran.out.find('\n')), HasSubstr("\"populationYear\":\"2024\""));
  EXPECT_THAT(ran.out, HasSubstr("\n{\"key\":[\"5001\"],\"numbers\":{"));
  EXPECT_THAT(Report({"--by", "kommune", "--json"}).out, HasSubstr("\n{\"key\":[\"5001\"]"));
}

TEST_F(CliReportTest, AsksWhatWasSaid) {
  const Ran ran =
      Report({"--by", "kommune", "age", "--what", "deadlines", "--basis", "residence", "--kommune",
              "5001", "--hospital", "974749025", "--sector", "tsb", "--as-of", "2026-01-15T07:00",
              "--as-of-cursor", "c", "--occurred-until", "2026-01-14T07:00"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(seen_.from(), "2026-01-01");
  EXPECT_EQ(seen_.to(), "2026-02-01");
  EXPECT_THAT(seen_.by(), ElementsAre("kommune", "age"));
  EXPECT_EQ(seen_.what(), v1::REPORT_WHAT_DEADLINES);
  EXPECT_EQ(seen_.basis(), v1::CENSUS_BASIS_RESIDENCE_KOMMUNE);
  EXPECT_THAT(seen_.kommuner(), ElementsAre("5001"));
  EXPECT_THAT(seen_.hospitals(), ElementsAre("974749025"));
  EXPECT_EQ(seen_.sectors(0), v1::SECTOR_TSB);
  EXPECT_EQ(FromProto(seen_.moment().as_of()), kSeven);
  EXPECT_EQ(seen_.moment().as_of_cursor(), "c");
  EXPECT_EQ(FromProto(seen_.moment().occurred_until()), kSeven - absl::Hours(24));
  Run({"report", "--month", "2026-02", "--what", "profile"});
  EXPECT_EQ(seen_.from(), "2026-02-01");
  EXPECT_EQ(seen_.to(), "2026-03-01");
  EXPECT_THAT(seen_.by(), ElementsAre("weekday")) << "a profile is of the week";
}

TEST_F(CliReportTest, APaymentOfAMonthIsTheBasisOfAnInvoice) {
  v1::GetPaymentResponse response;
  v1::PaymentLine& line = *response.add_lines();
  line.set_stay_id("stay-1");
  line.set_kommune("5001");
  line.set_hospital("974749025");
  line.set_paragraph("§ 13");
  line.mutable_period()->set_end(v1::UKP_END_DISCHARGED);
  *line.mutable_period()->mutable_since() = ToProto(kSeven);
  v1::PayableSpan& span = *line.mutable_period()->add_payable();
  span.set_from_date("2026-01-15");
  span.set_to_date("2026-01-18");
  v1::PricedDays& priced = *line.add_priced();
  priced.set_year(2026);
  priced.set_days(3);
  priced.set_price_kr(6200);
  priced.set_amount_kr(18600);
  response.set_days(3);
  response.set_amount_kr(18600);
  response.set_price_version("0a1b2c3d");
  v1::GetPaymentRequest seen;
  Answer("ReportService/GetPayment", response, &seen);
  const std::vector<std::string> arguments = {
      "report", "--what", "payment", "--month", "2026-01", "--kommune", "5001", "--sector", "tsb"};
  const Ran ran = Run(arguments);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(seen.month(), "2026-01");
  EXPECT_EQ(seen.kommune(), "5001");
  EXPECT_THAT(seen.sectors(), ElementsAre(v1::SECTOR_TSB));
  EXPECT_THAT(ran.out, HasSubstr("Grunnlag for faktura, 2026-01"));
  EXPECT_THAT(ran.out, HasSubstr("15.01.2026 07:00"));
  EXPECT_THAT(ran.out, HasSubstr("15.01.2026–17.01.2026     3  6\u202f200  18\u202f600  § 13"));
  EXPECT_THAT(ran.out, HasSubstr("\nSum "));
  EXPECT_THAT(ran.out, HasSubstr("Priser og avtaler, versjon: 0a1b2c3d"));
  std::vector<std::string> json = arguments;
  json.emplace_back("--json");
  EXPECT_THAT(Run(json).out, HasSubstr("\n{\"stayId\":\"stay-1\""));
}

TEST_F(CliReportTest, WrongUseIsSaidBeforeTheHubIsAsked) {
  const auto refused = [&](const std::vector<std::string>& arguments) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.code, 2) << ran.out;
    return ran.err + ran.out;
  };
  EXPECT_THAT(refused({"report"}), HasSubstr("--from and --to, or --month"));
  EXPECT_THAT(refused({"report", "--month", "2026-1x"}), HasSubstr("--month: this is not a month"));
  EXPECT_THAT(refused({"report", "--month", "2026-01", "--from", "2026-01-01"}),
              HasSubstr("either --month"));
  EXPECT_THAT(refused({"report", "--month", "2026-01", "--format", "xlsx"}), HasSubstr("--out"));
  EXPECT_THAT(refused({"report", "--month", "2026-01", "--what", "all"}), HasSubstr("--what"));
  EXPECT_THAT(refused({"report", "--month", "2026-01", "--as-of", "i går"}),
              HasSubstr("--as-of: "));
  EXPECT_EQ(seen_.from(), "");
}

TEST_F(CliReportTest, AFileIsKeptAsItWasWhereNoAnswerComes) {
  Refuse<v1::GetPaymentRequest, v1::GetPaymentResponse>("ReportService/GetPayment",
                                                        absl::UnavailableError("no"));
  const TempDir folder;
  const std::string file = folder / "report.csv";
  std::ofstream(file) << "last month";
  for (const char* format : {"table", "csv", "xlsx", "json"}) {
    const Ran ran = Run(
        {"report", "--month", "2026-01", "--what", "payment", "--format", format, "--out", file});
    EXPECT_NE(ran.code, 0) << format;
    std::ifstream in(file);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "last month") << format;
  }
}

TEST_F(CliReportTest, ATextThatLooksLikeAFormulaIsNoneInCsv) {
  v1::GetReportResponse response = Answered();
  response.mutable_rows(0)->set_label(0, "=HYPERLINK(\"x\")");
  response.mutable_rows(1)->set_label(0, "-1+1");
  (*response.mutable_rows(1)->mutable_numbers())["overliggerdogn"] = -3;
  Answer("ReportService/GetReport", response, &seen_);
  EXPECT_EQ(Report({"--by", "kommune", "--format", "csv"}).out,
            "\ufeffKommunenr.;Kommune;Overliggerdøgn;UKP-senger\r\n"
            "5001;\"'=HYPERLINK(\"\"x\"\")\";10100;27,7\r\n"
            "5031;'-1+1;-3;\r\n");
}

TEST_F(CliReportTest, AFileThatCannotBeWrittenIsSaid) {
  for (const char* format : {"table", "csv", "xlsx", "json"}) {
    const Ran ran = Report({"--format", format, "--out", "/nowhere/at/all"});
    EXPECT_EQ(ran.code, 1) << format;
    EXPECT_THAT(ran.err, HasSubstr("/nowhere/at/all cannot be written; check the folder, who may "
                                   "write to it, and that the disk is not full"))
        << format;
    EXPECT_THAT(ran.out, Not(HasSubstr("Trondheim"))) << format;
  }
}

}  // namespace
}  // namespace overgang
