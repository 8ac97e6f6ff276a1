// Payable days and kroner, by whoever pays.
#include <array>

#include "consumers/report/counter.h"
#include "consumers/report/priced_days.h"
#include "consumers/report/rows.h"
#include "projections/rules/payment.h"

namespace overgang::report {
namespace {

using projections::StayEntry;

constexpr std::array<Column, 4> kColumns = {{
    {"payable_days", "Betalbare døgn", "døgn", 0,
     "Døgn i perioden som kommunen betaler for etter § 13 og avtalen som gjelder."},
    {"amount_kr", "Beløp", "kr", 0,
     "Betalbare døgn ganget med prisen for døgnets eget kalenderår; uoppgitt kommune betaler "
     "ikke."},
    {"payable_stays", "Opphold med betalbare døgn", "opphold", 0,
     "Opphold med minst ett betalbart døgn i perioden."},
    {"payable_days_per_1000", "Betalbare døgn per 1 000", "per 1 000", 2,
     "Betalbare døgn per 1 000 innbyggere i kommunen eller kommunene."},
}};

struct Sums {
  int64_t days = 0, amount_kr = 0, stays = 0;
  int64_t last_stay = 0;  // The one that was counted in `stays` last.
};

class PaymentCounter final : public Counter {
 public:
  explicit PaymentCounter(const CountContext& context)
      : context_(context),
        parts_(DaysDivided(context.query)),
        rows_(context.query, context.directory) {}

  void Take(const StayEntry& stay) override {
    ++stay_;
    for (const auto& period : stay.periods) {
      for (const auto& range :
           projections::PayableDays(stay, period, context_.terms, context_.now_us)) {
        if (!context_.query.Asks(stay, range.payer)) continue;
        for (const Days& part : parts_)
          TakeDays(stay, range.payer, Cut({range.from, range.to}, part));
      }
    }
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    if (!error_.ok()) return error_;
    response->set_price_version(context_.terms.version());
    rows_.Write(response, [](const Sums& sums, int64_t population, v1::ReportRow* row) {
      Set("payable_days", static_cast<double>(sums.days), row);
      Set("amount_kr", static_cast<double>(sums.amount_kr), row);
      Set("payable_stays", static_cast<double>(sums.stays), row);
      SetPer1000("payable_days_per_1000", sums.days, population, row);
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }

 private:
  void TakeDays(const StayEntry& stay, const projections::KommuneCode& payer, const Days& days) {
    if (days.count() == 0) return;
    auto priced = Price(days, payer.view(), context_.terms);
    if (!priced.ok()) {
      error_.Update(priced.status());
      return;
    }
    Sums& sums = rows_.At({stay, payer, absl::CivilSecond(days.from)});
    for (const v1::PricedDays& year : *priced) {
      sums.days += year.days();
      sums.amount_kr += year.amount_kr();
    }
    if (sums.last_stay == stay_) return;
    sums.last_stay = stay_;
    ++sums.stays;
  }

  const CountContext context_;
  const std::vector<Days> parts_;
  Rows<Sums> rows_;
  int64_t stay_ = 0;
  absl::Status error_;
};

}  // namespace

std::unique_ptr<Counter> MakePaymentCounter(const CountContext& context) {
  return std::make_unique<PaymentCounter>(context);
}

}  // namespace overgang::report
