#include "consumers/daily_status/status_numbers.h"

#include <algorithm>
#include <array>
#include <optional>

#include "consumers/daily_status/region_numbers.h"
#include "consumers/daily_status/status_writer.h"
#include "consumers/daily_status/tally.h"
#include "consumers/report/stays_in.h"

namespace overgang::daily_status {
namespace {

using projections::kDayUs;

// Made of the UKP periods and answers of the scope alone, or of one kommune or hospital in it.
constexpr std::array<std::string_view, 13> kCorrectable = {
    "ukp",           "ukp_over_24h",       "ukp_over_7_days", "ukp_over_10_days", "longest_ukp",
    "answered_no",   "awaiting_answer",    "answered_yes",    "answered_yes_due", "ukp_declared",
    "ukp_withdrawn", "payable_days_month", "payable_kr_month"};

}  // namespace

absl::StatusOr<std::vector<v1::DailyStatusIssued>> CountStatuses(
    const StatusQuestion& question, const std::vector<std::string>& scopes) {
  const auto tables = RegionTables::Read(*question.epoch->rows, question.date);
  if (!tables.ok()) return tables.status();
  Moments at = MomentsOf(question);
  if (tables->has_value()) at.table_us = (*tables)->at_us();
  Counting counting(at, *question.terms);
  // A deadline of a stay that ended the day before the month may be missed in it.
  const int64_t from_us =
      std::min({at.mornings.front(), report::BeginUs(at.month_from), at.since_us}) - kDayUs;
  absl::Status status = report::VisitStays({question.epoch, overgang::Scope::All(), at.now_us}, {},
                                           from_us, at.now_us + 1, [&](auto, const auto& stay) {
                                             counting.Take(stay);
                                             return true;
                                           });
  if (!status.ok()) return status;
  const StatusWriter writer(question, at, counting, *tables);
  std::vector<v1::DailyStatusIssued> statuses;
  for (const std::string& text : scopes) {
    const auto scope = Scope::Parse(text);
    if (!scope.ok()) return scope.status();
    statuses.push_back(writer.Write(*scope));
  }
  return statuses;
}

bool CanBeCorrected(const v1::StatusNumber& number) {
  const std::string_view of = number.of();
  const bool is_counted = of.empty() || of.starts_with("k:") || of.starts_with("h:");
  return is_counted && std::ranges::find(kCorrectable, number.name()) != kCorrectable.end();
}

const v1::StatusNumber* FindNumber(const v1::DailyStatusIssued& status, std::string_view name,
                                   std::string_view of) {
  for (const v1::StatusNumber& number : status.numbers()) {
    if (number.name() == name && number.of() == of) return &number;
  }
  return nullptr;
}

}  // namespace overgang::daily_status
