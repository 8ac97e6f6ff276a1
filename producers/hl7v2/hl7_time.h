// HL7 times: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ], in any precision; without an offset in
// Europe/Oslo. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "overgang/v1/types.pb.h"

namespace overgang::hl7v2 {

enum class Grain : unsigned char {
  kYear,
  kMonth,
  kDay,
  kMinute,
  kSecond
};  // An hour alone counts as its first minute.

struct StatedTime {
  absl::CivilSecond local;
  absl::Duration fraction;  // Below a second.
  std::optional<int> offset_minutes;
  Grain grain = Grain::kSecond;
};

// Empty where the text is not a time.
std::optional<StatedTime> ReadTime(std::string_view text);

struct ResolvedTime {
  absl::Time time;
  v1::Precision precision = v1::PRECISION_SECOND;
  bool ambiguous = false;
};

// The instant. A day alone is its noon in Oslo. In the hour that comes twice, a time without an
// offset is the first of the two and ambiguous, unless the message's own time (MSH-7, already
// resolved) lies in that hour and tells: then it is the later one of the two that is not after the
// message.
ResolvedTime Resolve(const StatedTime& stated, const ResolvedTime* message_time);

}  // namespace overgang::hl7v2
