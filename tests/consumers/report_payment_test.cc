// What is paid: the report's sums, the invoice's lines, and prices by the day's own year.
#include <gmock/gmock.h>

#include "consumers/report/payment_basis.h"
#include "consumers/report/stays_in.h"
#include "tests/consumers/report_population.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Payable from the date of `since` on, until the end.
projections::StayEntry Payable(const std::string& since, const std::string& ended = "",
                               const std::string& kommune = "5001") {
  projections::StayEntry stay = StayOf(since, ended, kommune);
  stay.admission_notified_us = stay.admitted_us;
  AddPeriod(stay, since).notified_us = stay.admitted_us;
  return stay;
}

class ReportPaymentTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::GetPaymentResponse> Invoice(v1::GetPaymentRequest request,
                                                 const std::string& now = "2026-06-01 12:00",
                                                 const PaymentTerms& terms = kTerms) {
    const auto query = QueryOf(request, Scope::All());
    if (!query.ok()) return query.status();
    return PaymentBasis(stays_.At(now), *query, terms);
  }
  static v1::GetPaymentRequest Month(const std::string& month) {
    v1::GetPaymentRequest request;
    request.set_month(month);
    return request;
  }
  Numbers Paid(const std::string& from, const std::string& to) {
    const auto response =
        Ask(stays_.At("2026-06-01 12:00"), Request(from, to, {}, v1::REPORT_WHAT_PAYMENT), kTerms);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? RowsOf(*response)[""] : Numbers();
  }

  static inline const PaymentTerms kTerms{{{2026, 6200}}, {}};
  Population stays_;
};

TEST_F(ReportPaymentTest, EachDayHasThePriceOfItsOwnYear) {
  stays_.Add(Payable("2025-12-29 10:00", "2026-01-04 09:00"));  // 3 days and 3 days.
  const Numbers both = Paid("2025-12-01", "2026-02-01");
  EXPECT_EQ(both.at("payable_days"), 6);
  EXPECT_EQ(both.at("amount_kr"), 3 * 5981 + 3 * 6200);
  EXPECT_EQ(both.at("payable_stays"), 1);
  EXPECT_EQ(Paid("2025-12-31", "2026-01-01").at("amount_kr"), 5981);
  EXPECT_EQ(Paid("2026-01-01", "2026-01-02").at("amount_kr"), 6200);
  v1::GetPaymentRequest request;
  request.set_from("2025-12-01");
  request.set_to("2026-02-01");
  const auto invoice = Invoice(request);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  ASSERT_THAT(invoice->lines(0).priced(), SizeIs(2));
  EXPECT_EQ(invoice->lines(0).priced(0).year(), 2025);
  EXPECT_EQ(invoice->lines(0).priced(0).days(), 3);
  EXPECT_EQ(invoice->lines(0).priced(1).price_kr(), 6200);
  EXPECT_EQ(invoice->lines(0).priced(1).amount_kr(), 18'600);
  EXPECT_EQ(invoice->amount_kr(), 3 * 5981 + 3 * 6200);
  EXPECT_EQ(invoice->days(), 6);
  EXPECT_EQ(invoice->price_version(), kTerms.version());
}

TEST_F(ReportPaymentTest, AYearWithoutAPriceIsAnErrorOnlyWhereADayOfItIsAskedFor) {
  stays_.Add(Payable("2026-12-30 10:00", "2027-01-02 09:00"));
  const auto answer = Ask(stays_.At("2027-06-01 12:00"),
                          Request("2026-12-01", "2027-02-01", {}, v1::REPORT_WHAT_PAYMENT), kTerms);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("payment.prices.2027"));
  EXPECT_TRUE(Ask(stays_.At("2027-06-01 12:00"),
                  Request("2026-12-01", "2027-01-01", {}, v1::REPORT_WHAT_PAYMENT), kTerms)
                  .ok());
  EXPECT_TRUE(Ask(stays_.At("2027-06-01 12:00"),
                  Request("2027-02-01", "2027-03-01", {}, v1::REPORT_WHAT_PAYMENT), kTerms)
                  .ok());
  auto elsewhere = Request("2026-12-01", "2027-02-01", {}, v1::REPORT_WHAT_PAYMENT);
  elsewhere.add_kommuner("5031");
  EXPECT_TRUE(Ask(stays_.At("2027-06-01 12:00"), elsewhere, kTerms).ok());
  EXPECT_EQ(Invoice(Month("2027-01"), "2027-06-01 12:00").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Invoice(Month("2026-12"), "2027-06-01 12:00").ok());
}

