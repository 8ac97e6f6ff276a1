// What is suppressed in a published column, and that nobody can compute it.
#include "consumers/report/small_cells.h"

#include <gmock/gmock.h>

#include <numeric>
#include <random>
#include <set>

namespace overgang::report {
namespace {

using ::testing::ElementsAre;

std::vector<bool> Hidden(const std::vector<int32_t>& cells, bool sum = false) {
  const SuppressedColumn column = Suppress({cells}, kCellMin).front();
  EXPECT_EQ(column.sum, sum);
  return column.cells;
}

TEST(SmallCellsTest, CellsFromOneToFourAreSuppressedAndZeroIsNot) {
  EXPECT_THAT(Hidden({0, 2, 4, 2, 5, 20}), ElementsAre(false, true, true, true, false, false));
  EXPECT_THAT(Hidden({0, 5, 20}), ElementsAre(false, false, false));
}

TEST(SmallCellsTest, OfOneOrTwoTheSumWouldGiveThemAway) {
  EXPECT_THAT(Hidden({9, 3, 0, 7}, true), ElementsAre(false, true, false, false));
  EXPECT_THAT(Hidden({2, 3, 20}, true), ElementsAre(true, true, false))
      << "either kommune knows its own number";
}

TEST(SmallCellsTest, WhereTheOthersMayBeAllOneOrAllFourTheSumIsSuppressed) {
  EXPECT_THAT(Hidden({1, 1, 1, 30}, true), ElementsAre(true, true, true, false));
  EXPECT_THAT(Hidden({4, 4, 4, 30}, true), ElementsAre(true, true, true, false));
  EXPECT_THAT(Hidden({2, 2, 2, 30}, true), ElementsAre(true, true, true, false)) << "or 4, 1, 1";
  EXPECT_THAT(Hidden({3, 2, 2, 30}), ElementsAre(true, true, true, false));
}

TEST(SmallCellsTest, ASmallSumIsSuppressed) {
  EXPECT_THAT(Hidden({1, 1, 2, 0}, true), ElementsAre(true, true, true, false));
}

TEST(SmallCellsTest, TwoSumsOverTheSameCellsAreNotBothShown) {
  const auto columns = Suppress({{3, 2, 2, 30}, {3, 2, 2, 9}}, kCellMin);
  EXPECT_FALSE(columns[0].sum);
  EXPECT_TRUE(columns[1].sum);
  const auto apart = Suppress({{9, 8, 7, 30}, {3, 2, 2, 9}}, kCellMin);
  EXPECT_FALSE(apart[0].sum);
  EXPECT_FALSE(apart[1].sum);
}

TEST(SmallCellsTest, AnEmptyRegionHasNothingToHide) {
  EXPECT_THAT(Hidden({}), ElementsAre());
  EXPECT_THAT(Hidden({0}), ElementsAre(false));
}

using Columns = std::vector<std::vector<int32_t>>;

// Somebody who knows this very rule and all numbers of one kommune or of none, and tries every
// number that each suppressed cell could have.
class Attacker {
 public:
  static constexpr size_t kKnowsNone = 1'000;

  Attacker(const Columns& truth, int cell_min, size_t known_row)
      : cell_min_(cell_min),
        published_(Suppress(truth, cell_min)),
        truth_(truth),
        guess_(truth),
        possible_(truth.size(), std::vector<std::set<int32_t>>(truth.front().size())) {
    for (size_t column = 0; column < truth.size(); ++column) {
      for (size_t row = 0; row < truth.front().size(); ++row) {
        if (published_[column].cells[row] && row != known_row) hidden_.emplace_back(column, row);
      }
    }
  }
  void Attack() { Try(0); }
  const std::vector<std::pair<size_t, size_t>>& hidden() const { return hidden_; }
  const std::set<int32_t>& PossibleOf(size_t column, size_t row) const {
    return possible_[column][row];
  }

 private:
  static int32_t SumOf(const std::vector<int32_t>& cells) {
    return std::accumulate(cells.begin(), cells.end(), 0);
  }

  void Try(size_t at) {
    if (at == hidden_.size()) return Consider();
    const auto [column, row] = hidden_[at];
    for (int32_t number = 1; number < cell_min_; ++number) {
      if (column > 0 && number > guess_[column - 1][row]) break;
      guess_[column][row] = number;
      Try(at + 1);
    }
  }
  void Consider() {
    for (size_t column = 0; column < truth_.size(); ++column) {
      if (!published_[column].sum && SumOf(guess_[column]) != SumOf(truth_[column])) return;
      for (size_t row = 0; column > 0 && row < truth_.front().size(); ++row)
        if (guess_[column][row] > guess_[column - 1][row]) return;
    }
    if (Suppress(guess_, cell_min_) != published_) return;
    for (const auto& [column, row] : hidden_) possible_[column][row].insert(guess_[column][row]);
  }

  const int cell_min_;
  const std::vector<SuppressedColumn> published_;
  const Columns truth_;
  Columns guess_;
  std::vector<std::pair<size_t, size_t>> hidden_;
  std::vector<std::vector<std::set<int32_t>>> possible_;
};

Columns RandomColumns(std::mt19937* random, int cell_min) {
  const auto below = [&](int32_t limit) {
    return std::uniform_int_distribution<int32_t>(0, limit)(*random);
  };
  Columns columns(static_cast<size_t>(1 + below(1)));
  const int rows = 1 + below(4);
  for (int row = 0; row < rows; ++row) {
    int32_t most = below(2) == 0 ? 0 : 1 + below(2 * cell_min - 1);
    for (std::vector<int32_t>& column : columns) {
      column.push_back(most);
      most = below(2) == 0 ? below(most) : most;
    }
  }
  return columns;
}

TEST(SmallCellsTest, NoSmallCellCanBeComputedByAKommuneThatKnowsTheRule) {
  std::mt19937 random(20260302);
  int attacks = 0;
  for (int round = 0; round < 20'000; ++round) {
    const int cell_min = std::uniform_int_distribution<int>(3, 5)(random);
    const Columns columns = RandomColumns(&random, cell_min);
    for (size_t known = 0; known <= columns.front().size(); ++known) {
      Attacker attacker(columns, cell_min,
                        known < columns.front().size() ? known : Attacker::kKnowsNone);
      // All numbers of more cells take too long to try.
      if (attacker.hidden().empty() || attacker.hidden().size() > 5) continue;
      ++attacks;
      attacker.Attack();
      for (const auto& [column, row] : attacker.hidden()) {
        EXPECT_GE(attacker.PossibleOf(column, row).size(), 2U)
            << ::testing::PrintToString(columns) << " column " << column << " row " << row
            << " known by " << known << ", least " << cell_min;
      }
    }
  }
  EXPECT_GT(attacks, 5'000);
}

}  // namespace
}  // namespace overgang::report
