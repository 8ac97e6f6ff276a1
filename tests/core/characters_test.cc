// What counts as one character.
#include "core/characters.h"

#include <gtest/gtest.h>

namespace overgang {
namespace {

TEST(Characters, CountsWhatIsWrittenAndNotItsBytes) {
  EXPECT_EQ(Characters(""), 0U);
  EXPECT_EQ(Characters("kort"), 4U);
  EXPECT_EQ(Characters("blåbærsyltetøy"), 14U);
  EXPECT_EQ(Characters("–"), 1U) << "three bytes";
  EXPECT_EQ(Characters("🛏"), 1U) << "four bytes, and two units of UTF-16";
}

TEST(Characters, TextThatIsNoUtf8IsNotShorterThanItLooks) {
  EXPECT_EQ(Characters("bl\xe5"), 3U) << "Latin-1";
  EXPECT_EQ(Characters("\xc3"), 1U) << "cut off";
}

}  // namespace
}  // namespace overgang
