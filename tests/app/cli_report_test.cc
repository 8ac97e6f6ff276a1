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
  EXPECT_EQ(NumberText(0, 0), "0");
  EXPECT_EQ(NumberText(999, 0), "999");
  EXPECT_EQ(NumberText(1234, 0), "1\u202f234");
  EXPECT_EQ(NumberText(7171219, 0), "7\u202f171\u202f219");
  EXPECT_EQ(NumberText(-1234.56, 1), "-1\u202f234,6");
  EXPECT_EQ(NumberText(27.67, 1), "27,7");
  EXPECT_EQ(DateText("2026-03-01"), "01.03.2026");
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

constexpr char kStayId[] = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

v1::Envelope& AddFact(v1::PaymentLine* line, absl::Time at, bool cancelled = false) {
  v1::PathwayEntry& entry = *line->add_facts();
  entry.set_cancelled(cancelled);
  *entry.mutable_appended_at() = ToProto(kSeven + absl::Hours(48));
  v1::Envelope& fact = *entry.mutable_fact();
  *fact.mutable_occurred_at() = ToProto(at);
  fact.set_event_id(absl::StrCat("fact-", line->facts_size()));
  fact.mutable_source()->set_channel(v1::CHANNEL_PLO);
  return fact;
}

// A period that is paid, after one that is not.
v1::GetPaymentResponse PaymentOfAStay() {
  v1::GetPaymentResponse response;
  for (const int days : {0, 2}) {
    v1::PaymentLine& line = *response.add_lines();
    line.set_stay_id(kStayId);
    line.set_kommune("5001");
    line.set_paragraph("§ 13");
    *line.mutable_period()->mutable_since() = ToProto(kSeven + absl::Hours(24 * days));
    for (const auto side : {v1::PaymentView::SIDE_HOSPITAL, v1::PaymentView::SIDE_KOMMUNE}) {
      v1::PaymentView& view = *line.add_views();
      view.set_side(side);
      view.set_payable_days(side == v1::PaymentView::SIDE_HOSPITAL ? 3 : 2);
      *view.add_periods()->mutable_since() = ToProto(kSeven);
    }
    AddFact(&line, kSeven).mutable_ukp_declared();
    AddFact(&line, kSeven + absl::Hours(1)).mutable_expected_discharge_set();
    AddFact(&line, kSeven + absl::Hours(2), true).mutable_kommune_answered();
    v1::KommuneAnswered& yes = *AddFact(&line, kSeven + absl::Hours(5)).mutable_kommune_answered();
    yes.set_can_receive(true);
    *yes.mutable_from_date() = ToProto(kSeven + absl::Hours(77));
    AddFact(&line, kSeven + absl::Hours(6))
        .mutable_fact_cancelled()
        ->set_kind(v1::FACT_KIND_KOMMUNE_ANSWERED);
    v1::Envelope& moved = AddFact(&line, kSeven + absl::Hours(29));
    moved.set_occurred_precision(v1::PRECISION_DAY);
    moved.set_stay_kommune("5031");
    *moved.mutable_patient_details_changed()->mutable_moved_kommune_at() = ToProto(kSeven);
  }
  v1::PricedDays& priced = *response.mutable_lines(1)->add_priced();
  priced.set_year(2026);
  priced.set_days(2);
  priced.set_price_kr(6200);
  priced.set_amount_kr(12400);
  response.set_days(2);
  response.set_amount_kr(12400);
  return response;
}

TEST_F(CliReportTest, APaymentOfOneStayIsToldWithBothAccountsAndTheFacts) {
  v1::GetPaymentRequest seen;
  Answer("ReportService/GetPayment", PaymentOfAStay(), &seen);
  const std::vector<std::string> arguments = {"report", "--what", "payment", "--stay", kStayId};
  const Ran ran = Run(arguments);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(seen.stay_id(), kStayId);
  EXPECT_EQ(seen.month() + seen.from() + seen.to(), "");
  EXPECT_THAT(ran.out, HasSubstr(absl::StrCat("Betaling for opphold ", kStayId)));
  EXPECT_THAT(ran.out, HasSubstr("Periode: hele oppholdet\n"));
  EXPECT_THAT(ran.out, HasSubstr("ingen                0      –       0  § 13\n"));
  EXPECT_THAT(ran.out, HasSubstr("    2  6\u202f200  12\u202f400  § 13\n"));
  EXPECT_THAT(ran.out, HasSubstr("Sykehusets og kommunens regnestykke\n"));
  EXPECT_THAT(ran.out, HasSubstr("Til sammen            3                     2\n"));
  const std::string facts = ran.out.substr(ran.out.find("Opplysningene det bygger på\n"));
  EXPECT_THAT(facts, HasSubstr("15.01.2026 07:00  Meldt utskrivningsklar "));
  EXPECT_THAT(facts, HasSubstr("  Gjelder ikke: Kommunen svarte nei "));
  EXPECT_THAT(facts, HasSubstr("  Kommunen svarte ja, fra 18. januar 2026 "));
  EXPECT_THAT(facts, HasSubstr("  Trukket tilbake: Svar fra kommunen "));
  EXPECT_THAT(facts, HasSubstr("16.01.2026        Flyttet til Malvik "));
  EXPECT_THAT(facts, HasSubstr("  Elektronisk melding (PLO)  17.01.2026 07:00  fact-1\n"));
  EXPECT_THAT(facts, Not(HasSubstr("fact-2"))) << "of no account for payment";
}

TEST_F(CliReportTest, OfOneStayAPeriodAndOtherFormatsCanBeAskedFor) {
  v1::GetPaymentRequest seen;
  Answer("ReportService/GetPayment", PaymentOfAStay(), &seen);
  const auto report = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"report", "--what", "payment", "--stay", kStayId});
    return Run(more);
  };
  EXPECT_THAT(report({"--from", "2026-01-01", "--to", "2026-01-16"}).out,
              HasSubstr("Periode: 01.01.2026–15.01.2026\n"));
  EXPECT_EQ(seen.from(), "2026-01-01");
  EXPECT_EQ(seen.to(), "2026-01-16");
  EXPECT_THAT(report({"--month", "2026-01"}).out, HasSubstr("Måned: 2026-01\n"));
  EXPECT_EQ(seen.month(), "2026-01");
  const std::string csv = report({"--format", "csv"}).out;
  EXPECT_THAT(csv, HasSubstr(";2;6200;12400;§ 13\r\n"));
  EXPECT_THAT(csv, Not(HasSubstr("regnestykke"))) << "one table to a file";
  EXPECT_THAT(report({"--json"}).out, HasSubstr("\"payableDays\":3"));
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
  EXPECT_THAT(refused({"report", "--what", "payment", "--stay", "V-1"}), HasSubstr("no stay id"));
  EXPECT_THAT(refused({"report", "--month", "2026-01", "--stay", kStayId}),
              HasSubstr("--what payment"));
  EXPECT_THAT(refused({"report", "--what", "payment", "--by", "month", "--stay", kStayId}),
              HasSubstr("without --by"));
  EXPECT_THAT(refused({"report", "--what", "payment", "--from", "2026-01-01", "--stay", kStayId}),
              HasSubstr("--from and --to"));
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
