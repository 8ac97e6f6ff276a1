// EventLog: the port to the log that holds every fact. Three implementations pass one contract
// suite (tests/adapters/event_log_contract.h): in-memory fake, embedded (RocksDB), Kafka
// (librdkafka).
//
// Promise: `done(OK)` of Append means durable (embedded: fsynced; Kafka: acks=all). Records of one
// key keep the order of their Append calls. Offsets per partition start at 0 and only grow; a
// reader sees durable records only, each once, in offset order per partition. On failure nothing, a
// part or everything of a batch may be in the log (Kafka: each record by itself): the caller
// repeats the whole batch, and folds ignore repeats by event_id. Threads: all methods of EventLog
// are thread-safe; a LogReader belongs to one thread, Interrupt excepted. Errors: UNAVAILABLE (log
// not reachable, disk full: keep the message and repeat), DATA_LOSS (offset missing, corrupt
// record: stop loudly), FAILED_PRECONDITION (wrong cluster or wrong topic settings: an operator
// must act), RESOURCE_EXHAUSTED (kAppendBytesOutstandingMax reached: repeat later),
// INVALID_ARGUMENT (record too large).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/topics.h"

namespace overgang {

inline constexpr size_t kRecordBytesMax =
    900 << 10;  // Under Kafka's default message.max.bytes (1 MiB).
inline constexpr size_t kAppendBytesOutstandingMax =
    size_t{256} << 20;  // Appended and not yet durable, per log.

using Header = std::pair<std::string, std::string>;

struct NewRecord {
  Topic topic = Topic::kPathway;
  std::string key;  // Decides the partition.
  std::string value;
  std::vector<Header> headers;
};

struct LogPosition {
  TopicPartition partition;
  int64_t offset = 0;
};

// Offsets of all partitions, by TopicPartition::Index().
using Offsets = std::array<int64_t, kPartitionCount>;

// A record as read. The views live as long as the RecordBatch they came in.
struct LogRecord {
  TopicPartition partition;
  int64_t offset = 0;
  absl::Time appended_at;  // The log's clock; never decreases within a partition.
  std::string_view key;
  std::string_view value;
  std::vector<std::pair<std::string_view, std::string_view>>
      headers;  // Only with ReadOptions::headers.
};

struct RecordBatch {
  std::vector<LogRecord> records;
  std::shared_ptr<void> keep_alive;  // Owns what the records point into.
  // All partitions were read to the end that they had when this batch was fetched.
  bool at_end = false;
};

struct ReadOptions {
  bool headers = false;
  size_t records_max = 10'000;  // Of one Poll.
  size_t bytes_max = 8 << 20;   // Of one Poll, values and keys; one record may exceed it.
  // Of one partition, what a log that is elsewhere (Kafka) sends before it is asked for.
  size_t ahead_bytes_max = size_t{64} << 20;
};

class LogReader {
 public:
  virtual ~LogReader() = default;
  // Waits at most `wait` for the first record. An empty batch is no error.
  [[nodiscard]] virtual absl::StatusOr<RecordBatch> Poll(absl::Duration wait) = 0;
  // Makes a waiting or the next Poll return at once. Any thread.
  virtual void Interrupt() = 0;
};

struct LogEnds {
  Offsets first{};  // Oldest offset still held.
  Offsets next{};   // Offset that the next durable record gets.
};

// Called exactly once, on a thread of the log: be brief, never block. Positions are in the order of
// the records.
using AppendDone = std::function<void(absl::StatusOr<std::vector<LogPosition>>)>;

class EventLog {
 public:
  virtual ~EventLog() = default;
  virtual void Append(std::vector<NewRecord> records, AppendDone done) = 0;
  // A reader of `partitions` (all where empty) from the given offsets on. OUT_OF_RANGE becomes
  // DATA_LOSS at Poll.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<LogReader>> NewReader(
      const Offsets& from, const std::vector<TopicPartition>& partitions,
      const ReadOptions& options) = 0;
  [[nodiscard]] virtual absl::StatusOr<LogEnds> Ends() = 0;
  // OK where appends are expected to succeed now; else why not, in words for /readyz. Cheap.
  [[nodiscard]] virtual absl::Status Health() = 0;
  // Names the physical log: Kafka's cluster id, an id written when an embedded log was made.
  virtual std::string ClusterId() const = 0;
};

// Appends and waits. Never call it on a thread of the log.
[[nodiscard]] absl::StatusOr<std::vector<LogPosition>> AppendAndWait(
    EventLog& log, std::vector<NewRecord> records);

}  // namespace overgang
