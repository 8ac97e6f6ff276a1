#include "consumers/report/small_cells.h"

#include <cstddef>
#include <utility>

namespace overgang::report {
namespace {

// Whether the sum of `count` small cells, `sum`, leaves each of them open when one more is known.
bool LeavesOpen(int64_t count, int64_t sum, int64_t largest) {
  if (count == 0) return true;
  const int64_t others = count - 1;
  // Whatever the known one is, the others are neither all 1 nor all the largest; and not one alone.
  return others > 1 && sum - largest > others && sum - 1 < others * largest;
}

}  // namespace

std::vector<SuppressedColumn> Suppress(const std::vector<std::vector<int32_t>>& columns,
                                       int cell_min) {
  std::vector<SuppressedColumn> suppressed;
  std::vector<bool> before(columns.empty() ? 0 : columns.front().size(), false);
  for (const std::vector<int32_t>& cells : columns) {
    SuppressedColumn column;
    int64_t count = 0;
    int64_t sum = 0;
    for (size_t row = 0; row < cells.size(); ++row) {
      const bool small = cells[row] >= 1 && cells[row] < cell_min;
      column.cells.push_back(small);
      if (!small) continue;
      ++count;
      sum += cells[row];
      column.sum |= before[row];
      before[row] = true;
    }
    column.sum |= !LeavesOpen(count, sum, cell_min - 1);
    suppressed.push_back(std::move(column));
  }
  return suppressed;
}

}  // namespace overgang::report
