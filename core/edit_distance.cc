#include "core/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace overgang {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string Nearest(std::string_view written, std::span<const std::string> known) {
  const auto best = std::ranges::min_element(
      known, {}, [&](const std::string& name) { return EditDistance(written, name); });
  return best == known.end() ? "" : *best;
}

}  // namespace overgang
