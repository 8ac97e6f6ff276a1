// Which cells of a region's published table are suppressed, so that nobody is told of: pure.
//
// A column is the kommuner of one region and their sum, which is shown beside them. Cells from 1 to
// below `cell_min` are small and suppressed. The sum is shown only where it gives none of them
// away, not even to one of the kommuner, which knows its own numbers, nor to who knows this rule:
// the rule therefore looks at nothing but what a shown sum tells, how many cells are suppressed and
// what they add up to. Whatever one of them is, the others must be left with more than one
// possibility each. As no number is larger than the one of the column before it, two shown sums
// tell more together: a sum is shown only where none of its suppressed cells is suppressed in an
// earlier column as well.
#pragma once

#include <cstdint>
#include <vector>

namespace overgang::report {

inline constexpr int kCellMin = 5;

struct SuppressedColumn {
  std::vector<bool> cells;
  bool sum = false;
  bool operator==(const SuppressedColumn&) const = default;
};

// `columns`: of the same kommuner, each number at most the one of the column before.
std::vector<SuppressedColumn> Suppress(const std::vector<std::vector<int32_t>>& columns,
                                       int cell_min);

}  // namespace overgang::report
