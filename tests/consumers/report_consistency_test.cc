// The parts make the whole, and the whole is what a count stay by stay and day by day says: on
// random populations.
#include <gmock/gmock.h>

#include <random>

#include "absl/strings/str_format.h"
#include "consumers/report/payment_basis.h"
#include "core/oslo_time.h"
#include "projections/rules/payment.h"
#include "tests/consumers/report_population.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;

constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
constexpr char kNow[] = "2025-12-20 13:00";

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  int64_t Of(int64_t from, int64_t to) {
    return std::uniform_int_distribution<int64_t>(from, to)(random_);
  }
  template <typename T>
  T One(std::initializer_list<T> choices) {
    return *(choices.begin() + Of(0, static_cast<int64_t>(choices.size()) - 1));
  }

 private:
  std::mt19937 random_;
};

projections::StayEntry RandomStay(Dice& dice) {
  const int64_t now_us = Us(kNow);
  projections::StayEntry stay = StayOf("2025-01-01 00:00", "");
  stay.stay_kommune.Assign(dice.One({"5001", "5031", "5028", "9999"}));
  stay.residence_kommune.Assign(dice.One({"5001", "5031"}));
  stay.hospital.Assign(dice.One({"974749025", "983971636"}));
  stay.sector = dice.One({v1::SECTOR_SOMATIKK, v1::SECTOR_TSB});
  stay.age = static_cast<uint8_t>(dice.Of(0, 99));
  stay.admitted_us = Us("2024-06-01 00:00") + dice.Of(0, 560 * 24) * kHourUs;
  // One in ten for longer than kLongStayUs.
  stay.ended_us = stay.admitted_us + dice.Of(0, dice.Of(0, 9) == 0 ? 200 * 24 : 20 * 24) * kHourUs;
  if (stay.ended_us > now_us) stay.ended_us = projections::kNeverUs;
  stay.admission_notified_us = stay.admitted_us;
  stay.admission_notice_sent_us = stay.admitted_us - dice.Of(0, 72) * kHourUs;
  int64_t at_us = stay.admitted_us;
  for (int64_t i = dice.Of(0, 2); i > 0; --i) {
    auto& period = stay.periods.emplace_back();
    period.since_us = at_us + dice.Of(0, 96) * kHourUs;
    period.until_us = std::min(period.since_us + dice.Of(0, 400) * kHourUs, stay.ended_us);
    if (period.since_us >= std::min(stay.ended_us, now_us)) {
      stay.periods.pop_back();
      break;
    }
    if (period.until_us > now_us) period.until_us = projections::kNeverUs;
    period.kommune = i == 2 ? projections::KommuneCode() : stay.stay_kommune;
    if (i == 2) period.kommune.Assign(dice.One({"5001", "5031"}));
    period.notified_us = dice.Of(0, 3) == 0 ? 0 : period.since_us;
    at_us = period.until_us;
    if (at_us == projections::kNeverUs) break;
  }
  return stay;
}

class ReportConsistencyTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  ReportConsistencyTest() {
    Dice dice(GetParam());
    for (int i = 0; i < 400; ++i) stays_.Add(RandomStay(dice));
    at_ = stays_.At(kNow);
  }
  std::map<std::string, Numbers> Rows(const v1::GetReportRequest& request) {
    const auto response = Ask(at_, request, terms_);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? RowsOf(*response) : std::map<std::string, Numbers>();
  }
  static double Sum(const std::map<std::string, Numbers>& rows, const std::string& name) {
    double sum = 0;
    for (const auto& [key, numbers] : rows) sum += numbers.at(name);
    return sum;
  }

  Population stays_;
  ReportAt at_{nullptr, Scope::All()};
  const PaymentTerms terms_{{}, {}};
};

struct Whole {
  v1::ReportWhat what;
  std::vector<std::string> names;          // Sums of parts, however they are divided.
  std::vector<std::string> names_in_time;  // Sums also of months and years.
};

const std::vector<Whole>& Wholes() {
  static const std::vector<Whole> wholes = {
      {v1::REPORT_WHAT_UKP,
       {"stays", "ukp_stays", "ukp_stays_0_days", "ukp_over_24h", "ukp_over_7_days"},
       {"admitted", "ended", "bed_days", "overliggerdogn", "days"}},
      {v1::REPORT_WHAT_WAY, {}, {"admission_to_ukp", "ukp_to_notice"}},
      {v1::REPORT_WHAT_PAYMENT, {}, {"payable_days", "amount_kr"}},
      {v1::REPORT_WHAT_DEADLINES,
       {},
       {"tidligmelding_met", "innleggelsesrapport_missed", "answer_missed", "epikrise_missed"}},
      {v1::REPORT_WHAT_READMISSIONS, {}, {"fhi_discharges", "hdir_discharges"}},
      {v1::REPORT_WHAT_PROFILE, {}, {"ukp_declared", "discharges"}}};
  return wholes;
}

