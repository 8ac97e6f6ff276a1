// The RocksDB database of the embedded log: opening it, what it holds, writing and trimming it.
// Knows nothing of threads or of waiting; see embedded_log.cc.
//
// Threads: reading (iterators, Checkpoint) from any thread; everything else from one. Iterators
// must be gone before the database is.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/event_log.h"
#include "rocksdb/db.h"

namespace overgang {

inline constexpr std::string_view kEmbeddedCorruptRemedy =
    "stop the hub, keep the folder for an expert, and restore the newest backup";

class EmbeddedDb {
 public:
  // `on_error` is called from RocksDB's threads when writing in the background fails.
  static absl::StatusOr<std::unique_ptr<EmbeddedDb>> Open(
      const std::string& dir, rocksdb::Env* env, std::function<void(const absl::Status&)> on_error);
  ~EmbeddedDb();

  const std::string& cluster_id() const { return cluster_id_; }
  const LogEnds& ends() const { return ends_; }

  // One record of the write that is being put together. `body` as EncodeBody gives it; copied.
  LogPosition Add(rocksdb::WriteBatch& batch, TopicPartition where, std::string_view body,
                  absl::Time now);
  // Writes and syncs. After an error the database must be opened anew: nobody knows what reached
  // the disk.
  absl::Status Write(rocksdb::WriteBatch& batch);
  // Drops what is older than its topic's retention; always keeps a partition's newest record, which
  // holds its offset.
  absl::Status Trim(absl::Time now);

  std::unique_ptr<rocksdb::Iterator> NewIterator(size_t partition, bool read_ahead) const;
  absl::Status Checkpoint(const std::string& dir) const;
  absl::Status Convert(const rocksdb::Status& status) const;

 private:
  EmbeddedDb(std::string dir, std::unique_ptr<rocksdb::DB> db,
             std::vector<rocksdb::ColumnFamilyHandle*> families);
  absl::Status ReadIdentity();
  absl::Status ReadEnds();
  absl::StatusOr<absl::Time> AppendedAt(size_t partition, int64_t offset) const;
  absl::Status TrimPartition(size_t partition, absl::Time oldest_kept);

  const std::string dir_;
  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>
      families_;  // By TopicPartition::Index(); then the default one.
  std::string cluster_id_;
  LogEnds ends_;                                    // With what is being put together.
  std::array<absl::Time, kPartitionCount> newest_;  // appended_at of the newest record.
};

}  // namespace overgang
