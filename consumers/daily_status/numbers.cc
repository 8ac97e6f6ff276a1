#include "consumers/daily_status/numbers.h"

namespace overgang::daily_status {

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
  return Add(name, static_cast<double>(us / kMinuteUs) / 60, "hours");
}

}  // namespace overgang::daily_status
