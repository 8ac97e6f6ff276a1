// Civil time in Europe/Oslo, by Abseil's time zones; the only place that knows the zone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace overgang {

absl::TimeZone Oslo();

struct ResolvedLocalTime {
  absl::Time time;
  bool ambiguous =
      false;  // In the hour that comes twice in autumn; `time` is the first of the two.
};
// A local time that does not exist (spring) becomes the instant that many minutes after the change.
ResolvedLocalTime FromOslo(absl::CivilSecond local);

absl::CivilDay OsloDate(absl::Time time);
absl::Time OsloNoon(absl::CivilDay day);
// "YYYY-MM-DD"; INVALID_ARGUMENT says what was expected.
absl::StatusOr<absl::CivilDay> ParseDate(std::string_view text);

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);

// The same of microseconds since 1970 UTC, which is how rows and folds hold instants.
absl::CivilDay OsloDateOfUs(int64_t us);
google::protobuf::Timestamp ProtoOfUs(int64_t us);
inline int64_t UsOfProto(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1000;
}

}  // namespace overgang
