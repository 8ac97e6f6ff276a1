// Stays, bed days, overliggerdøgn, UKP beds, share that waits, long stayers, rates.
#include <algorithm>
#include <array>

#include "consumers/report/counter.h"
#include "consumers/report/rows.h"
#include "core/oslo_time.h"
#include "projections/census.h"
#include "projections/rules/payment.h"
#include "projections/tables.h"

namespace overgang::report {
namespace {

using projections::kDayUs;
using projections::kNeverUs;
using projections::StayEntry;
using projections::UkpPeriod;

constexpr std::array<Column, 20> kColumns = {{
    {"stays", "Opphold", "opphold", 0,
     "Opphold innlagt før periodens slutt og ikke avsluttet før periodens begynnelse."},
    {"admitted", "Innleggelser", "opphold", 0, "Opphold innlagt i perioden."},
    {"ended", "Avsluttede opphold", "opphold", 0,
     "Opphold som endte i perioden, ved utskrivning eller død."},
    {"bed_days", "Liggedager", "døgn", 0,
     "Utskrivningsdato minus innleggelsesdato, de datoene som er i perioden; samme dag er 0."},
    {"ukp_stays", "UKP-opphold", "opphold", 0,
     "Opphold med en periode som utskrivningsklar som begynte før periodens slutt og ikke endte "
     "før dens begynnelse."},
    {"ukp_stays_0_days", "UKP-opphold uten døgn", "opphold", 0,
     "UKP-opphold med 0 overliggerdøgn i alt."},
    {"share_ukp", "Andel som venter", "prosent", 1, "UKP-opphold av alle opphold."},
    {"overliggerdogn", "Overliggerdøgn", "døgn", 0,
     "Datoer i perioden fra utskrivningsklar til slutten av UKP-perioden, betalbare eller ikke; "
     "etter UKP-periodens kommune."},
    {"share_overliggerdogn", "Overliggerdøgn av liggedager", "prosent", 1,
     "Overliggerdøgn av liggedager."},
    {"overliggerdogn_per_ukp_stay", "Overliggerdøgn per UKP-opphold", "døgn", 1,
     "Overliggerdøgn delt på UKP-opphold."},
    {"ukp_beds", "UKP-senger", "senger", 1,
     "Overliggerdøgn delt på dager i perioden; dager som ikke er over, regnes ikke med."},
    {"ukp_over_24h", "UKP over 24 timer", "opphold", 0,
     "UKP-opphold med en UKP-periode over 24 timer, hele UKP-perioden regnet."},
    {"ukp_over_7_days", "Langliggere, over 7 døgn", "opphold", 0,
     "UKP-opphold med en UKP-periode over 7 x 24 timer, hele UKP-perioden regnet."},
    {"ukp_over_10_days", "UKP over 10 døgn", "opphold", 0,
     "UKP-opphold med en UKP-periode over 10 x 24 timer, hele UKP-perioden regnet."},
    {"stays_per_1000", "Opphold per 1 000", "per 1 000", 1,
     "Opphold per 1 000 innbyggere i kommunen eller kommunene."},
    {"bed_days_per_1000", "Liggedager per 1 000", "per 1 000", 1,
     "Liggedager per 1 000 innbyggere i kommunen eller kommunene."},
    {"ukp_stays_per_1000", "UKP-opphold per 1 000", "per 1 000", 2,
     "UKP-opphold per 1 000 innbyggere i kommunen eller kommunene."},
    {"overliggerdogn_per_1000", "Overliggerdøgn per 1 000", "per 1 000", 2,
     "Overliggerdøgn per 1 000 innbyggere i kommunen eller kommunene."},
    {"long_stayers_per_1000", "Langliggere per 1 000", "per 1 000", 2,
     "Langliggere, over 7 døgn, per 1 000 innbyggere i kommunen eller kommunene."},
    {"days", "Dager", "dager", 0, "Dager i perioden som er over."},
}};

struct Sums {
  int64_t stays = 0, admitted = 0, ended = 0, bed_days = 0;
  int64_t ukp_stays = 0, ukp_stays_0_days = 0, overliggerdogn = 0;
  int64_t over_24h = 0, over_7_days = 0, over_10_days = 0;
  int64_t days = 0;
};

class UkpCounter final : public Counter {
 public:
  explicit UkpCounter(const CountContext& context)
      : context_(context),
        today_(OsloDateOfUs(context.now_us)),
        parts_(DaysDivided(context.query)),
        rows_(context.query, context.directory) {
    days_so_far_ = Cut(context.query.days, {absl::CivilDay::min(), today_}).count();
  }

