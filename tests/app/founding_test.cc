#include "app/founding.h"

#include "adapters/log/memory_log.h"
#include "core/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang {
namespace {

const std::string kOld(32, 'o');
const std::string kNew(32, 'n');

class FoundingTest : public ::testing::Test {
 protected:
  absl::StatusOr<Founding> Join(std::vector<std::string> pseudonym_keys,
                                const std::string& originals_key = kOld) {
    return FoundOrJoinLog(
        log_, Pseudonymizer::Create(std::move(pseudonym_keys), Environment::kTest).value(),
        Sealer::Create(originals_key).value(), clock_);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'768'456'800)};
  MemoryLog log_{clock_};
};

TEST_F(FoundingTest, AHubJoinsTheLogThatAnotherOneFounded) {
  const auto founded = Join({kOld});
  ASSERT_TRUE(founded.ok()) << founded.status();
  clock_.Advance(absl::Hours(1));
  const auto joined = Join({kOld});
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->incarnation, founded->incarnation);
  EXPECT_EQ(joined->at, clock_.Now() - absl::Hours(1)) << "when it was founded, not joined";
}

TEST_F(FoundingTest, AfterAChangeOfKeysTheFirstKeyNeedNotBeTheCurrentOne) {
  const auto founded = Join({kOld});
  ASSERT_TRUE(founded.ok()) << founded.status();
  const auto joined = Join({kNew, kOld});
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->incarnation, founded->incarnation);
}

TEST_F(FoundingTest, WithoutTheKeyOfTheLogNobodyJoins) {
  ASSERT_TRUE(Join({kOld}).ok());
  const auto pseudonym = Join({kNew});
  EXPECT_EQ(pseudonym.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(pseudonym.status()).field, "[privacy] pseudonym_key_file");
  const auto originals = Join({kOld}, kNew);
  EXPECT_EQ(originals.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(originals.status()).field, "[privacy] originals_key_file");
}

}  // namespace
}  // namespace overgang
