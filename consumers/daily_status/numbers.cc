#include "consumers/daily_status/numbers.h"

namespace overgang::daily_status {

std::span<const std::string_view> NumberNames() {
  static constexpr std::string_view kNames[] = {"inpatients",
                                                "ukp",
                                                "ukp_over_24h",
                                                "ukp_over_7_days",
                                                "ukp_over_10_days",
                                                "longest_ukp",
                                                "awaiting_answer",
                                                "awaiting_answer_not_notified",
                                                "awaiting_answer_longest",
                                                "answered_no",
                                                "answered_yes",
                                                "answered_yes_due",
                                                "answered_yes_longest",
                                                "new_to_kommune",
                                                "corridor",
                                                "expected_discharges",
                                                "expected_overdue",
                                                "window",
                                                "admitted",
                                                "discharges",
                                                "discharges_ukp",
                                                "ukp_declared",
                                                "ukp_withdrawn",
                                                "payable_days_month",
                                                "payable_kr_month",
                                                "payable_days_so_far",
                                                "deadlines_missed",
                                                "deadlines_missed_month",
                                                "places",
                                                "free_places",
                                                "free_places_over_24h",
                                                "free_for",
                                                "free_places_later",
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
                                                "emergency_longest_wait",
                                                "ukp_morning",
                                                "ukp_mean_28_days",
                                                "ukp_mean_same_weekday",
                                                "ukp_before",
                                                "ukp_change",
                                                "region_ukp",
                                                "region_ukp_over_24h",
                                                "region_ukp_over_7_days",
                                                "region_inpatients",
                                                "region_own_ukp",
                                                "region_own_ukp_over_24h",
                                                "region_own_ukp_over_7_days",
                                                "region_own_inpatients",
                                                "region_population_share"};
  return kNames;
}

std::string KommunePart(std::string_view kommune) { return "k:" + std::string(kommune); }
std::string HospitalPart(std::string_view hospital) { return "h:" + std::string(hospital); }
std::string WardPart(std::string_view ward) { return "w:" + std::string(ward); }

v1::StatusNumber& Numbers::Add(std::string_view name, double value, std::string_view unit) {
  v1::StatusNumber& number = *status_.add_numbers();
  number.set_name(std::string(name));
  number.set_value(value);
  number.set_unit(std::string(unit));
  number.set_of(of_);
  return number;
}

v1::StatusNumber& Numbers::Unknown(std::string_view name, std::string_view unit) {
  v1::StatusNumber& number = Add(name, 0, unit);
  number.set_unknown(true);
  return number;
}

v1::StatusNumber& Numbers::Suppressed(std::string_view name, std::string_view unit) {
  v1::StatusNumber& number = Add(name, 0, unit);
  number.set_suppressed(true);
  return number;
}

v1::StatusNumber& Numbers::Hours(std::string_view name, int64_t us) {
  constexpr int64_t kMinuteUs = int64_t{60} * 1'000'000;
  const int64_t minutes = us / kMinuteUs;
  return Add(name, static_cast<double>(minutes) / 60, "hours");
}

}  // namespace overgang::daily_status
