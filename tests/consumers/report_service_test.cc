// The service over a real runner: from facts to reports, invoices and published tables.
#include "consumers/report/report_service.h"

#include <gmock/gmock.h>

#include "tests/consumers/board_fixture.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int kDay = 24 * 60;

// Facts begin on 2 March 2026 08:00; now is that time a week later.
class ReportServiceTest : public BoardTest {
 protected:
  ReportServiceTest() {
    service_.Register(table_);
    clock_.Set(At(7 * kDay));
  }
  ~ReportServiceTest() override { service_.Stop(); }

  absl::StatusOr<v1::GetReportResponse> Report(v1::ReportWhat what, v1::Moment moment = {}) {
    v1::GetReportRequest request;
    request.set_from("2026-03-01");
    request.set_to("2026-04-01");
    request.set_what(what);
    *request.mutable_moment() = std::move(moment);
    return Call<v1::GetReportRequest, v1::GetReportResponse>("ReportService/GetReport", request);
  }
  absl::StatusOr<v1::GetPaymentResponse> Payment(const v1::GetPaymentRequest& request) {
    return Call<v1::GetPaymentRequest, v1::GetPaymentResponse>("ReportService/GetPayment", request);
  }
  static std::map<std::string, double> NumbersOf(const v1::GetReportResponse& response) {
    return {response.rows(0).numbers().begin(), response.rows(0).numbers().end()};
  }
  // Admitted and notified on the first day, UKP and notified on the second, a no on the third.
  void AppendWaiting() {
    v1::Envelope told = AsPlo(Fact("n", 1, "", 60), 0);
    told.mutable_kommune_notified_of_admission();
    v1::Envelope ukp_told = AsPlo(Fact("m", 1, "", kDay + 30), 0);
    ukp_told.mutable_kommune_notified_of_ukp();
    Append({Admitted("a", 1, "V1", 0), told, UkpDeclared("u", 1, 0, kDay), ukp_told,
            Answered("y", 1, 0, 2 * kDay, false)});
  }

  const PaymentTerms terms_{{{2026, 6200}}, {}};
  ReportService service_{views_, moments_, directory_, terms_};
};

TEST_F(ReportServiceTest, FromFactsToNumbersWithWhatTheyRestOn) {
  AppendWaiting();
  const auto report = Report(v1::REPORT_WHAT_UKP);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_THAT(report->rows(), SizeIs(1));
  EXPECT_EQ(report->rows(0).numbers().at("stays"), 1);
  EXPECT_EQ(report->rows(0).numbers().at("overliggerdogn"), 6);
  EXPECT_EQ(report->population_year(), "2024");
  EXPECT_EQ(report->price_version(), "") << "no price was needed";
  EXPECT_TRUE(report->as_of().has_now());
  EXPECT_FALSE(report->as_of().cursor().empty());
  ASSERT_FALSE(report->columns().empty());
  EXPECT_EQ(report->columns(0).title(), "Opphold");
  const auto paid = Report(v1::REPORT_WHAT_PAYMENT);
  ASSERT_TRUE(paid.ok()) << paid.status();
  EXPECT_EQ(paid->rows(0).numbers().at("amount_kr"), 6 * 6200);
  EXPECT_EQ(paid->price_version(), terms_.version());
}

TEST_F(ReportServiceTest, WhatHadHappenedByATime) {
  AppendWaiting();
  v1::Moment moment;
  *moment.mutable_occurred_until() = ToProto(At(3 * kDay));
  const auto report = Report(v1::REPORT_WHAT_PAYMENT, moment);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->rows(0).numbers().at("payable_days"), 2);
  EXPECT_EQ(FromProto(report->as_of().now()), At(3 * kDay));
}

