// Which cells of a published column are suppressed, so that nobody is told of: pure.
//
// A column is the kommuner of one region and their sum, which is shown beside them. Cells from 1 to
// below `cell_min` are small and suppressed. What would give them away is suppressed as well: the
// smallest other cells that are not 0 (all that are equally small), or the sum where there are
// none. That is needed where one cell is suppressed, and where the suppressed ones can only be all
// 1 or all the largest small number. Which cells are suppressed depends on the numbers alone and
// not on their order: exchanging two suppressed numbers gives the same table, so it tells of
// neither.
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

SuppressedColumn Suppress(const std::vector<int32_t>& cells, int cell_min);

}  // namespace overgang::report
