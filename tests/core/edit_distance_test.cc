#include "core/edit_distance.h"

#include "gtest/gtest.h"

namespace overgang {
namespace {

TEST(EditDistance, CountsWhatIsPutInTakenOutAndChanged) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("ward", "ward"), 0u);
  EXPECT_EQ(EditDistance("ward", "wards"), 1u);
  EXPECT_EQ(EditDistance("ward", "ard"), 1u);
  EXPECT_EQ(EditDistance("ward", "word"), 1u);
  EXPECT_EQ(EditDistance("", "ward"), 4u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace overgang
