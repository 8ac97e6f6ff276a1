// Records of the log, decoded for the fold. Runs on the reader thread; pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/event_log.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/pathway/held_fact.h"

namespace overgang::projections {

// A record that is no fact the fold can use.
struct Unreadable {
  std::string key;
  std::string why;
};

struct DecodedRecord {
  TopicPartition partition;
  int64_t offset = 0;
  int64_t appended_us = 0;
  // A pathway fact; another fact; or what cannot be used. Monostate: counts for its source only.
  std::variant<std::monostate, FactPtr, std::unique_ptr<v1::Envelope>, Unreadable> content;
  std::unique_ptr<v1::Envelope>
      intake;  // The whole envelope of a pathway fact that came by intake: its key was used.
};

// First and last record of a partition within a batch, to know the log again by.
struct PartitionMark {
  int64_t first_offset = -1;
  int64_t last_offset = -1;
  std::string first_digest;
  std::string last_digest;
};

// Of one source; its newest times as rows::Source has them.
struct SourceCounts {
  int64_t facts = 0;
  int64_t last_us = 0;
  int64_t reported_us = 0;
  std::map<std::string, int64_t> stays_us;
};

struct DecodedBatch {
  std::vector<DecodedRecord> records;
  std::map<std::string, SourceCounts> sources;
  std::map<size_t, PartitionMark> marks;  // By TopicPartition::Index().
  int64_t newest_us = 0;
  bool at_end = false;
};

// Records at or beyond `until` (by partition) are left out; pass nullptr for no limit.
DecodedBatch Decode(const RecordBatch& batch, const Offsets* until = nullptr);

std::string RecordDigest(const LogRecord& record);

}  // namespace overgang::projections