TEST_F(ReportServiceTest, WhatWasKnownAtATimeByTheClockAndByTheCursor) {
  AppendWaiting();
  const auto then = Report(v1::REPORT_WHAT_PAYMENT);
  ASSERT_TRUE(then.ok()) << then.status();
  clock_.Advance(absl::Hours(24));
  Append({Discharged("d", 1, "V1", 4 * kDay)});  // It had happened, and was not known.
  EXPECT_EQ(Report(v1::REPORT_WHAT_PAYMENT)->rows(0).numbers().at("payable_days"), 3);
  v1::Moment moment;
  *moment.mutable_as_of() = then->as_of().now();
  const auto by_clock = Report(v1::REPORT_WHAT_PAYMENT, moment);
  ASSERT_TRUE(by_clock.ok()) << by_clock.status();
  EXPECT_EQ(by_clock->rows(0).numbers().at("payable_days"), 6);
  moment.set_as_of_cursor(then->as_of().cursor());
  const auto by_cursor = Report(v1::REPORT_WHAT_PAYMENT, moment);
  ASSERT_TRUE(by_cursor.ok()) << by_cursor.status();
  EXPECT_EQ(NumbersOf(*by_cursor), NumbersOf(*then));
  EXPECT_EQ(by_cursor->as_of().cursor(), then->as_of().cursor());
}

TEST_F(ReportServiceTest, OneStayIsToldWithItsFactsAndBothSidesAccounts) {
  AppendWaiting();
  v1::GetPaymentRequest request;
  request.set_month("2026-03");
  auto invoice = Payment(request);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  EXPECT_THAT(invoice->lines(0).facts(), SizeIs(0));
  request.set_stay_id(invoice->lines(0).stay_id());
  invoice = Payment(request);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  const v1::PaymentLine& line = invoice->lines(0);
  EXPECT_EQ(invoice->amount_kr(), 6 * 6200);
  EXPECT_THAT(line.facts(), SizeIs(5));
  ASSERT_THAT(line.views(), SizeIs(2));
  EXPECT_EQ(line.views(0).payable_days(), 6);
  ASSERT_THAT(line.period().payable(), SizeIs(1));
  EXPECT_THAT(line.period().payable(0).because(), SizeIs(3)) << "declared, and both notices";
  request.clear_month();
  EXPECT_EQ(Payment(request)->days(), 6) << "without dates all its days";
  request.set_stay_id(NameUuid({"nobody"}));
  EXPECT_EQ(Payment(request).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReportServiceTest, AStayWithoutPayableDaysIsToldAllTheSame) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, kDay)});
  v1::ListStaysRequest list;
  const auto stays =
      Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", list);
  ASSERT_TRUE(stays.ok()) << stays.status();
  v1::GetPaymentRequest request;
  request.set_stay_id(stays->stays(0).stay_id());
  const auto invoice = Payment(request);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  EXPECT_EQ(invoice->days(), 0);
  EXPECT_EQ(invoice->lines(0).kommune(), "5001");
  EXPECT_THAT(invoice->lines(0).facts(), SizeIs(2));
}

TEST_F(ReportServiceTest, PublishedTablesAreServedAsTheLogHasThem) {
  v1::Envelope fact = Fact("t", 0, "", 2 * kDay);
  fact.clear_patient_ref();
  v1::TablesPublished& tables = *fact.mutable_tables_published();
  tables.set_date("2026-03-02");
  v1::PublishedRow& row = *tables.add_rows();
  row.set_date("2026-03-02");
  row.set_kommune("5001");
  Append({fact});
  EXPECT_EQ(KeyOf(fact), "t:2026-03-02");
  v1::GetPublishedTablesRequest request;
  request.set_from("2026-03-01");
  request.set_to("2026-03-09");
  const auto response = Call<v1::GetPublishedTablesRequest, v1::GetPublishedTablesResponse>(
      "ReportService/GetPublishedTables", request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->rows(), SizeIs(1));
  EXPECT_EQ(response->rows(0).kommune(), "5001");
  EXPECT_FALSE(response->as_of().cursor().empty());
}

TEST_F(ReportServiceTest, AMissingPriceNamesTheSettingAndOtherReportsGoOn) {
  ReportService without(views_, moments_, directory_, PaymentTerms::BuiltIn());
  MethodTable table;
  without.Register(table);
  std::swap(table, table_);
  AppendWaiting();
  const auto report = Report(v1::REPORT_WHAT_PAYMENT);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("payment.prices.2026"));
  EXPECT_TRUE(Report(v1::REPORT_WHAT_UKP).ok());
  std::swap(table, table_);
  without.Stop();
}

TEST_F(ReportServiceTest, AfterStopAQuestionIsAnsweredWithWhy) {
  AppendWaiting();
  service_.Stop();
  EXPECT_EQ(Report(v1::REPORT_WHAT_UKP).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang::report
