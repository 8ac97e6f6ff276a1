// What tests of logs share: opening one again and again, reading it into copies, and the fixture of
// the contract.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "core/event_log.h"
#include "gtest/gtest.h"

namespace overgang {

// Opens one log, again and again the same one.
class LogHarness {
 public:
  virtual ~LogHarness() = default;
  virtual std::unique_ptr<EventLog> Open() = 0;
};
using MakeHarness = std::unique_ptr<LogHarness> (*)();

// A record as read, with bytes of its own.
struct ReadBack {
  TopicPartition partition;
  int64_t offset = 0;
  absl::Time appended_at;
  std::string key, value;
  std::vector<Header> headers;
};

inline constexpr absl::Duration kPatience =
    absl::Seconds(30);  // A test that waits this long has failed.

inline std::vector<ReadBack> Copy(const RecordBatch& batch) {
  std::vector<ReadBack> copies;
  for (const LogRecord& record : batch.records) {
    ReadBack copy{record.partition,          record.offset,
                  record.appended_at,        std::string(record.key),
                  std::string(record.value), {}};
    for (const auto& [name, value] : record.headers) copy.headers.emplace_back(name, value);
    copies.push_back(std::move(copy));
  }
  return copies;
}

// Reads until at least `count` records came and the end is reached.
inline std::vector<ReadBack> ReadCount(LogReader& reader, size_t count) {
  std::vector<ReadBack> all;
  const absl::Time deadline = absl::Now() + kPatience;
  bool at_end = false;
  while ((all.size() < count || !at_end) && absl::Now() < deadline) {
    auto batch = reader.Poll(absl::Milliseconds(200));
    if (!batch.ok()) {
      ADD_FAILURE() << batch.status();
      return all;
    }
    at_end = batch->at_end;
    for (ReadBack& record : Copy(*batch)) all.push_back(std::move(record));
  }
  EXPECT_GE(all.size(), count);
  EXPECT_TRUE(at_end);
  return all;
}

inline NewRecord Record(std::string key, std::string value, Topic topic = Topic::kPathway) {
  return {topic, std::move(key), std::move(value), {}};
}

class EventLogContract : public ::testing::TestWithParam<MakeHarness> {
 protected:
  void SetUp() override {
    harness_ = GetParam()();
    Reopen();
  }
  void Reopen() {
    log_.reset();
    log_ = harness_->Open();
    ASSERT_NE(log_, nullptr);
    auto ends = log_->Ends();
    ASSERT_TRUE(ends.ok()) << ends.status();
    start_ = ends->next;
  }
  std::vector<LogPosition> Append(std::vector<NewRecord> records) {
    auto positions = AppendAndWait(*log_, std::move(records));
    EXPECT_TRUE(positions.ok()) << positions.status();
    return positions.value_or(std::vector<LogPosition>());
  }
  std::unique_ptr<LogReader> Reader(std::vector<TopicPartition> partitions = {},
                                    ReadOptions options = {}) {
    auto reader = log_->NewReader(start_, partitions, options);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  std::unique_ptr<LogHarness> harness_;
  std::unique_ptr<EventLog> log_;
  Offsets start_{};
};

class DurableLogContract : public EventLogContract {};

}  // namespace overgang
