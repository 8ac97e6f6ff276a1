// What every EventLog promises, as tests. A test program includes this once and instantiates
// EventLogContract (and DurableLogContract where closing forgets nothing) with a maker of
// harnesses.
//
// The log may hold earlier records: each test reads from the ends that it found.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "core/cursor.h"
#include "core/event_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/adapters/log_harness.h"

namespace overgang {

TEST_P(EventLogContract, ReadsBackKeyValueAndHeadersOfEveryTopic) {
  std::vector<NewRecord> records;
  for (const TopicSpec& spec : kTopics) {
    records.push_back(
        {spec.topic,
         "key of " + std::string(spec.name),
         std::string("\0\xff value", 8),
         {{"ce_type", "UkpDeclared"}, {"ce_id", ""}, {"ce_type", "a name may come twice"}}});
  }
  const auto positions = Append(records);
  ASSERT_EQ(positions.size(), records.size());
  ReadOptions options;
  options.headers = true;
  const auto read = ReadCount(*Reader({}, options), records.size());
  ASSERT_EQ(read.size(), records.size());
  std::map<Topic, ReadBack> by_topic;
  for (const ReadBack& record : read) by_topic[record.partition.topic] = record;
  for (size_t i = 0; i < records.size(); ++i) {
    const ReadBack& record = by_topic[records[i].topic];
    EXPECT_EQ(record.key, records[i].key);
    EXPECT_EQ(record.value, records[i].value);
    EXPECT_EQ(record.headers, records[i].headers);
    EXPECT_EQ(record.partition, positions[i].partition);
    EXPECT_EQ(record.offset, positions[i].offset);
  }
}

TEST_P(EventLogContract, LeavesHeadersOutUnlessAskedForThem) {
  Append({{Topic::kPathway, "p", "v", {{"ce_type", "x"}}}});
  const auto read = ReadCount(*Reader(), 1);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_TRUE(read[0].headers.empty());
}

TEST_P(EventLogContract, PlacesEveryKeyInThePartitionOfTheKey) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 200; ++i)
    records.push_back(Record("patient-" + std::to_string(i), std::to_string(i)));
  records.push_back(Record("", "an empty key"));
  const auto positions = Append(records);
  ASSERT_EQ(positions.size(), records.size());
  std::set<int32_t> used;
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(positions[i].partition.partition, PartitionForKey(Topic::kPathway, records[i].key));
    used.insert(positions[i].partition.partition);
  }
  EXPECT_EQ(used.size(), static_cast<size_t>(Spec(Topic::kPathway).partitions));
  for (const ReadBack& record : ReadCount(*Reader(), records.size())) {
    EXPECT_EQ(record.partition.partition, PartitionForKey(Topic::kPathway, record.key));
  }
}

TEST_P(EventLogContract, OffsetsGoOnFromTheEnd) {
  const TopicPartition where{Topic::kCapacity, 0};
  for (int i = 0; i < 5; ++i) {
    const auto positions =
        Append({Record("unit", "v", Topic::kCapacity), Record("other", "v", Topic::kCapacity)});
    ASSERT_EQ(positions.size(), 2u);
    EXPECT_EQ(positions[0].offset, start_[where.Index()] + 2 * i);
    EXPECT_EQ(positions[1].offset, start_[where.Index()] + 2 * i + 1);
  }
  const auto ends = log_->Ends();
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_EQ(ends->next[where.Index()], start_[where.Index()] + 10);
  EXPECT_LE(ends->first[where.Index()], start_[where.Index()]);
}

TEST_P(EventLogContract, KeepsTheOrderOfOneKey) {
  constexpr int kAppends = 1000;
  std::atomic<int> done = 0, failed = 0;
  for (int i = 0; i < kAppends; ++i) {
    log_->Append({Record("the patient", std::to_string(i))}, [&](auto result) {
      if (!result.ok()) ++failed;
      ++done;
    });
  }
  const auto read = ReadCount(*Reader(), kAppends);
  ASSERT_EQ(read.size(), static_cast<size_t>(kAppends));
  for (int i = 0; i < kAppends; ++i)
    EXPECT_EQ(read[static_cast<size_t>(i)].value, std::to_string(i));
  for (const absl::Time deadline = absl::Now() + kPatience;
       done < kAppends && absl::Now() < deadline;) {
    std::this_thread::yield();
  }
  EXPECT_EQ(done, kAppends);
  EXPECT_EQ(failed, 0);
}

TEST_P(EventLogContract, ReadingResumesAtAnyOffset) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 20; ++i)
    records.push_back(Record("hospital", std::to_string(i), Topic::kEscalation));
  const auto positions = Append(records);
  ASSERT_EQ(positions.size(), 20u);
  start_[positions[0].partition.Index()] = positions[13].offset;
  const auto read = ReadCount(*Reader({{Topic::kEscalation, 0}}), 7);
  ASSERT_EQ(read.size(), 7u);
  EXPECT_EQ(read.front().value, "13");
  EXPECT_EQ(read.back().value, "19");
}

