// A year of one hospital, 2025, as rows: what reports and dry runs read.
#pragma once

#include <cstdint>

#include "core/state_store.h"

namespace overgang::bench {

inline constexpr int64_t kStaysAYear = 120'000;
inline constexpr char kHospital[] = "974749025";

// So many stays that ended, admitted some time of the year.
void WriteStays(StateStore& store, int64_t count);

}  // namespace overgang::bench
