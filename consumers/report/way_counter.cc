// How long each stretch of the way took: mean, median and 90th percentile.
#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "consumers/report/period_counter.h"
#include "core/errors.h"

namespace overgang::report {
namespace {

using projections::StayEntry;
using projections::UkpPeriod;

// Different lengths held at once, over all rows; a country's year has some hundred thousand.
constexpr size_t kLengthsMax = 4'000'000;
constexpr int64_t kMinuteUs = 60 * 1'000'000;
constexpr double kMinutesPerHour = 60;
constexpr size_t kStretches = 4;

constexpr std::array<Column, 4 * kStretches> kColumns = {{
    {"admission_to_ukp", "Innlagt til UKP", "opphold", 0,
     "Opphold som ble utskrivningsklare første gang i perioden."},
    {"admission_to_ukp_mean", "Innlagt til UKP, snitt", "timer", 1,
     "Timer fra innleggelse til første gang utskrivningsklar, gjennomsnitt."},
    {"admission_to_ukp_median", "Innlagt til UKP, median", "timer", 1,
     "Timer fra innleggelse til første gang utskrivningsklar, median (nærmeste rang)."},
    {"admission_to_ukp_p90", "Innlagt til UKP, 90 %", "timer", 1,
     "Timer fra innleggelse til første gang utskrivningsklar, 90-prosentil (nærmeste rang)."},
    {"ukp_to_notice", "UKP til varsel", "opphold", 0,
     "Opphold der kommunen ble varslet om første UKP-periode i perioden."},
    {"ukp_to_notice_mean", "UKP til varsel, snitt", "timer", 1,
     "Timer fra utskrivningsklar til kommunen var varslet (§ 10), gjennomsnitt."},
    {"ukp_to_notice_median", "UKP til varsel, median", "timer", 1,
     "Timer fra utskrivningsklar til kommunen var varslet (§ 10), median (nærmeste rang)."},
    {"ukp_to_notice_p90", "UKP til varsel, 90 %", "timer", 1,
     "Timer fra utskrivningsklar til kommunen var varslet (§ 10), 90-prosentil (nærmeste rang)."},
    {"notice_to_answer", "Varsel til svar", "opphold", 0,
     "Opphold der kommunen svarte første gang i perioden, etter at den var varslet."},
    {"notice_to_answer_mean", "Varsel til svar, snitt", "timer", 1,
     "Timer fra varsel om utskrivningsklar til kommunens første svar, gjennomsnitt."},
    {"notice_to_answer_median", "Varsel til svar, median", "timer", 1,
     "Timer fra varsel om utskrivningsklar til kommunens første svar, median (nærmeste rang)."},
    {"notice_to_answer_p90", "Varsel til svar, 90 %", "timer", 1,
     "Timer fra varsel om utskrivningsklar til kommunens første svar, 90-prosentil (nærmeste "
     "rang)."},
    {"answer_to_discharge", "Svar til utskrivning", "opphold", 0,
     "Opphold som ble utskrevet i perioden, av første UKP-periode og etter svar."},
    {"answer_to_discharge_mean", "Svar til utskrivning, snitt", "timer", 1,
     "Timer fra kommunens siste svar til utskrivning, gjennomsnitt."},
    {"answer_to_discharge_median", "Svar til utskrivning, median", "timer", 1,
     "Timer fra kommunens siste svar til utskrivning, median (nærmeste rang)."},
    {"answer_to_discharge_p90", "Svar til utskrivning, 90 %", "timer", 1,
     "Timer fra kommunens siste svar til utskrivning, 90-prosentil (nærmeste rang)."},
}};

struct Stretch {
  int64_t from_us = 0;
  int64_t to_us = 0;
};
using Stretches = std::array<std::optional<Stretch>, kStretches>;

Stretches StretchesOf(const StayEntry& stay) {
  const UkpPeriod& first = stay.periods.front();
  Stretches all;
  all[0] = Stretch{stay.admitted_us, first.since_us};
  if (first.notified_us != 0) all[1] = Stretch{first.since_us, first.notified_us};
  if (first.replies.empty()) return all;
  if (first.notified_us != 0) all[2] = Stretch{first.notified_us, first.replies.front().at_us};
  if (first.end == v1::UKP_END_DISCHARGED || first.end == v1::UKP_END_TRANSFERRED)
    all[3] = Stretch{first.replies.back().at_us, first.until_us};
  return all;
}

// Lengths in whole minutes with how many have each: exact, and no larger than there are lengths.
class Lengths {
 public:
  // Whether the length is one more.
  bool Add(int64_t minutes) {
    ++count_;
    minutes_ += minutes;
    return ++by_minutes_[minutes] == 1;
  }
  int64_t count() const { return count_; }
  double MeanHours() const {
    return static_cast<double>(minutes_) / static_cast<double>(count_) / kMinutesPerHour;
  }
  // By nearest rank: the smallest length that `percent` of them are no longer than.
  std::array<double, 2> PercentileHours(std::array<int, 2> percents) const {
    std::vector<std::pair<int64_t, int64_t>> sorted(by_minutes_.begin(), by_minutes_.end());
    std::ranges::sort(sorted);
    std::array<double, 2> hours{};
    for (size_t i = 0; i < percents.size(); ++i) {
      int64_t left = (count_ * percents[i] + 99) / 100;
      for (const auto& [minutes, number] : sorted) {
        left -= number;
        if (left > 0) continue;
        hours[i] = static_cast<double>(minutes) / kMinutesPerHour;
        break;
      }
    }
    return hours;
  }

