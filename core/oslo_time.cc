#include "core/oslo_time.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace overgang {

absl::TimeZone Oslo() {
  static const absl::TimeZone zone = [] {
    absl::TimeZone loaded;
    // Without the zone's data no day count is right: stop at once rather than count in UTC.
    if (!absl::LoadTimeZone("Europe/Oslo", &loaded)) {
      std::fputs("overgang: time zone Europe/Oslo is missing; install the package tzdata\n",
                 stderr);
      std::abort();
    }
    return loaded;
  }();
  return zone;
}

ResolvedLocalTime FromOslo(absl::CivilSecond local) {
  const absl::TimeZone::TimeInfo info = Oslo().At(local);
  return {info.pre, info.kind == absl::TimeZone::TimeInfo::REPEATED};
}

absl::CivilDay OsloDate(absl::Time time) { return absl::ToCivilDay(time, Oslo()); }

absl::Time OsloNoon(absl::CivilDay day) {
  return absl::FromCivil(absl::CivilSecond(day.year(), day.month(), day.day(), 12), Oslo());
}

absl::StatusOr<absl::CivilDay> ParseDate(std::string_view text) {
  absl::CivilDay day;
  if (text.size() != 10 ||
      !absl::ParseCivilTime(absl::string_view(text.data(), text.size()), &day)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "date", "this is not a date",
                      "write it as YYYY-MM-DD");
  }
  return day;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

absl::CivilDay OsloDateOfUs(int64_t us) { return OsloDate(absl::FromUnixMicros(us)); }

google::protobuf::Timestamp ProtoOfUs(int64_t us) { return ToProto(absl::FromUnixMicros(us)); }

}  // namespace overgang
