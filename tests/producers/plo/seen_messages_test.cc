#include "producers/plo/seen_messages.h"

#include <gtest/gtest.h>

#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

class SeenMessagesTest : public ::testing::Test {
 protected:
  std::unique_ptr<SeenMessages> Open() { return SeenMessages::Open(path_, clock_).value(); }

  TestFolder folder_;
  std::string path_ = (folder_ / "seen").string();
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
};

TEST_F(SeenMessagesTest, AreRememberedAfterARestart) {
  ASSERT_TRUE(Open()->Add({{"a", "d1", ""}, {"b", "d2", std::string("\0\n bytes", 8)}}).ok());
  const auto seen = Open();
  EXPECT_EQ(seen->Find("a")->digest, "d1");
  EXPECT_EQ(seen->Find("b")->notice, std::string("\0\n bytes", 8));
  EXPECT_FALSE(seen->Find("c").has_value());
}

TEST_F(SeenMessagesTest, TheAnswerIsRememberedAndLinesFromBeforeItWasAreRead) {
  WriteAll(path_, "1 1700000000 a d1 \n");
  ASSERT_TRUE(Open()->Add({{"b", "d2", "", "1 2\nE36 Mangler navn"}}).ok());
  const auto seen = Open();
  EXPECT_EQ(seen->Find("a")->answer, "");
  EXPECT_EQ(seen->Find("b")->answer, "1 2\nE36 Mangler navn");
}

TEST_F(SeenMessagesTest, ALineThatACrashCutIsDropped) {
  ASSERT_TRUE(Open()->Add({{"a", "d1", ""}, {"b", "d2", ""}}).ok());
  const std::string whole = ReadAll(path_);
  WriteAll(path_, whole.substr(0, whole.size() - 3));
  {
    const auto seen = Open();
    EXPECT_TRUE(seen->Find("a").has_value());
    EXPECT_FALSE(seen->Find("b").has_value());
    ASSERT_TRUE(seen->Add({{"c", "d3", ""}}).ok());
  }
  const auto seen = Open();
  EXPECT_TRUE(seen->Find("a").has_value());
  EXPECT_TRUE(seen->Find("c").has_value());
}

TEST_F(SeenMessagesTest, AreForgottenAfterThirtyDays) {
  const auto seen = Open();
  ASSERT_TRUE(seen->Add({{"a", "d", ""}}).ok());
  clock_.Advance(kSeenFor - absl::Seconds(1));
  ASSERT_TRUE(seen->Add({{"b", "d", ""}}).ok());
  EXPECT_TRUE(seen->Find("a").has_value());
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(seen->Find("a").has_value());
  EXPECT_TRUE(seen->Find("b").has_value());
  EXPECT_EQ(Open()->size(), 1u);
}

TEST_F(SeenMessagesTest, TheFileDoesNotGrowForEver) {
  const auto seen = Open();
  std::vector<SeenMessage> many;
  for (int i = 0; i < 6'000; ++i) many.push_back({std::to_string(i), "d", ""});
  for (int day = 0; day < 10; ++day) {
    ASSERT_TRUE(seen->Add(many).ok());
    clock_.Advance(absl::Hours(24));
  }
  EXPECT_LT(ReadAll(path_).size(), size_t{6'000} * 30 * 3);
  ASSERT_TRUE(seen->Add({{"last", "d", ""}}).ok());
  EXPECT_TRUE(Open()->Find("last").has_value());
  EXPECT_TRUE(Open()->Find("5999").has_value());
}

TEST_F(SeenMessagesTest, NeitherMemoryNorFileGrowWithTheTimeThatItRuns) {
  const auto seen = Open();
  constexpr int kPerDay = 1'000;
  size_t file_max = 0;
  for (int day = 0; day < 60; ++day) {
    std::vector<SeenMessage> messages;
    for (int i = 0; i < kPerDay; ++i)
      messages.push_back({std::to_string(100'000 + day * kPerDay + i), "d", ""});
    ASSERT_TRUE(seen->Add(messages).ok());
    EXPECT_LE(seen->size(), size_t{31} * kPerDay);
    file_max = std::max(file_max, ReadAll(path_).size());
    clock_.Advance(absl::Hours(24));
  }
  const size_t line = std::string("2 1700000000 100000 d  \n").size();
  EXPECT_LE(file_max, (2 * 31 + 1) * kPerDay * line);
  EXPECT_TRUE(seen->Find("159999").has_value());
  EXPECT_EQ(Open()->size(), seen->size() - kPerDay);  // The oldest day has just passed.
}

TEST_F(SeenMessagesTest, AFileThatIsNotOursStopsLoudly) {
  WriteAll(path_, "hello\n");
  EXPECT_EQ(SeenMessages::Open(path_, clock_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(SeenMessages::Open((folder_ / "no/such/folder").string(), clock_).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang::plo
