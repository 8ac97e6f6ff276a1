// Reading the embedded log: one reader's position in every partition and its open iterators.
//
// Threads: Fetch and ReleaseIterators are called by one thread at a time (embedded_log.cc sees to
// it).
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "adapters/log/embedded_db.h"
#include "core/event_log.h"

namespace overgang {

// Owns the bytes of one batch: few big allocations, none per record.
class BatchBytes {
 public:
  // The copy stays where it is until *this is gone.
  std::string_view Copy(std::string_view bytes);

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
  size_t next_chunk_bytes_ = 16 << 10;
};

class EmbeddedPositions {
 public:
  EmbeddedPositions(const Offsets& from, std::vector<TopicPartition> partitions,
                    const ReadOptions& options);

  // Whether a durable record waits, or an offset is not held.
  bool SomethingToRead(const LogEnds& durable) const;
  // Reads what is durable and fits in one batch. DATA_LOSS: an offset is not held, or a record is
  // missing or corrupt. After an error the position is where it was before.
  absl::StatusOr<RecordBatch> Fetch(const EmbeddedDb& db, const LogEnds& durable);
  void ReleaseIterators();

 private:
  struct Filling {
    RecordBatch batch;
    std::shared_ptr<BatchBytes> bytes = std::make_shared<BatchBytes>();
    size_t size = 0;
  };
  bool Full(const Filling& filling) const;
  absl::Status FetchPartition(const EmbeddedDb& db, const LogEnds& durable, TopicPartition where,
                              Filling& filling);
  absl::Status TakeRecord(const EmbeddedDb& db, TopicPartition where, rocksdb::Iterator& it,
                          Filling& filling);

  Offsets next_;
  const std::vector<TopicPartition> partitions_;
  const ReadOptions options_;
  std::array<std::unique_ptr<rocksdb::Iterator>, kPartitionCount> iterators_;
  size_t turn_ = 0;  // Who is read first, so that no partition starves.
};

}  // namespace overgang
