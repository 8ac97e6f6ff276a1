#include "core/mac.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace overgang {
namespace {

// The key is HMAC-SHA-256 of secret and purpose: here that of RFC 4231, test case 2.
TEST(MacKeyTest, SignsWithHmacSha256UnderTheKeyOfItsPurpose) {
  const MacKey key("Jefe", "what do ya want for nothing?");
  EXPECT_EQ(absl::BytesToHexString(key.Sign("x")),
            "5b2c66026a8221eef45bfd7bc8147328"
            "7416369694c38aa060c104f44863869e");
}

TEST(MacKeyTest, VerifiesWhatItSignedAndNothingElse) {
  const MacKey key("secret", "one");
  const std::string mac = key.Sign("text");
  EXPECT_TRUE(key.Verify("text", mac));
  EXPECT_FALSE(key.Verify("texT", mac));
  EXPECT_FALSE(key.Verify("text", mac.substr(0, mac.size() - 1)));
  EXPECT_FALSE(key.Verify("text", mac + "x"));
  EXPECT_FALSE(key.Verify("text", ""));
  EXPECT_FALSE(MacKey("secret", "two").Verify("text", mac));
  EXPECT_FALSE(MacKey("Secret", "one").Verify("text", mac));
}

}  // namespace
}  // namespace overgang