TEST_F(ReportPaymentTest, TheInvoiceOfAMonthIsTheDaysOfThatMonth) {
  stays_.Add(Payable("2026-02-27 10:00", "2026-03-03 09:00", "5031"));
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-12 09:00", "5001"));
  stays_.Add(Payable("2026-03-30 10:00", "", "5001"));                  // Open.
  stays_.Add(Payable("2026-03-05 10:00", "2026-03-05 19:00", "5001"));  // No day.
  auto invoice = Invoice(Month("2026-03"));
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(3));
  EXPECT_EQ(invoice->lines(0).kommune(), "5001");
  EXPECT_EQ(invoice->lines(0).priced(0).days(), 2);
  EXPECT_EQ(invoice->lines(1).priced(0).days(), 2) << "the 30th and 31st of the open one";
  EXPECT_EQ(invoice->lines(2).kommune(), "5031");
  EXPECT_EQ(invoice->lines(2).priced(0).days(), 2);
  ASSERT_THAT(invoice->lines(2).period().payable(), SizeIs(1));
  EXPECT_EQ(invoice->lines(2).period().payable(0).from_date(), "2026-03-01");
  EXPECT_EQ(invoice->lines(2).period().payable(0).to_date(), "2026-03-03");
  EXPECT_EQ(invoice->lines(2).period().overliggerdogn(), 4) << "the period itself is whole";
  EXPECT_EQ(invoice->lines(2).paragraph(), "§ 13");
  EXPECT_EQ(invoice->days(), 6);
  auto request = Month("2026-03");
  request.set_kommune("5031");
  invoice = Invoice(request);
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  EXPECT_EQ(invoice->amount_kr(), 2 * 6200);
  request.set_hospital("983971636");
  EXPECT_THAT(Invoice(request)->lines(), SizeIs(0));
}

TEST_F(ReportPaymentTest, TheInvoiceIsOfTheSectorsThatAreAskedFor) {
  projections::StayEntry tsb = Payable("2026-03-10 10:00", "2026-03-12 09:00");
  tsb.sector = v1::SECTOR_TSB;
  stays_.Add(tsb);
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-13 09:00"));
  auto request = Month("2026-03");
  EXPECT_EQ(Invoice(request)->days(), 5);
  request.add_sectors(v1::SECTOR_TSB);
  EXPECT_EQ(Invoice(request)->days(), 2);
  request.add_sectors(v1::SECTOR_SOMATIKK);
  EXPECT_EQ(Invoice(request)->days(), 5);
  request.add_sectors(static_cast<v1::Sector>(77));
  EXPECT_THAT(std::string(Invoice(request).status().message()), HasSubstr("sectors: "));
}

TEST_F(ReportPaymentTest, AsManyLinesAsAnAnswerHoldsAreToldAndOneMoreIsTooMany) {
  for (size_t i = 0; i < kPaymentLinesMax; ++i)
    stays_.Add(Payable("2026-03-10 10:00", "2026-03-11 09:00"));
  const auto all = Invoice(Month("2026-03"));
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->lines(), SizeIs(kPaymentLinesMax));
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-11 09:00"));
  EXPECT_EQ(Invoice(Month("2026-03")).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ReportPaymentTest, AVisitorThatHasEnoughEndsTheReading) {
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-12 09:00"));
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-11 09:00"));  // Read after the later end.
  projections::Contribution unreadable;
  ASSERT_TRUE(projections::Uuid::Parse(NameUuid({"stay", "1"}), &unreadable.stay_id));
  unreadable.entry = stays_.stays()[1];
  stays_.At("2026-06-01 12:00");  // Writes them.
  ASSERT_TRUE(stays_.store()
                  .Commit({{projections::kClosedStay, projections::ClosedKey(unreadable), "?"}})
                  .ok());
  const ReportAt at = stays_.At("2026-06-01 12:00");
  const auto visit_until = [&](int enough) {
    int visited = 0;
    return VisitStays(at, {}, Us("2026-03-01 00:00"), Us("2026-04-01 00:00"),
                      [&](auto, const auto&) { return ++visited < enough; });
  };
  EXPECT_TRUE(visit_until(1).ok());
  EXPECT_EQ(visit_until(2).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ReportPaymentTest, NobodyPaysForAKommuneThatIsNotStatedButItsDaysAreListed) {
  stays_.Add(Payable("2027-03-10 10:00", "2027-03-12 09:00", "9999"));
  const auto invoice = Invoice(Month("2027-03"), "2027-06-01 12:00");
  ASSERT_TRUE(invoice.ok()) << "no price is needed: " << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(1));
  EXPECT_EQ(invoice->lines(0).kommune(), "9999");
  EXPECT_EQ(invoice->days(), 2);
  EXPECT_EQ(invoice->amount_kr(), 0);
}

