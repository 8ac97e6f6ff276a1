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

constexpr std::array<std::string_view, 11> kOfPeriods = {
    "ukp",          "ukp_over_24h",       "ukp_over_7_days", "ukp_over_10_days",
    "answered_no",  "awaiting_answer",    "answered_yes",    "answered_yes_due",
    "ukp_declared", "payable_days_month", "ukp_withdrawn"};

constexpr std::array<std::string_view, 19> kAsSent = {"window",
                                                      "ukp_before",
                                                      "ukp_change",
                                                      "places",
                                                      "free_places",
                                                      "free_places_over_24h",
                                                      "free_places_later",
                                                      "free_for",
                                                      "free_in",
                                                      "shared_by",
                                                      "beds",
                                                      "beds_available",
                                                      "beds_occupied",
                                                      "beds_closed",
                                                      "corridor_reported",
                                                      "occupancy_percent",
                                                      "emergency_waiting",
                                                      "emergency_waiting_over_1h",
                                                      "emergency_longest_wait"};

v1::StatusNumber* FindMutable(v1::DailyStatusIssued* status, std::string_view name,
                              std::string_view of) {
  return const_cast<v1::StatusNumber*>(FindNumber(*status, name, of));
}

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

bool CallsForCorrection(const v1::StatusNumber& number) {
  return number.of().empty() && (number.unit() == "stays" || number.unit() == "days") &&
         std::ranges::find(kOfPeriods, number.name()) != kOfPeriods.end();
}

bool IsRecounted(const v1::StatusNumber& number) {
  return std::ranges::find(kAsSent, number.name()) == kAsSent.end() &&
         !number.name().starts_with("region_");
}

void Correct(const v1::DailyStatusCorrected& correction, v1::DailyStatusIssued* status) {
  for (const v1::StatusNumber& changed : correction.changed()) {
    if (v1::StatusNumber* number = FindMutable(status, changed.name(), changed.of())) {
      *number = changed;
    } else {
      *status->add_numbers() = changed;
    }
  }
  if (correction.has_as_of()) *status->mutable_as_of() = correction.as_of();
  v1::StatusNumber* change = FindMutable(status, "ukp_change", "");
  const v1::StatusNumber* ukp = FindNumber(*status, "ukp");
  const auto before = std::ranges::find(status->numbers(), "ukp_before", &v1::StatusNumber::name);
  if (change == nullptr || change->unknown() || ukp == nullptr || before == status->numbers().end())
    return;
  change->set_value(ukp->value() - before->value());
}

const v1::StatusNumber* FindNumber(const v1::DailyStatusIssued& status, std::string_view name,
                                   std::string_view of) {
  for (const v1::StatusNumber& number : status.numbers()) {
    if (number.name() == name && number.of() == of) return &number;
  }
  return nullptr;
}

}  // namespace overgang::daily_status
