#include "adapters/log/embedded_log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/clock.h"
#include "core/errors.h"
#include "tests/adapters/event_log_contract.h"
#include "tests/adapters/log/failing_file_system.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;

class EmbeddedHarness final : public LogHarness {
 public:
  std::unique_ptr<EventLog> Open() override {
    auto log = EmbeddedLog::Open(dir_.path(), clock_);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }

 private:
  SystemClock clock_;
  TempDir dir_;
};

std::unique_ptr<LogHarness> MakeEmbedded() { return std::make_unique<EmbeddedHarness>(); }
INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract, ::testing::Values(&MakeEmbedded));
INSTANTIATE_TEST_SUITE_P(Embedded, DurableLogContract, ::testing::Values(&MakeEmbedded));

class EmbeddedLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<EmbeddedLog> Open(rocksdb::Env* env = nullptr) {
    auto log = EmbeddedLog::Open(dir_ / "log", clock_, env);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  static void WaitUntilHealthy(EventLog& log) {
    for (const absl::Time deadline = absl::Now() + kPatience;
         !log.Health().ok() && absl::Now() < deadline;) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_TRUE(log.Health().ok()) << log.Health();
  }

  TempDir dir_;
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  std::shared_ptr<FailingFileSystem> files_ = std::make_shared<FailingFileSystem>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
};

TEST_F(EmbeddedLogTest, OffsetsStartAtZero) {
  auto log = Open();
  EXPECT_EQ(log->Ends()->next, Offsets{});
  EXPECT_EQ(AppendAndWait(*log, {Record("p", "v")})->at(0).offset, 0);
}

TEST_F(EmbeddedLogTest, AcknowledgesOnlyWhatIsSynced) {
  auto log = Open(env_.get());
  std::atomic<int> done = 0, unsynced = 0;
  for (int i = 0; i < 200; ++i) {
    // The writer's thread calls this, so nothing is written meanwhile.
    log->Append({Record("p", std::to_string(i))}, [&](auto result) {
      EXPECT_TRUE(result.ok()) << result.status();
      if (files_->UnsyncedLogBytes() != 0) ++unsynced;
      ++done;
    });
  }
  log.reset();
  EXPECT_EQ(done, 200);
  EXPECT_EQ(unsynced, 0);
}

TEST_F(EmbeddedLogTest, AFullDiskIsReportedAndEverythingGoesOnWhenThereIsRoom) {
  auto log = Open(env_.get());
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "kept")}).ok());
  auto reader = log->NewReader({}, {}, {});
  files_->FailWrites(true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(AppendAndWait(*log, {Record("p", "no room")}).status().code(),
              absl::StatusCode::kUnavailable);
  }
  const absl::Status health = log->Health();
  EXPECT_EQ(health.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(health.message()), HasSubstr(dir_ / "log"));
  EXPECT_THAT(std::string(health.message()), HasSubstr("disk is full"));
  EXPECT_EQ((*reader)->Poll(absl::ZeroDuration())->records.size(), 1u)
      << "what is durable can be read";
  files_->FailWrites(false);
  WaitUntilHealthy(*log);
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "again")}).ok());
  const auto read = ReadCount(**reader, 1);
  ASSERT_FALSE(read.empty());
  EXPECT_EQ(read.back().value, "again");
}

TEST_F(EmbeddedLogTest, AFailedSyncLosesNothingAcknowledged) {
  std::vector<std::string> acknowledged;
  auto log = Open(env_.get());
  auto reader = log->NewReader({}, {}, {});
  for (int i = 0; i < 60; ++i) {
    if (i % 20 == 10) files_->FailSyncs(true);
    auto result = AppendAndWait(*log, {Record("p", std::to_string(i))});
    EXPECT_EQ(result.ok(), i % 20 != 10) << result.status();
    if (result.ok()) acknowledged.push_back(std::to_string(i));
    if (result.ok()) continue;
    EXPECT_FALSE(log->Health().ok());
    files_->FailSyncs(false);
    WaitUntilHealthy(*log);
  }
  const auto check = [&](std::vector<ReadBack> read) {
    std::vector<std::string> values;
    for (const ReadBack& record : read) values.push_back(record.value);
    EXPECT_THAT(values, ::testing::IsSupersetOf(acknowledged));
  };
  check(ReadCount(**reader, acknowledged.size()));
  reader->reset();
  log.reset();
  log = Open();
  check(ReadCount(**log->NewReader({}, {}, {}), acknowledged.size()));
}