TEST_P(EventLogContract, AnAppendWakesAWaitingReader) {
  auto reader = Reader();
  ReadCount(*reader, 0);
  auto polled = std::async(std::launch::async, [&] {
    const absl::Time began = absl::Now();
    auto batch = reader->Poll(kPatience);
    return std::make_pair(std::move(batch), absl::Now() - began);
  });
  absl::SleepFor(absl::Milliseconds(50));
  Append({Record("p", "wake up")});
  auto [batch, waited] = polled.get();
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].value, "wake up");
  EXPECT_LT(waited, kPatience / 2);
}

TEST_P(EventLogContract, InterruptEndsAWaitingPoll) {
  auto reader = Reader();
  ReadCount(*reader, 0);
  const absl::Time began = absl::Now();
  auto polled = std::async(std::launch::async, [&] { return reader->Poll(kPatience); });
  absl::SleepFor(absl::Milliseconds(50));
  reader->Interrupt();
  auto batch = polled.get();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE(batch->records.empty());
  EXPECT_LT(absl::Now() - began, kPatience / 2);
}

TEST_P(EventLogContract, InterruptBeforeAPollEndsTheNextOneOnly) {
  auto reader = Reader();
  ReadCount(*reader, 0);
  reader->Interrupt();
  const absl::Time began = absl::Now();
  ASSERT_TRUE(reader->Poll(kPatience).ok());
  EXPECT_LT(absl::Now() - began, kPatience / 2);
  const absl::Time again = absl::Now();
  ASSERT_TRUE(reader->Poll(absl::Milliseconds(60)).ok());
  EXPECT_GE(absl::Now() - again, absl::Milliseconds(50));
}

TEST_P(EventLogContract, AnEmptyBatchIsNoErrorAndIsAtTheEnd) {
  auto reader = Reader();
  EXPECT_TRUE(ReadCount(*reader, 0).empty());
  auto batch = reader->Poll(absl::ZeroDuration());
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE(batch->records.empty());
  EXPECT_TRUE(batch->at_end);
}

TEST_P(EventLogContract, AppendOfNothingIsDone) {
  EXPECT_TRUE(Append({}).empty());
  EXPECT_EQ(log_->Ends()->next, start_);
}

TEST_P(EventLogContract, TakesARecordAtTheLimitAndRefusesOneOverIt) {
  const std::string limit(kRecordBytesMax - 1, 'x');
  Append({Record("k", limit)});
  const auto refused = AppendAndWait(*log_, {Record("k", "small"), Record("kk", limit)});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();
  const auto read = ReadCount(*Reader(), 1);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].value, limit);
}

TEST_P(EventLogContract, TakesManyAppendersAtOnce) {
  constexpr int kThreads = 8, kEach = 150;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::pair<size_t, int64_t>> positions;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string text = std::to_string(t) + "/" + std::to_string(i);
        auto result =
            AppendAndWait(*log_, {Record(text, text), Record("thread " + std::to_string(t), text)});
        std::lock_guard lock(mutex);
        ASSERT_TRUE(result.ok()) << result.status();
        for (const LogPosition& at : *result) positions.emplace(at.partition.Index(), at.offset);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  constexpr size_t kRecords = size_t{2} * kThreads * kEach;
  EXPECT_EQ(positions.size(), kRecords);
  const auto read = ReadCount(*Reader(), kRecords);
  EXPECT_EQ(read.size(), kRecords);
  std::map<std::string, int> next;
  for (const ReadBack& record : read) {
    EXPECT_EQ(positions.erase({record.partition.Index(), record.offset}), 1u);
    if (!record.key.starts_with("thread ")) continue;
    EXPECT_EQ(record.value.substr(record.value.find('/') + 1), std::to_string(next[record.key]++));
  }
  EXPECT_TRUE(positions.empty());
}

TEST_P(EventLogContract, WhoeverAppendedReadsItAtOnce) {
  for (int i = 0; i < 20; ++i) {
    const auto positions = Append({Record("p" + std::to_string(i), "mine")});
    ASSERT_EQ(positions.size(), 1u);
    auto ends = log_->Ends();
    ASSERT_TRUE(ends.ok());
    EXPECT_TRUE((Cursor{"i", ends->next}.Covers(Cursor::After("i", positions))));
    start_[positions[0].partition.Index()] = positions[0].offset;
    const auto read = ReadCount(*Reader({positions[0].partition}), 1);
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].key, "p" + std::to_string(i));
  }
}

