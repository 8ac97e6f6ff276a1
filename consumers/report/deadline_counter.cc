// Deadlines met, running and missed, by deadline.
#include <algorithm>
#include <array>

#include "consumers/report/period_counter.h"
#include "projections/rules/deadlines.h"

namespace overgang::report {
namespace {

using projections::DeadlineOf;
using projections::StayEntry;

constexpr size_t kKinds = v1::DeadlineKind_ARRAYSIZE - 1;
constexpr size_t kColumnsOfKind = 4;  // Met, running, missed, share.

// In the order of DeadlineKind.
constexpr std::array<Column, kKinds* kColumnsOfKind> kColumns = {{
    {"tidligmelding_met", "Tidligmelding holdt", "frister", 0,
     "Sykehuset varslet om innleggelsen innen 24 timer etter innleggelse, eller etter at behovet "
     "var klart (§ 8)."},
    {"tidligmelding_running", "Tidligmelding løper", "frister", 0, "Ikke varslet, og tid igjen."},
    {"tidligmelding_missed", "Tidligmelding brutt", "frister", 0, "Varslet for sent eller ikke."},
    {"tidligmelding_share", "Tidligmelding holdt, andel", "prosent", 1, "Holdt av holdt og brutt."},
    {"innleggelsesrapport_met", "Innleggelsesrapport holdt", "frister", 0,
     "Kommunen sendte innleggelsesrapport innen 24 timer etter at varselet ble sendt."},
    {"innleggelsesrapport_running", "Innleggelsesrapport løper", "frister", 0,
     "Ikke sendt, og tid igjen."},
    {"innleggelsesrapport_missed", "Innleggelsesrapport brutt", "frister", 0,
     "Sendt for sent eller ikke."},
    {"innleggelsesrapport_share", "Innleggelsesrapport holdt, andel", "prosent", 1,
     "Holdt av holdt og brutt."},
    {"ukp_notice_met", "Varsel om UKP holdt", "frister", 0,
     "Sykehuset varslet straks, innen 2 timer, om at pasienten var utskrivningsklar (§ 10)."},
    {"ukp_notice_running", "Varsel om UKP løper", "frister", 0, "Ikke varslet, og tid igjen."},
    {"ukp_notice_missed", "Varsel om UKP brutt", "frister", 0, "Varslet for sent eller ikke."},
    {"ukp_notice_share", "Varsel om UKP holdt, andel", "prosent", 1, "Holdt av holdt og brutt."},
    {"answer_met", "Svar holdt", "frister", 0,
     "Kommunen svarte straks, innen 2 timer, på varselet om utskrivningsklar."},
    {"answer_running", "Svar løper", "frister", 0, "Ikke besvart, og tid igjen."},
    {"answer_missed", "Svar brutt", "frister", 0, "Besvart for sent eller ikke."},
    {"answer_share", "Svar holdt, andel", "prosent", 1, "Holdt av holdt og brutt."},
    {"epikrise_met", "Epikrise holdt", "frister", 0,
     "Epikrise sendt straks, innen 2 timer, etter utskrivning i live av et opphold med UKP."},
    {"epikrise_running", "Epikrise løper", "frister", 0, "Ikke sendt, og tid igjen."},
    {"epikrise_missed", "Epikrise brutt", "frister", 0, "Sendt for sent eller ikke."},
    {"epikrise_share", "Epikrise holdt, andel", "prosent", 1, "Holdt av holdt og brutt."},
    {"apprec_met", "Kvittering holdt", "frister", 0,
     "Positiv applikasjonskvittering innen 96 timer etter meldingens GenDate."},
    {"apprec_running", "Kvittering løper", "frister", 0, "Ikke kvittert, og tid igjen."},
    {"apprec_missed", "Kvittering brutt", "frister", 0, "Kvittert for sent eller ikke."},
    {"apprec_share", "Kvittering holdt, andel", "prosent", 1, "Holdt av holdt og brutt."},
}};

struct Tally {
  int64_t met = 0, running = 0, missed = 0;
};
using Sums = std::array<Tally, kKinds>;

// Where it counts: its clock may start before the stay, as where the notice of an admission is sent
// ahead of it, and after its end; stays are found by when they were there.
int64_t CountedAt(const StayEntry& stay, const DeadlineOf& deadline) {
  return std::min(std::max(deadline.started_us, stay.admitted_us), stay.ended_us);
}

class DeadlineCounter final : public PeriodCounter<Sums> {
 public:
  explicit DeadlineCounter(const CountContext& context) : PeriodCounter(context) {}

  void Take(const StayEntry& stay) override {
    for (const DeadlineOf& deadline : projections::DeadlinesOf(stay)) {
      const int64_t counted_us = CountedAt(stay, deadline);
      if (!IsIn(counted_us)) continue;
      const auto& kommune =
          deadline.period == projections::kOfStay
              ? KommuneOf(context_.query, stay)
              : KommuneOf(context_.query, stay, stay.periods[static_cast<size_t>(deadline.period)]);
      if (!context_.query.Asks(stay, kommune)) continue;
      Sums& sums = rows_.At({stay, kommune, LocalTime(counted_us)});
      Tally& tally = sums[static_cast<size_t>(deadline.kind - 1)];
      switch (projections::StateAt(deadline, context_.now_us)) {
        case v1::DEADLINE_STATE_MET:
          ++tally.met;
          break;
        case v1::DEADLINE_STATE_MISSED:
          ++tally.missed;
          break;
        default:
          ++tally.running;
      }
    }
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    rows_.Write(response, [](const Sums& sums, int64_t, v1::ReportRow* row) {
      for (size_t i = 0; i < kKinds; ++i) {
        const Column* columns = &kColumns[kColumnsOfKind * i];
        Set(columns[0].name, static_cast<double>(sums[i].met), row);
        Set(columns[1].name, static_cast<double>(sums[i].running), row);
        Set(columns[2].name, static_cast<double>(sums[i].missed), row);
        SetShare(columns[3].name, sums[i].met, sums[i].met + sums[i].missed, row);
      }
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }
};

}  // namespace

std::unique_ptr<Counter> MakeDeadlineCounter(const CountContext& context) {
  return std::make_unique<DeadlineCounter>(context);
}

}  // namespace overgang::report
