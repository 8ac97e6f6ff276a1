#include "consumers/report/counter.h"

#include "absl/strings/str_cat.h"
#include "consumers/report/rows.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::report {

using projections::KommuneCode;
using projections::StayEntry;

std::unique_ptr<Counter> MakeCounter(const CountContext& context) {
  switch (context.query.what) {
    case v1::REPORT_WHAT_WAY:
      return MakeWayCounter(context);
    case v1::REPORT_WHAT_PAYMENT:
      return MakePaymentCounter(context);
    case v1::REPORT_WHAT_DEADLINES:
      return MakeDeadlineCounter(context);
    case v1::REPORT_WHAT_READMISSIONS:
      return MakeReadmissionCounter(context);
    case v1::REPORT_WHAT_PROFILE:
      return MakeProfileCounter(context);
    default:
      return MakeUkpCounter(context);
  }
}

const KommuneCode& KommuneOf(const ReportQuery& query, const StayEntry& stay) {
  return query.basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE ? stay.residence_kommune
                                                           : stay.stay_kommune;
}

const KommuneCode& KommuneOf(const ReportQuery& query, const StayEntry& stay,
                             const projections::UkpPeriod& period) {
  return query.basis == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE ? stay.residence_kommune
                                                           : period.kommune;
}

absl::CivilSecond LocalTime(int64_t us) {
  return absl::ToCivilSecond(absl::FromUnixMicros(us), Oslo());
}

std::vector<Days> DaysDivided(const ReportQuery& query) {
  const bool by_month = query.Has(By::kMonth);
  if (!by_month && !query.Has(By::kYear)) return {query.days};
  std::vector<Days> parts;
  for (absl::CivilDay from = query.days.from; from < query.days.to;) {
    const absl::CivilDay next = by_month ? absl::CivilDay(absl::CivilMonth(from) + 1)
                                         : absl::CivilDay(absl::CivilYear(from) + 1);
    parts.push_back(Cut({from, next}, query.days));
    from = next;
  }
  return parts;
}

void Set(std::string_view name, double number, v1::ReportRow* row) {
  (*row->mutable_numbers())[std::string(name)] = number;
}

void SetShare(std::string_view name, int64_t part, int64_t whole, v1::ReportRow* row) {
  if (whole > 0) Set(name, 100.0 * static_cast<double>(part) / static_cast<double>(whole), row);
}

void SetPer1000(std::string_view name, int64_t number, int64_t population, v1::ReportRow* row) {
  if (population > 0)
    Set(name, 1000.0 * static_cast<double>(number) / static_cast<double>(population), row);
}

absl::Status TooManyRows() {
  return FieldError(absl::StatusCode::kResourceExhausted, "by",
                    absl::StrCat("the answer has more than ", kRowsMax, " rows"),
                    "divide by less, or ask for some kommuner or hospitals or a shorter period");
}

}  // namespace overgang::report
