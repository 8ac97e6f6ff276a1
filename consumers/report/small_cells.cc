#include "consumers/report/small_cells.h"

#include <algorithm>
#include <numeric>

namespace overgang::report {

SuppressedColumn Suppress(const std::vector<int32_t>& cells, int cell_min) {
  const auto is_small = [&](int64_t number) { return number >= 1 && number < cell_min; };
  const int64_t sum = std::accumulate(cells.begin(), cells.end(), int64_t{0});
  SuppressedColumn column{std::vector<bool>(cells.size(), false), is_small(sum)};
  int64_t suppressed = 0;
  int64_t number = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    column.cells[i] = is_small(cells[i]);
    if (!column.cells[i]) continue;
    suppressed += cells[i];
    ++number;
  }
  const bool given_away =
      number == 1 || suppressed == number || suppressed == number * (cell_min - 1);
  if (number == 0 || column.sum || !given_away) return column;
  int32_t smallest = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] == 0 || column.cells[i]) continue;
    if (smallest == 0 || cells[i] < smallest) smallest = cells[i];
  }
  if (smallest == 0) {
    column.sum = true;
    return column;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] == smallest) column.cells[i] = true;
  }
  return column;
}

}  // namespace overgang::report