 private:
  absl::flat_hash_map<int64_t, int64_t> by_minutes_;
  int64_t count_ = 0;
  int64_t minutes_ = 0;
};

using Sums = std::array<Lengths, kStretches>;

class WayCounter final : public PeriodCounter<Sums> {
 public:
  explicit WayCounter(const CountContext& context) : PeriodCounter(context) {}

  void Take(const StayEntry& stay) override {
    if (stay.periods.empty()) return;
    const auto& kommune = KommuneOf(context_.query, stay, stay.periods.front());
    if (!context_.query.Asks(stay, kommune)) return;
    const Stretches stretches = StretchesOf(stay);
    for (size_t i = 0; i < kStretches; ++i) {
      if (!stretches[i].has_value()) continue;
      const auto [from_us, to_us] = *stretches[i];
      // What ends before it began was no stretch.
      if (!IsIn(to_us) || to_us < from_us || lengths_ >= kLengthsMax) continue;
      Sums& sums = rows_.At({stay, kommune, LocalTime(to_us)});
      if (sums[i].Add((to_us - from_us) / kMinuteUs)) ++lengths_;
    }
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    if (lengths_ >= kLengthsMax) {
      return FieldError(absl::StatusCode::kResourceExhausted, "by",
                        absl::StrCat("more than ", kLengthsMax, " different lengths to sort"),
                        "divide by less, or ask for a shorter period");
    }
    rows_.Write(response, [](const Sums& sums, int64_t, v1::ReportRow* row) {
      for (size_t i = 0; i < kStretches; ++i) {
        const Column* columns = &kColumns[4 * i];
        Set(columns[0].name, static_cast<double>(sums[i].count()), row);
        if (sums[i].count() == 0) continue;
        const auto [median, p90] = sums[i].PercentileHours({50, 90});
        Set(columns[1].name, sums[i].MeanHours(), row);
        Set(columns[2].name, median, row);
        Set(columns[3].name, p90, row);
      }
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }

 private:
  size_t lengths_ = 0;
};

}  // namespace

std::unique_ptr<Counter> MakeWayCounter(const CountContext& context) {
  return std::make_unique<WayCounter>(context);
}

}  // namespace overgang::report
