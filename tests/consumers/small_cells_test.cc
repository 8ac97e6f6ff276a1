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
  const SuppressedColumn column = Suppress(cells, kCellMin);
  EXPECT_EQ(column.sum, sum);
  return column.cells;
}

TEST(SmallCellsTest, CellsFromOneToFourAreSuppressedAndZeroIsNot) {
  EXPECT_THAT(Hidden({0, 1, 4, 5, 20}), ElementsAre(false, true, true, false, false));
  EXPECT_THAT(Hidden({0, 5, 20}), ElementsAre(false, false, false));
}

TEST(SmallCellsTest, OneAloneTakesTheSmallestOtherWithIt) {
  EXPECT_THAT(Hidden({9, 3, 0, 7}), ElementsAre(false, true, false, true));
  EXPECT_THAT(Hidden({7, 3, 0, 7}), ElementsAre(true, true, false, true))
      << "of two that are as small neither may be told from the other";
}

TEST(SmallCellsTest, WithoutAnotherTheSumIsSuppressed) {
  EXPECT_THAT(Hidden({0, 3, 0}, true), ElementsAre(false, true, false));
  EXPECT_THAT(Hidden({4, 0, 4}, true), ElementsAre(true, false, true)) << "8 of two is 4 and 4";
}

TEST(SmallCellsTest, TwoThatCanOnlyBeOneEachTakeAThird) {
  EXPECT_THAT(Hidden({1, 1, 30}), ElementsAre(true, true, true));
  EXPECT_THAT(Hidden({4, 4, 30}), ElementsAre(true, true, true));
  EXPECT_THAT(Hidden({2, 1, 30}), ElementsAre(true, true, false));
}

TEST(SmallCellsTest, AnEmptyRegionHasNothingToHide) {
  EXPECT_THAT(Hidden({}), ElementsAre());
  EXPECT_THAT(Hidden({0}), ElementsAre(false));
}

// Somebody who knows this very rule, and tries every number that each suppressed cell could have.
class Attacker {
 public:
  Attacker(const std::vector<int32_t>& cells, int cell_min)
      : cell_min_(cell_min),
        published_(Suppress(cells, cell_min)),
        sum_(std::accumulate(cells.begin(), cells.end(), 0)),
        guess_(cells),
        possible_(cells.size()) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (published_.cells[i]) hidden_.push_back(i);
    }
    Try(0);
  }
  // The numbers that each suppressed cell may be.
  const std::vector<size_t>& hidden() const { return hidden_; }
  const std::set<int32_t>& PossibleOf(size_t cell) const { return possible_[cell]; }

 private:
  void Try(size_t at) {
    if (at < hidden_.size()) {
      // Larger ones only add to what is possible.
      for (int32_t number = 0; number <= 3 * cell_min_; ++number) {
        guess_[hidden_[at]] = number;
        Try(at + 1);
      }
      return;
    }
    if (!published_.sum && std::accumulate(guess_.begin(), guess_.end(), 0) != sum_) return;
    if (Suppress(guess_, cell_min_) != published_) return;
    for (const size_t cell : hidden_) possible_[cell].insert(guess_[cell]);
  }

  const int cell_min_;
  const SuppressedColumn published_;
  const int32_t sum_;
  std::vector<int32_t> guess_;
  std::vector<size_t> hidden_;
  std::vector<std::set<int32_t>> possible_;
};

TEST(SmallCellsTest, NoSuppressedCellCanBeComputedEvenByWhoKnowsTheRule) {
  std::mt19937 random(20260302);
  int columns_with_hidden = 0;
  for (int round = 0; round < 20'000; ++round) {
    const int cell_min = std::uniform_int_distribution<int>(3, 5)(random);
    std::vector<int32_t> cells(std::uniform_int_distribution<size_t>(1, 5)(random));
    for (int32_t& cell : cells) {
      cell = std::uniform_int_distribution<int32_t>(0, 2)(random) == 0
                 ? 0
                 : std::uniform_int_distribution<int32_t>(1, 2 * cell_min)(random);
    }
    const SuppressedColumn column = Suppress(cells, cell_min);
    const auto hidden = std::count(column.cells.begin(), column.cells.end(), true);
    if (hidden == 0 || hidden > 3) continue;  // All numbers of four cells take too long to try.
    ++columns_with_hidden;
    const Attacker attacker(cells, cell_min);
    for (const size_t cell : attacker.hidden()) {
      EXPECT_GE(attacker.PossibleOf(cell).size(), 2U)
          << ::testing::PrintToString(cells) << " cell " << cell << ", least " << cell_min;
    }
  }
  EXPECT_GT(columns_with_hidden, 5'000);
}

}  // namespace
}  // namespace overgang::report