TEST_P(ReportConsistencyTest, TheSumOverAnyDivisionIsTheWhole) {
  for (const Whole& whole : Wholes()) {
    const Numbers all = Rows(Request("2025-01-01", "2026-01-01", {}, whole.what)).at("");
    for (const char* by : {"kommune", "hospital", "region", "age", "sector", "month", "year"}) {
      const auto rows = Rows(Request("2025-01-01", "2026-01-01", {by}, whole.what));
      const bool in_time = std::string(by) == "month" || std::string(by) == "year";
      for (const std::string& name : whole.names_in_time) {
        if (name == "days" && !in_time) continue;
        EXPECT_DOUBLE_EQ(Sum(rows, name), all.at(name)) << name << " by " << by;
      }
      if (in_time) continue;
      for (const std::string& name : whole.names)
        EXPECT_DOUBLE_EQ(Sum(rows, name), all.at(name)) << name << " by " << by;
    }
  }
}

TEST_P(ReportConsistencyTest, AMonthOfAYearIsTheReportOfThatMonth) {
  for (const Whole& whole : Wholes()) {
    const auto months = Rows(Request("2025-01-01", "2026-01-01", {"month", "kommune"}, whole.what));
    const auto alone = Rows(Request("2025-04-01", "2025-05-01", {"kommune"}, whole.what));
    for (const auto& [kommune, numbers] : alone)
      EXPECT_EQ(months.at("2025-04/" + kommune), numbers) << kommune;
  }
}

// Every stay and every date, one by one, with nothing of what the report uses to go quickly.
TEST_P(ReportConsistencyTest, ACountOfEveryStayAndEveryDateSaysTheSame) {
  const absl::CivilDay from(2025, 3, 1), to(2025, 11, 17), today(2025, 12, 20);
  std::map<std::string, Numbers> expected;
  for (const projections::StayEntry& stay : stays_.stays()) {
    const bool open = stay.ended_us == projections::kNeverUs;
    const absl::CivilDay admitted = OsloDateOfUs(stay.admitted_us);
    const absl::CivilDay ended = open ? today : OsloDateOfUs(stay.ended_us);
    Numbers& of_stay = expected[stay.stay_kommune.str()];
    if (stay.admitted_us < BeginUs(to) && (open || stay.ended_us >= BeginUs(from)))
      of_stay["stays"] += 1;
    for (absl::CivilDay day = from; day < to; ++day) {
      if (admitted <= day && day < ended) of_stay["bed_days"] += 1;
      for (const auto& period : stay.periods) {
        const absl::CivilDay until =
            period.until_us == projections::kNeverUs ? today : OsloDateOfUs(period.until_us);
        if (OsloDateOfUs(period.since_us) <= day && day < until)
          expected[period.kommune.str()]["overliggerdogn"] += 1;
        for (const auto& range : projections::PayableDays(stay, period, terms_, at_.now_us)) {
          if (range.from <= day && day < range.to) expected[range.payer.str()]["payable_days"] += 1;
        }
      }
    }
  }
  const auto ukp = Rows(Request("2025-03-01", "2025-11-17", {"kommune"}));
  const auto paid = Rows(Request("2025-03-01", "2025-11-17", {"kommune"}, v1::REPORT_WHAT_PAYMENT));
  for (auto& [kommune, numbers] : expected) {
    EXPECT_EQ(ukp.at(kommune).at("stays"), numbers["stays"]) << kommune;
    EXPECT_EQ(ukp.at(kommune).at("bed_days"), numbers["bed_days"]) << kommune;
    EXPECT_EQ(ukp.at(kommune).at("overliggerdogn"), numbers["overliggerdogn"]) << kommune;
    if (numbers["payable_days"] > 0) {
      EXPECT_EQ(paid.at(kommune).at("payable_days"), numbers["payable_days"]) << kommune;
    }
  }
}

TEST_P(ReportConsistencyTest, TheInvoicesOfAYearAreItsReport) {
  double days = 0, amount = 0;
  for (int month = 1; month <= 12; ++month) {
    v1::GetPaymentRequest request;
    request.set_month(absl::StrFormat("2025-%02d", month));
    const auto invoice = PaymentBasis(at_, *QueryOf(request, Scope::All()), terms_);
    ASSERT_TRUE(invoice.ok()) << invoice.status();
    days += invoice->days();
    amount += static_cast<double>(invoice->amount_kr());
  }
  const Numbers all = Rows(Request("2025-01-01", "2026-01-01", {}, v1::REPORT_WHAT_PAYMENT)).at("");
  EXPECT_GT(days, 0);
  EXPECT_EQ(all.at("payable_days"), days);
  EXPECT_EQ(all.at("amount_kr"), amount);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReportConsistencyTest, ::testing::Values(1U, 2U, 3U, 4U, 5U));

}  // namespace
}  // namespace overgang::report
