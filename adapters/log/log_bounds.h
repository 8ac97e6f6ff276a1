// What every log checks and counts in the same way: the size of records, and which partitions a
// reader reads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/errors.h"
#include "core/event_log.h"

namespace overgang {

inline size_t RecordBytes(const NewRecord& record) {
  size_t bytes = record.key.size() + record.value.size();
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.size();
  return bytes;
}

// INVALID_ARGUMENT for a record over kRecordBytesMax; `bytes` becomes the sum of all.
inline absl::Status CheckRecords(const std::vector<NewRecord>& records, size_t& bytes) {
  bytes = 0;
  for (const NewRecord& record : records) {
    const size_t size = RecordBytes(record);
    if (size > kRecordBytesMax) {
      return FieldError(absl::StatusCode::kInvalidArgument, Spec(record.topic).name,
                        "a record of " + std::to_string(size) + " bytes is over the limit of " +
                            std::to_string(kRecordBytesMax),
                        "send less in one message");
    }
    bytes += size;
  }
  return absl::OkStatus();
}

inline absl::Status TooMuchOutstanding() {
  return FieldError(
      absl::StatusCode::kResourceExhausted, "log",
      "more than " + std::to_string(kAppendBytesOutstandingMax) + " bytes wait to become durable",
      "repeat later");
}

// Which partitions a reader reads: all where none is named.
inline std::vector<TopicPartition> PartitionsToRead(const std::vector<TopicPartition>& named) {
  if (!named.empty()) return named;
  std::vector<TopicPartition> all;
  for (size_t i = 0; i < kPartitionCount; ++i) all.push_back(PartitionAt(i));
  return all;
}

}  // namespace overgang
