// The picture of a mail: who was utskrivningsklar on past mornings, as bars. The only file that
// knows cairo is picture.cc. Pure; the same input gives the same bytes with the same libraries and
// fonts. Errors: INTERNAL where cairo cannot draw.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "consumers/daily_status/figures.h"

namespace overgang::daily_status {

inline constexpr int kPictureWidth = 560;  // As shown; the picture has more pixels, for sharpness.
inline constexpr int kPictureHeight = 150;

struct TrendDay {
  absl::CivilDay date;
  std::optional<double> ukp;  // Nothing: not known.
};

// The past days, the oldest first, and today.
struct Trend {
  std::vector<TrendDay> days;
  double least() const;
  double most() const;
};
Trend TrendOf(const Figures& figures);

// As PNG. `today`: the word below the last bar.
absl::StatusOr<std::string> DrawTrend(const Trend& trend, const std::string& today);

}  // namespace overgang::daily_status