TEST_F(EmbeddedLogTest, AReadThatFailsSkipsNothingWhereverItFails) {
  constexpr size_t kRecords = 120;
  auto log = Open();
  std::vector<NewRecord> records;
  for (size_t i = 0; i < kRecords; ++i)  // Several blocks in each of many partitions.
    records.push_back(Record("p" + std::to_string(i), std::string(8 << 10, 'x')));
  ASSERT_TRUE(AppendAndWait(*log, std::move(records)).ok());
  log.reset();
  log = Open(env_.get());  // What is read now is in sorted files.
  int failed = 0;
  for (int succeed = 0; succeed < 40; ++succeed) {
    auto reader = log->NewReader({}, {}, {});
    std::set<std::pair<size_t, int64_t>> read;
    files_->FailReadsAfter(succeed);
    while (read.size() < kRecords) {
      const auto batch = (*reader)->Poll(absl::ZeroDuration());
      if (!batch.ok()) {
        ASSERT_EQ(batch.status().code(), absl::StatusCode::kUnavailable) << batch.status();
        ++failed;
        files_->HealReads();
        continue;
      }
      ASSERT_FALSE(batch->records.empty()) << "skipped after " << succeed << " reads";
      for (const LogRecord& record : batch->records)
        ASSERT_TRUE(read.emplace(record.partition.Index(), record.offset).second) << "twice";
    }
    files_->HealReads();
  }
  EXPECT_GT(failed, 10);
}

TEST_F(EmbeddedLogTest, WhatCouldNotBeWrittenDoesNotCountWhenItIsTimeToTrim) {
  auto log = Open(env_.get());
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "kept")}).ok());
  const Offsets durable = log->Ends()->next;
  clock_.Advance(2 * kEmbeddedTrimInterval);
  files_->FailWrites(true);
  ASSERT_FALSE(AppendAndWait(*log, {Record("p", "no room")}).ok());
  ASSERT_FALSE(AppendAndWait(*log, {Record("p", "once more")}).ok());  // Past the look.
  EXPECT_EQ(log->Ends()->next, durable);
  files_->FailWrites(false);
}

TEST_F(EmbeddedLogTest, AppendsThatWaitWhileTheDiskFailsAreAllDone) {
  auto log = Open(env_.get());
  std::atomic<int> done = 0;
  files_->FailWrites(true);
  for (int i = 0; i < 100; ++i) {
    log->Append({Record("p", "v")}, [&](auto result) {
      EXPECT_FALSE(result.ok());
      ++done;
    });
  }
  log.reset();
  EXPECT_EQ(done, 100);
}

TEST_F(EmbeddedLogTest, ASecondProcessIsToldWhoseFolderItIs) {
  auto log = Open();
  auto second = EmbeddedLog::Open(dir_ / "log", clock_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  EXPECT_EQ(PlaceOf(second.status()).field, dir_ / "log");
  EXPECT_THAT(PlaceOf(second.status()).remedy, HasSubstr("data_dir"));
  const pid_t child = fork();
  if (child == 0) {
    _exit(EmbeddedLog::Open(dir_ / "log", clock_).status().code() ==
                  absl::StatusCode::kFailedPrecondition
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(EmbeddedLogTest, AFolderThatCannotBeWrittenIsNamed) {
  std::ofstream(dir_ / "log") << "a file where a folder should be";
  const auto log = EmbeddedLog::Open(dir_ / "log", clock_);
  EXPECT_EQ(log.status().code(), absl::StatusCode::kUnavailable) << log.status();
  EXPECT_EQ(PlaceOf(log.status()).field, dir_ / "log");
}

// The newest of RocksDB's own log files, with what was not yet flushed into sorted files.
std::filesystem::path NewestLogFile(const std::string& dir) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
  }
  return newest;
}

TEST_F(EmbeddedLogTest, AHalfWrittenLastRecordIsForgottenAndTheRestKept) {
  auto log = Open();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(AppendAndWait(*log, {Record("p", std::string(100, 'x'))}).ok());
  log.reset();
  const auto file = NewestLogFile(dir_ / "log");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 50);
  log = Open();
  EXPECT_EQ(ReadCount(**log->NewReader({}, {}, {}), 9).size(), 9u);
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "goes on")}).ok());
}

