#include "producers/hl7v2/hl7_time.h"

#include <array>
#include <cstdlib>

#include "core/oslo_time.h"

namespace overgang::hl7v2 {
namespace {

constexpr int kYearMin = 1850;
constexpr int kYearMax = 2200;
constexpr int kOffsetHoursMax = 14;

bool TakeDigits(std::string_view& text, size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool TakeOffset(std::string_view& text, StatedTime& time) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return true;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!TakeDigits(text, 2, hours) || !TakeDigits(text, 2, minutes)) return false;
  if (hours > kOffsetHoursMax || minutes > 59) return false;
  time.offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

bool TakeFraction(std::string_view& text, StatedTime& time) {
  if (text.empty() || text.front() != '.') return true;
  text.remove_prefix(1);
  absl::Duration unit = absl::Seconds(1);
  size_t digits = 0;
  for (; digits < 9 && !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    unit /= 10;
    time.fraction += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return digits > 0;
}

}  // namespace

std::optional<StatedTime> ReadTime(std::string_view text) {
  StatedTime time;
  std::array<int, 6> parts = {0, 1, 1, 0, 0, 0};  // Year, month, day, hour, minute, second.
  static constexpr Grain kGrains[] = {Grain::kYear,   Grain::kMonth,  Grain::kDay,
                                      Grain::kMinute, Grain::kMinute, Grain::kSecond};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && (text.empty() || text.front() < '0' || text.front() > '9')) break;
    if (!TakeDigits(text, i == 0 ? 4 : 2, parts[i])) return std::nullopt;
    time.grain = kGrains[i];
  }
  if (time.grain == Grain::kSecond && !TakeFraction(text, time)) return std::nullopt;
  if (!TakeOffset(text, time) || !text.empty()) return std::nullopt;
  if (parts[0] < kYearMin || parts[0] > kYearMax) return std::nullopt;
  time.local = absl::CivilSecond(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
  // CivilSecond carries over what does not exist (31 April, 24:00): not a time then.
  if (time.local.month() != parts[1] || time.local.day() != parts[2] ||
      time.local.hour() != parts[3] || time.local.minute() != parts[4] ||
      time.local.second() != parts[5]) {
    return std::nullopt;
  }
  return time;
}

ResolvedTime Resolve(const StatedTime& stated, const ResolvedTime* message_time) {
  if (stated.grain <= Grain::kDay)
    return {OsloNoon(absl::CivilDay(stated.local)), v1::PRECISION_DAY, false};
  const v1::Precision precision =
      stated.grain == Grain::kMinute ? v1::PRECISION_MINUTE : v1::PRECISION_SECOND;
  if (stated.offset_minutes) {
    const absl::Time utc = absl::FromCivil(stated.local, absl::UTCTimeZone());
    return {utc - absl::Minutes(*stated.offset_minutes) + stated.fraction, precision, false};
  }
  const ResolvedLocalTime local = FromOslo(stated.local);
  ResolvedTime resolved{local.time + stated.fraction, precision, local.ambiguous};
  if (!local.ambiguous || message_time == nullptr || message_time->ambiguous) return resolved;
  if (message_time->precision == v1::PRECISION_DAY) return resolved;
  const bool told = FromOslo(absl::ToCivilSecond(message_time->time, Oslo())).ambiguous &&
                    absl::AbsDuration(message_time->time - resolved.time) < absl::Hours(2);
  if (!told) return resolved;
  resolved.ambiguous = false;
  const absl::Time second = resolved.time + absl::Hours(1);
  if (second <= message_time->time) resolved.time = second;
  return resolved;
}

}  // namespace overgang::hl7v2
