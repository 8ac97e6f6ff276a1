// What the fold tells of its clusters beside their stays.
#include "projections/pathway/pathway_fold.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/store/memory_store.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

TEST(PathwayFoldTest, ALargeClusterIsToldOfEachTimeThatItDoubled) {
  MemoryStore store;
  PathwayFold fold(store);
  size_t folded = 0;
  const auto grow_to = [&](size_t facts) {
    for (; folded < facts; ++folded) {
      const v1::Envelope fact = Admitted("a" + std::to_string(folded), 1, "V1", 0);
      EXPECT_TRUE(fold.Apply(*Hold(fact, fact.SerializeAsString(), 1)).ok());
    }
    WriteSet writes;
    return fold.EndEpoch(&writes).large;
  };
  EXPECT_TRUE(grow_to(kLargeClusterFacts - 1).empty());
  std::vector<bool> doubled;
  for (const size_t more : {0, 1, 4'000, 4'001}) {
    const auto large = grow_to(kLargeClusterFacts + more);
    ASSERT_EQ(large.size(), 1u);
    EXPECT_EQ(large[0].facts, kLargeClusterFacts + more);
    EXPECT_EQ(large[0].references, 1u);
    doubled.push_back(large[0].doubled);
  }
  EXPECT_EQ(doubled, (std::vector<bool>{true, false, true, false}));
}

}  // namespace
}  // namespace overgang::projections