  void Take(const StayEntry& stay) override {
    const StayDates dates = DatesOf(stay);
    for (const Days& part : parts_) {
      if (dates.there_until < part.from) break;
      if (dates.admitted < part.to) TakePart(stay, dates, part);
    }
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    rows_.Write(response, [this](const Sums& sums, int64_t population, v1::ReportRow* row) {
      Write(sums, population, row);
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }

 private:
  struct StayDates {
    absl::CivilDay admitted;
    absl::CivilDay until;        // Bed days are before it.
    absl::CivilDay there_until;  // The last date that it was there.
  };

  StayDates DatesOf(const StayEntry& stay) const {
    const absl::CivilDay admitted = OsloDateOfUs(stay.admitted_us);
    if (stay.ended_us != kNeverUs) {
      const absl::CivilDay ended = OsloDateOfUs(stay.ended_us);
      return {admitted, ended, ended};
    }
    return {admitted, today_, std::max(admitted, today_)};
  }

  Sums& SumsAt(const StayEntry& stay, const projections::KommuneCode& kommune, const Days& part) {
    Sums& sums = rows_.At({stay, kommune, absl::CivilSecond(part.from)});
    sums.days = Cut(part, {absl::CivilDay::min(), today_}).count();
    return sums;
  }

  void TakePart(const StayEntry& stay, const StayDates& dates, const Days& part) {
    const auto& kommune = KommuneOf(context_.query, stay);
    const int64_t longest_us = TakePeriods(stay, part);
    if (!context_.query.Asks(stay, kommune)) return;
    Sums& sums = SumsAt(stay, kommune, part);
    ++sums.stays;
    if (dates.admitted >= part.from) ++sums.admitted;
    if (stay.ended_us != kNeverUs && dates.until < part.to) ++sums.ended;
    sums.bed_days += Cut({dates.admitted, dates.until}, part).count();
    if (longest_us < 0) return;
    ++sums.ukp_stays;
    if (projections::Overliggerdogn(stay, context_.now_us) == 0) ++sums.ukp_stays_0_days;
    if (longest_us > kDayUs) ++sums.over_24h;
    if (longest_us > 7 * kDayUs) ++sums.over_7_days;
    if (longest_us > 10 * kDayUs) ++sums.over_10_days;
  }

  // Counts the days; returns the longest wait of which a period was there, -1 where none was.
  int64_t TakePeriods(const StayEntry& stay, const Days& part) {
    int64_t longest_us = -1;
    for (size_t i = 0; i < stay.periods.size(); ++i) {
      const UkpPeriod& period = stay.periods[i];
      const absl::CivilDay since = OsloDateOfUs(period.since_us);
      const bool goes_on = period.until_us == kNeverUs;
      const absl::CivilDay until =
          goes_on ? today_ : std::min(today_, OsloDateOfUs(period.until_us));
      if (since >= part.to || std::max(since, until) < part.from) continue;
      longest_us = std::max(longest_us, WaitUs(stay, i));
      const auto& kommune = KommuneOf(context_.query, stay, period);
      const int64_t days = Cut({since, until}, part).count();
      if (days > 0 && context_.query.Asks(stay, kommune))
        SumsAt(stay, kommune, part).overliggerdogn += days;
    }
    return longest_us;
  }

  // All of it, over moves too.
  int64_t WaitUs(const StayEntry& stay, size_t period) const {
    const int64_t since_us = projections::WaitingSince(stay.periods, period);
    while (period + 1 < stay.periods.size() && !stay.periods[period + 1].declared) ++period;
    return std::max<int64_t>(0,
                             std::min(stay.periods[period].until_us, context_.now_us) - since_us);
  }

  void Write(const Sums& sums, int64_t population, v1::ReportRow* row) const {
    // A row of all is there without any stay.
    const int64_t days = context_.query.by.empty() ? days_so_far_ : sums.days;
    const auto set = [row](std::string_view name, int64_t number) {
      Set(name, static_cast<double>(number), row);
    };
    set("stays", sums.stays);
    set("admitted", sums.admitted);
    set("ended", sums.ended);
    set("bed_days", sums.bed_days);
    set("ukp_stays", sums.ukp_stays);
    set("ukp_stays_0_days", sums.ukp_stays_0_days);
    SetShare("share_ukp", sums.ukp_stays, sums.stays, row);
    set("overliggerdogn", sums.overliggerdogn);
    SetShare("share_overliggerdogn", sums.overliggerdogn, sums.bed_days, row);
    const auto overliggerdogn = static_cast<double>(sums.overliggerdogn);
    if (sums.ukp_stays > 0)
      Set("overliggerdogn_per_ukp_stay", overliggerdogn / static_cast<double>(sums.ukp_stays), row);
    if (days > 0) Set("ukp_beds", overliggerdogn / static_cast<double>(days), row);
    set("ukp_over_24h", sums.over_24h);
    set("ukp_over_7_days", sums.over_7_days);
    set("ukp_over_10_days", sums.over_10_days);
    SetPer1000("stays_per_1000", sums.stays, population, row);
    SetPer1000("bed_days_per_1000", sums.bed_days, population, row);
    SetPer1000("ukp_stays_per_1000", sums.ukp_stays, population, row);
    SetPer1000("overliggerdogn_per_1000", sums.overliggerdogn, population, row);
    SetPer1000("long_stayers_per_1000", sums.over_7_days, population, row);
    set("days", days);
  }

  const CountContext context_;
  const absl::CivilDay today_;
  const std::vector<Days> parts_;
  Rows<Sums> rows_;
  int64_t days_so_far_ = 0;
};

}  // namespace

std::unique_ptr<Counter> MakeUkpCounter(const CountContext& context) {
  return std::make_unique<UkpCounter>(context);
}

}  // namespace overgang::report
