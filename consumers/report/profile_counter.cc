// When it happens: UKP declared, answers and discharges, to be divided by weekday and hour.
#include <array>

#include "consumers/report/period_counter.h"
#include "projections/rules/deadlines.h"
#include "projections/tables.h"

namespace overgang::report {
namespace {

using projections::kNeverUs;
using projections::StayEntry;

constexpr std::array<Column, 4> kColumns = {{
    {"ukp_declared", "Meldt utskrivningsklar", "ganger", 0,
     "Ganger pasienter ble meldt utskrivningsklare i perioden."},
    {"answers", "Svar", "ganger", 0, "Svar fra kommunen i perioden på UKP-perioder."},
    {"discharges", "Utskrivninger", "opphold", 0, "Utskrevet i live i perioden."},
    {"discharges_without_epikrise", "Utskrivninger uten epikrise", "opphold", 0,
     "Utskrevet i live i perioden uten epikrise sendt innen 2 timer."},
}};

struct Sums {
  int64_t declared = 0, answers = 0, discharges = 0, without_epikrise = 0;
};

class ProfileCounter final : public PeriodCounter<Sums> {
 public:
  explicit ProfileCounter(const CountContext& context) : PeriodCounter(context) {}

  void Take(const StayEntry& stay) override {
    for (const auto& period : stay.periods) {
      const auto& kommune = KommuneOf(context_.query, stay, period);
      if (!context_.query.Asks(stay, kommune)) continue;
      if (period.declared && IsIn(period.since_us))
        ++rows_.At({stay, kommune, LocalTime(period.since_us)}).declared;
      for (const auto& reply : period.replies) {
        if (IsIn(reply.at_us)) ++rows_.At({stay, kommune, LocalTime(reply.at_us)}).answers;
      }
    }
    const auto& kommune = KommuneOf(context_.query, stay);
    if (stay.ended_us == kNeverUs || !IsIn(stay.ended_us) || stay.died ||
        !context_.query.Asks(stay, kommune))
      return;
    Sums& sums = rows_.At({stay, kommune, LocalTime(stay.ended_us)});
    ++sums.discharges;
    if (stay.epikrise_us == 0 || stay.epikrise_us > stay.ended_us + projections::kAtOnceUs)
      ++sums.without_epikrise;
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    rows_.Write(response, [](const Sums& sums, int64_t, v1::ReportRow* row) {
      Set("ukp_declared", static_cast<double>(sums.declared), row);
      Set("answers", static_cast<double>(sums.answers), row);
      Set("discharges", static_cast<double>(sums.discharges), row);
      Set("discharges_without_epikrise", static_cast<double>(sums.without_epikrise), row);
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }
};

}  // namespace

std::unique_ptr<Counter> MakeProfileCounter(const CountContext& context) {
  return std::make_unique<ProfileCounter>(context);
}

}  // namespace overgang::report
