#include "core/sealer.h"

#include <gtest/gtest.h>

namespace overgang {
namespace {

const std::string kKey(32, 'a');

TEST(Sealer, OpensWhatItSealed) {
  const Sealer sealer = Sealer::Create(kKey).value();
  for (const std::string& plain :
       {std::string(), std::string("MSH|^~\\&|"), std::string(900'000, 'x')}) {
    const std::string sealed = sealer.Seal(plain, "original-1");
    EXPECT_EQ(sealed.size(), plain.size() + 28);
    EXPECT_EQ(sealer.Open(sealed, "original-1").value(), plain);
  }
}

TEST(Sealer, TheSameTextIsNeverSealedTheSameTwice) {
  const Sealer sealer = Sealer::Create(kKey).value();
  EXPECT_NE(sealer.Seal("text", "id"), sealer.Seal("text", "id"));
}

TEST(Sealer, EveryChangedByteIsFound) {
  const Sealer sealer = Sealer::Create(kKey).value();
  const std::string sealed = sealer.Seal("a short original", "id");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(sealer.Open(changed, "id").status().code(), absl::StatusCode::kDataLoss) << i;
  }
  EXPECT_EQ(sealer.Open(sealed, "other id").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(sealer.Open("short", "id").status().code(), absl::StatusCode::kDataLoss);
}

TEST(Sealer, AnotherKeyOpensNothingAndHasAnotherId) {
  const Sealer sealer = Sealer::Create(kKey).value();
  const Sealer other = Sealer::Create(std::string(32, 'b')).value();
  EXPECT_FALSE(other.Open(sealer.Seal("text", "id"), "id").ok());
  EXPECT_NE(sealer.KeyId(), other.KeyId());
  EXPECT_EQ(sealer.KeyId(), Sealer::Create(kKey)->KeyId());
}

TEST(Sealer, RefusesKeysOfOtherSizes) {
  EXPECT_FALSE(Sealer::Create(std::string(31, 'a')).ok());
  EXPECT_FALSE(Sealer::Create(std::string(33, 'a')).ok());
}

}  // namespace
}  // namespace overgang
