// The values that stand in columns: times, dates and the words of small lists. Pure, any thread.
// Nothing where the text is none; the caller names the place.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "overgang/v1/types.pb.h"

namespace overgang::importer {

struct FileTime {
  absl::Time time;
  v1::Precision precision = v1::PRECISION_UNSPECIFIED;
  bool ambiguous = false;  // In the hour that comes twice; `time` is the first of the two.
};

// "2025-03-01 14:05", "2025-03-01T14:05:59" in Oslo, or only "2025-03-01": its noon, by the day.
std::optional<FileTime> ReadTime(std::string_view text);
// "2025-03-01".
std::optional<absl::CivilDay> ReadDate(std::string_view text);

}  // namespace overgang::importer
