#include "adapters/log/memory_log.h"

#include "core/clock.h"
#include "tests/adapters/event_log_contract.h"

namespace overgang {
namespace {

class MemoryHarness final : public LogHarness {
 public:
  std::unique_ptr<EventLog> Open() override { return std::make_unique<MemoryLog>(clock_); }

 private:
  SystemClock clock_;
};

INSTANTIATE_TEST_SUITE_P(Memory, EventLogContract,
                         ::testing::Values([]() -> std::unique_ptr<LogHarness> {
                           return std::make_unique<MemoryHarness>();
                         }));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DurableLogContract);  // It forgets, by nature.

class MemoryLogTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<LogPosition>> Append(std::string value) {
    return AppendAndWait(log_, {Record("p", std::move(value))});
  }
  size_t Held() {
    auto reader = log_.NewReader(log_.Ends()->first, {}, {});
    return (*reader)->Poll(absl::ZeroDuration())->records.size();
  }
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  MemoryLog log_{clock_};
};

TEST_F(MemoryLogTest, FailedAppendsAreNotWritten) {
  log_.FailNextAppends(2, absl::UnavailableError("disk"));
  EXPECT_EQ(Append("a").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Append("b").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Append("c").ok());
  EXPECT_EQ(Held(), 1u);
}

TEST_F(MemoryLogTest, ALostAcknowledgementLeavesTheRecord) {
  log_.DropAcknowledgement();
  EXPECT_EQ(Append("a").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Held(), 1u);
  EXPECT_TRUE(Append("b").ok());
}

TEST_F(MemoryLogTest, FailedPollsLoseNothing) {
  ASSERT_TRUE(Append("a").ok());
  log_.FailNextPolls(1, absl::UnavailableError("net"));
  auto reader = log_.NewReader({}, {}, {});
  EXPECT_EQ((*reader)->Poll(absl::ZeroDuration()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*reader)->Poll(absl::ZeroDuration())->records.size(), 1u);
}

TEST_F(MemoryLogTest, AHeldAppendIsNeitherWrittenNorDone) {
  log_.Hold(true);
  std::promise<bool> done;
  auto was_done = done.get_future();
  log_.Append({Record("p", "v")}, [&](auto result) { done.set_value(result.ok()); });
  EXPECT_EQ(was_done.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
  EXPECT_EQ(Held(), 0u);
  log_.Hold(false);
  EXPECT_TRUE(was_done.get());
}

TEST_F(MemoryLogTest, RefusesMoreThanItsBoundOfOutstandingBytes) {
  log_.Hold(true);
  std::atomic<int> refused = 0, written = 0;
  const std::string big(kRecordBytesMax - 1, 'x');
  const int fits = static_cast<int>(kAppendBytesOutstandingMax / kRecordBytesMax);
  for (int i = 0; i < fits + 3; ++i) {
    log_.Append({Record("p", big)}, [&](auto result) {
      ++(result.ok() ? written : refused);
      EXPECT_TRUE(result.ok() || absl::IsResourceExhausted(result.status())) << result.status();
    });
  }
  log_.Hold(false);
  ASSERT_TRUE(Append("after").ok());
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(written, fits);
}

TEST_F(MemoryLogTest, ATrimmedOffsetIsDataLoss) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append("v").ok());
  const TopicPartition where{Topic::kPathway, PartitionForKey(Topic::kPathway, "p")};
  log_.Trim(where, 2);
  auto reader = log_.NewReader({}, {}, {});
  EXPECT_EQ((*reader)->Poll(absl::ZeroDuration()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(log_.Ends()->first[where.Index()], 2);
  EXPECT_EQ(Held(), 1u);
}

TEST_F(MemoryLogTest, AClockSetBackDoesNotSetAppendedAtBack) {
  ASSERT_TRUE(Append("a").ok());
  clock_.Advance(-absl::Hours(1));
  ASSERT_TRUE(Append("b").ok());
  auto reader = log_.NewReader({}, {}, {});
  auto batch = (*reader)->Poll(absl::ZeroDuration());
  ASSERT_EQ(batch->records.size(), 2u);
  EXPECT_EQ(batch->records[0].appended_at, batch->records[1].appended_at);
}

TEST_F(MemoryLogTest, SaysTheHealthThatItWasTold) {
  log_.SetHealth(absl::UnavailableError("broker gone"));
  EXPECT_EQ(log_.Health().code(), absl::StatusCode::kUnavailable);
  log_.SetHealth(absl::OkStatus());
  EXPECT_TRUE(log_.Health().ok());
}

}  // namespace
}  // namespace overgang
