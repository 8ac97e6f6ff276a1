// Counts stays for one kind of report (docs/rules.md, Statistics), and tells the numbers with their
// names, titles, units and definitions. One thread; sums only, no stay is kept. Errors of Finish:
// RESOURCE_EXHAUSTED (too many rows), FAILED_PRECONDITION (a payable day without a price).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "consumers/report/report_query.h"
#include "core/directory.h"
#include "core/payment_terms.h"

namespace overgang::report {

// Everything outlives the counter.
struct CountContext {
  const ReportQuery& query;
  const Directory& directory;
  const PaymentTerms& terms;
  int64_t now_us = 0;
};

// Texts in bokmål; see ReportColumn.
struct Column {
  std::string_view name;
  std::string_view title;
  std::string_view unit;
  int decimals = 0;
  std::string_view definition;
};

class Counter {
 public:
  virtual ~Counter() = default;
  // A stay that was there in the period and is of a sector that was asked for.
  virtual void Take(const projections::StayEntry& stay) = 0;
  // Rows by key.
  [[nodiscard]] virtual absl::Status Finish(v1::GetReportResponse* response) = 0;
  virtual std::span<const Column> columns() const = 0;
};

std::unique_ptr<Counter> MakeUkpCounter(const CountContext& context);
std::unique_ptr<Counter> MakeWayCounter(const CountContext& context);
std::unique_ptr<Counter> MakePaymentCounter(const CountContext& context);
std::unique_ptr<Counter> MakeDeadlineCounter(const CountContext& context);
std::unique_ptr<Counter> MakeReadmissionCounter(const CountContext& context);
std::unique_ptr<Counter> MakeProfileCounter(const CountContext& context);
std::unique_ptr<Counter> MakeCounter(const CountContext& context);

// What counters share.
// The kommune that a stay counts for, and one of its periods.
const projections::KommuneCode& KommuneOf(const ReportQuery& query,
                                          const projections::StayEntry& stay);
const projections::KommuneCode& KommuneOf(const ReportQuery& query,
                                          const projections::StayEntry& stay,
                                          const projections::UkpPeriod& period);
absl::CivilSecond LocalTime(int64_t us);
// The dates of the period as they are divided: by month, by year, or all in one.
std::vector<Days> DaysDivided(const ReportQuery& query);
// 100 x part / whole, where there is a whole.
void SetShare(std::string_view name, int64_t part, int64_t whole, v1::ReportRow* row);
void Set(std::string_view name, double number, v1::ReportRow* row);
void SetPer1000(std::string_view name, int64_t number, int64_t population, v1::ReportRow* row);
absl::Status TooManyRows();

}  // namespace overgang::report