TEST_F(ReportPaymentTest, TheAgreementIsNamedBesideTheParagraph) {
  const PaymentTerms terms({{2026, 6200}}, {{.kommune = "5001",
                                             .hospital = "974749025",
                                             .from = absl::CivilDay(2026, 1, 1),
                                             .to = absl::CivilDay(2027, 1, 1),
                                             .start_24h_after_notice = true}});
  stays_.Add(Payable("2026-03-10 10:00", "2026-03-13 09:00"));
  const auto invoice = Invoice(Month("2026-03"), "2026-06-01 12:00", terms);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_EQ(invoice->days(), 2) << "from 24 hours after the notice";
  EXPECT_EQ(invoice->lines(0).paragraph(), "§ 13; avtale: betaling fra 24 timer etter varsel");
  EXPECT_NE(invoice->price_version(), kTerms.version());
}

TEST_F(ReportPaymentTest, WhoPaysChangedAtNewYear2019) {
  projections::StayEntry stay = Payable("2018-12-30 10:00", "2019-01-04 09:00", "5031");
  stay.residence_kommune.Assign("5001");
  stays_.Add(stay);
  v1::GetPaymentRequest request;
  request.set_from("2018-12-01");
  request.set_to("2019-02-01");
  const auto invoice = Invoice(request);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  ASSERT_THAT(invoice->lines(), SizeIs(2));
  EXPECT_EQ(invoice->lines(0).kommune(), "5001");
  EXPECT_EQ(invoice->lines(0).amount_kr(), 2 * 4747);
  EXPECT_EQ(invoice->lines(1).kommune(), "5031");
  EXPECT_EQ(invoice->lines(1).amount_kr(), 3 * 4885);
  const auto rows = RowsOf(
      *Ask(stays_.At("2026-06-01 12:00"),
           Request("2018-12-01", "2019-02-01", {"kommune", "year"}, v1::REPORT_WHAT_PAYMENT)));
  EXPECT_EQ(rows.at("5001/2018").at("payable_days"), 2);
  EXPECT_EQ(rows.at("5031/2019").at("payable_days"), 3);
}

TEST_F(ReportPaymentTest, KnownSumsOfTheField) {
  // 1 199 days of 2025 are 7 171 219 kr; 176 days of 2018 are 835 472 kr (docs/rules.md).
  for (int i = 0; i < 11; ++i) stays_.Add(Payable("2025-01-01 10:00", "2025-04-20 09:00"));
  for (int i = 0; i < 4; ++i) stays_.Add(Payable("2018-05-01 10:00", "2018-06-14 09:00"));
  EXPECT_EQ(Paid("2025-01-01", "2026-01-01").at("payable_days"), 1'199);
  EXPECT_EQ(Paid("2025-01-01", "2026-01-01").at("amount_kr"), 7'171'219);
  EXPECT_EQ(Paid("2018-01-01", "2019-01-01").at("payable_days"), 176);
  EXPECT_EQ(Paid("2018-01-01", "2019-01-01").at("amount_kr"), 835'472);
}

TEST_F(ReportPaymentTest, AWrongQuestionIsRefusedByItsField) {
  auto request = Month("2026-13");
  EXPECT_THAT(std::string(Invoice(request).status().message()), HasSubstr("month: "));
  request = Month("2026-03");
  request.set_from("2026-03-01");
  EXPECT_THAT(std::string(Invoice(request).status().message()), HasSubstr("month: "));
  request.Clear();
  EXPECT_THAT(std::string(Invoice(request).status().message()), HasSubstr("from: "));
}

}  // namespace
}  // namespace overgang::report