TEST_P(EventLogContract, ABatchKeepsItsBytesAfterItsReaderIsGone) {
  for (int i = 0; i < 100; ++i)
    Append({Record("p", std::string(100, static_cast<char>('a' + i % 26)))});
  auto reader = Reader();
  std::vector<RecordBatch> batches;
  size_t count = 0;
  for (const absl::Time deadline = absl::Now() + kPatience;
       count < 100 && absl::Now() < deadline;) {
    auto batch = reader->Poll(absl::Milliseconds(200));
    ASSERT_TRUE(batch.ok()) << batch.status();
    count += batch->records.size();
    batches.push_back(*std::move(batch));
  }
  reader.reset();
  int i = 0;
  for (const RecordBatch& batch : batches) {
    for (const LogRecord& record : batch.records) {
      EXPECT_EQ(record.value, std::string(100, static_cast<char>('a' + i++ % 26)));
    }
  }
  EXPECT_EQ(i, 100);
}

TEST_P(EventLogContract, OnePollKeepsItsBounds) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 100; ++i) records.push_back(Record("p", std::string(1000, 'x')));
  Append(records);
  ReadOptions few;
  few.records_max = 7;
  ReadOptions small;
  small.bytes_max = 5000;
  for (const ReadOptions& options : {few, small}) {
    auto reader = Reader({}, options);
    size_t count = 0;
    for (const absl::Time deadline = absl::Now() + kPatience;
         count < 100 && absl::Now() < deadline;) {
      auto batch = reader->Poll(absl::Milliseconds(200));
      ASSERT_TRUE(batch.ok()) << batch.status();
      EXPECT_LE(batch->records.size(), 7u);
      count += batch->records.size();
      EXPECT_TRUE(!batch->at_end || count == 100) << count;
    }
    EXPECT_EQ(count, 100u);
  }
}

TEST_P(EventLogContract, ReadsOnlyTheNamedPartitions) {
  Append({Record("p", "pathway"), Record("unit", "capacity", Topic::kCapacity),
          Record("s", "status", Topic::kStatus)});
  const auto read = ReadCount(*Reader({{Topic::kCapacity, 0}, {Topic::kStatus, 0}}), 2);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_NE(read[0].partition.topic, Topic::kPathway);
  EXPECT_NE(read[1].partition.topic, Topic::kPathway);
}

TEST_P(EventLogContract, AppendedAtNeverDecreases) {
  for (int i = 0; i < 50; ++i) Append({Record("p", std::to_string(i))});
  absl::Time newest = absl::InfinitePast();
  for (const ReadBack& record : ReadCount(*Reader(), 50)) {
    EXPECT_GE(record.appended_at, newest);
    newest = record.appended_at;
  }
  EXPECT_GT(newest, absl::UnixEpoch());
}

TEST_P(EventLogContract, AnOffsetAfterTheEndIsDataLoss) {
  Append({Record("s", "v", Topic::kStatus)});
  start_[TopicPartition{Topic::kStatus, 0}.Index()] += 1000;
  auto reader = Reader({{Topic::kStatus, 0}});
  absl::Status status;
  for (const absl::Time deadline = absl::Now() + kPatience;
       status.ok() && absl::Now() < deadline;) {
    status = reader->Poll(absl::Milliseconds(200)).status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("overgang.status.v1"));
  EXPECT_EQ(reader->Poll(absl::Milliseconds(200)).status().code(), absl::StatusCode::kDataLoss)
      << "stays lost";
}

TEST_P(EventLogContract, IsHealthyAndHasAName) {
  EXPECT_TRUE(log_->Health().ok()) << log_->Health();
  EXPECT_FALSE(log_->ClusterId().empty());
}

TEST_P(DurableLogContract, ReopeningKeepsEverything) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back({i % 3 ? Topic::kPathway : Topic::kParked,
                       "p" + std::to_string(i),
                       std::to_string(i),
                       {{"n", "v"}}});
  }
  Append(records);
  ReadOptions options;
  options.headers = true;
  const auto before = ReadCount(*Reader({}, options), records.size());
  const Offsets start = start_;
  const std::string id = log_->ClusterId();
  const auto ends = log_->Ends();
  Reopen();
  EXPECT_EQ(log_->ClusterId(), id);
  EXPECT_EQ(start_, ends->next);
  start_ = start;
  auto after = ReadCount(*Reader({}, options), records.size());
  ASSERT_EQ(after.size(), before.size());
  const auto text = [](const ReadBack& r) {
    return std::to_string(r.partition.Index()) + " " + std::to_string(r.offset) + " " + r.key +
           " " + r.value + " " + r.headers.at(0).first + absl::FormatTime(r.appended_at);
  };
  std::set<std::string> texts_before, texts_after;
  for (const ReadBack& record : before) texts_before.insert(text(record));
  for (const ReadBack& record : after) texts_after.insert(text(record));
  EXPECT_EQ(texts_before, texts_after);
  const auto positions = Append({Record("p0", "after", Topic::kParked)});
  ASSERT_EQ(positions.size(), 1u);
  EXPECT_EQ(positions[0].offset, ends->next[positions[0].partition.Index()]);
}

}  // namespace overgang