TEST_F(EmbeddedLogTest, DamageInTheMiddleIsDataLossAndNotSkipped) {
  auto log = Open();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(AppendAndWait(*log, {Record("p", std::string(100, 'x'))}).ok());
  log.reset();
  const auto file = NewestLogFile(dir_ / "log");
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2));
  stream << "damage";
  stream.close();
  const auto damaged = EmbeddedLog::Open(dir_ / "log", clock_);
  EXPECT_EQ(damaged.status().code(), absl::StatusCode::kDataLoss) << damaged.status();
  EXPECT_EQ(PlaceOf(damaged.status()).field, dir_ / "log");
}

TEST_F(EmbeddedLogTest, AKilledProcessLosesNothingAcknowledged) {
  int acknowledged[2];
  ASSERT_EQ(pipe(acknowledged), 0);
  for (int round = 0; round < 3; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto log = EmbeddedLog::Open(dir_ / "log", clock_);
      if (!log.ok()) _exit(1);
      while (true) {
        (*log)->Append({Record("p", "v")}, [&](auto result) {
          if (result.ok()) (void)!write(acknowledged[1], &result->at(0).offset, sizeof(int64_t));
        });
        absl::SleepFor(absl::Microseconds(50));
      }
    }
    int64_t offset = -1;
    for (int i = 0; i < 200; ++i) ASSERT_EQ(read(acknowledged[0], &offset, sizeof(offset)), 8);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    // What is still in the pipe was acknowledged too.
    const int64_t end = 1LL << 40;
    ASSERT_EQ(write(acknowledged[1], &end, sizeof(end)), 8);
    for (int64_t next = 0; next != end; offset = next == end ? offset : next) {
      ASSERT_EQ(read(acknowledged[0], &next, sizeof(next)), 8);
    }
    auto log = Open();
    const size_t partition =
        TopicPartition{Topic::kPathway, PartitionForKey(Topic::kPathway, "p")}.Index();
    EXPECT_GT(log->Ends()->next[partition], offset);
    EXPECT_EQ(
        ReadCount(**log->NewReader({}, {}, {}), static_cast<size_t>(offset) + 1).front().offset, 0);
  }
  close(acknowledged[0]);
  close(acknowledged[1]);
}

TEST_F(EmbeddedLogTest, OriginalsGoAfterTheirRetentionAndOffsetsGoOn) {
  auto log = Open();
  const auto append = [&](Topic topic) {
    ASSERT_TRUE(AppendAndWait(*log, {Record("s", "v", topic)}).ok());
  };
  for (int i = 0; i < 10; ++i) append(Topic::kOriginals);
  append(Topic::kPathway);
  clock_.Advance(absl::Milliseconds(kOriginalsRetentionMs) - absl::Hours(1));
  for (int i = 0; i < 5; ++i) append(Topic::kOriginals);
  clock_.Advance(absl::Hours(2));
  append(Topic::kStatus);  // Whoever appends finds that it is time to look.
  log.reset();
  log = Open();
  const size_t originals = TopicPartition{Topic::kOriginals, 0}.Index();
  EXPECT_EQ(log->Ends()->first[originals], 10);
  EXPECT_EQ(log->Ends()->next[originals], 15);
  EXPECT_EQ((*log->NewReader({}, {{Topic::kOriginals, 0}}, {}))
                ->Poll(absl::ZeroDuration())
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadCount(**log->NewReader(log->Ends()->first, {}, {}), 7).size(), 7u)
      << "the rest is kept for ever";
  clock_.Advance(absl::Milliseconds(kOriginalsRetentionMs) * 2);
  log.reset();
  log = Open();
  append(Topic::kOriginals);
  log.reset();
  log = Open();
  EXPECT_EQ(log->Ends()->next[originals], 16);
}

TEST_F(EmbeddedLogTest, AClockSetBackDoesNotSetAppendedAtBack) {
  auto log = Open();
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "a")}).ok());
  clock_.Advance(-absl::Hours(1));
  log.reset();
  log = Open();
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "b")}).ok());
  const auto read = ReadCount(**log->NewReader({}, {}, {}), 2);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].appended_at, read[1].appended_at);
}

TEST_F(EmbeddedLogTest, ACheckpointIsAWholeLogOfItsOwn) {
  auto log = Open();
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "a")}).ok());
  ASSERT_TRUE(log->Checkpoint(dir_ / "copy").ok());
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "b")}).ok());
  auto copy = EmbeddedLog::Open(dir_ / "copy", clock_);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ((*copy)->ClusterId(), log->ClusterId());
  EXPECT_EQ(ReadCount(**(*copy)->NewReader({}, {}, {}), 1).size(), 1u);
  EXPECT_FALSE(log->Checkpoint(dir_ / "copy").ok()) << "a copy is never overwritten";
}

}  // namespace
}  // namespace overgang
