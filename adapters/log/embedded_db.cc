#include "adapters/log/embedded_db.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "adapters/log/embedded_record.h"
#include "adapters/store/rocksdb_logger.h"
#include "adapters/store/rocksdb_status.h"
#include "core/errors.h"
#include "core/uuid.h"
#include "rocksdb/cache.h"
#include "rocksdb/convenience.h"
#include "rocksdb/listener.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/checkpoint.h"

namespace overgang {
namespace {

constexpr size_t kWriteBufferBytesTotal = 64 << 20;
constexpr size_t kWalBytesMax = 256 << 20;  // Bounds what a restart has to replay.
constexpr size_t kReadAheadBytes = 1 << 20;
constexpr size_t kBlockBytes = 32 << 10;  // Reading is sequential: big blocks, few lookups.
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr int kOpenFilesMax = 512;

std::string FamilyName(size_t partition) {
  const TopicPartition where = PartitionAt(partition);
  return std::string(Spec(where.topic).name) + "-" + std::to_string(where.partition);
}

class ErrorListener final : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::function<void(const rocksdb::Status&)> on_error)
      : on_error_(std::move(on_error)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    on_error_(*status);
  }

 private:
  const std::function<void(const rocksdb::Status&)> on_error_;
};

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.db_write_buffer_size = kWriteBufferBytesTotal;
  options.max_total_wal_size = kWalBytesMax;
  options.max_open_files = kOpenFilesMax;
  options.info_log = MakeRocksdbLogger();
  options.stats_dump_period_sec = 0;
  // A torn last write was never acknowledged; damage anywhere else must be seen, not skipped.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;  // The log opens itself anew instead: see embedded_log.cc.
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytesTotal / 2;
  options.compression =
      rocksdb::kNoCompression;  // Facts are short and full of hashes; reading speed counts.
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kBlockBytes;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

EmbeddedDb::EmbeddedDb(std::string dir, std::unique_ptr<rocksdb::DB> db,
                       std::vector<rocksdb::ColumnFamilyHandle*> families)
    : dir_(std::move(dir)), db_(std::move(db)), families_(std::move(families)) {}

EmbeddedDb::~EmbeddedDb() {
  for (auto* family : families_) db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

absl::StatusOr<std::unique_ptr<EmbeddedDb>> EmbeddedDb::Open(
    const std::string& dir, rocksdb::Env* env, std::function<void(const absl::Status&)> on_error) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error)
    return FromRocksdb(rocksdb::Status::IOError(error.message()), dir, kEmbeddedCorruptRemedy);
  rocksdb::DBOptions options = DatabaseOptions(env);
  options.listeners.push_back(
      std::make_shared<ErrorListener>([dir, on_error](const rocksdb::Status& status) {
        on_error(FromRocksdb(status, dir, kEmbeddedCorruptRemedy));
      }));
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  const rocksdb::ColumnFamilyOptions family_options = FamilyOptions();
  for (size_t i = 0; i < kPartitionCount; ++i)
    descriptors.emplace_back(FamilyName(i), family_options);
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options);
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  const rocksdb::Status status = rocksdb::DB::Open(options, dir, descriptors, &families, &db);
  if (!status.ok()) return FromRocksdb(status, dir, kEmbeddedCorruptRemedy);
  std::unique_ptr<EmbeddedDb> opened(
      new EmbeddedDb(dir, std::unique_ptr<rocksdb::DB>(db), std::move(families)));
  if (absl::Status read = opened->ReadIdentity(); !read.ok()) return read;
  if (absl::Status read = opened->ReadEnds(); !read.ok()) return read;
  return opened;
}

absl::Status EmbeddedDb::Convert(const rocksdb::Status& status) const {
  return FromRocksdb(status, dir_, kEmbeddedCorruptRemedy);
}

// The default family holds "format" and "cluster_id", written when the log was made.
absl::Status EmbeddedDb::ReadIdentity() {
  auto* family = families_.back();
  std::string format;
  rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family, "format", &format);
  if (status.IsNotFound()) {
    cluster_id_ = RandomUuid();
    rocksdb::WriteBatch batch;
    batch.Put(family, "format", std::string(kEmbeddedFormat)).PermitUncheckedError();
    batch.Put(family, "cluster_id", cluster_id_).PermitUncheckedError();
    return Write(batch);
  }
  if (status.ok() && format != kEmbeddedFormat) {
    return FieldError(absl::StatusCode::kFailedPrecondition, dir_, "the log has format " + format,
                      "use the release that wrote it");
  }
  if (status.ok()) status = db_->Get(rocksdb::ReadOptions(), family, "cluster_id", &cluster_id_);
  return Convert(status);
}

absl::Status EmbeddedDb::ReadEnds() {
  for (size_t i = 0; i < kPartitionCount; ++i) {
    newest_[i] = absl::InfinitePast();
    const auto it = NewIterator(i, false);
    it->SeekToFirst();
    if (it->Valid()) {
      ends_.first[i] = DecodeOffset(it->key().ToStringView());
      it->SeekToLast();
    }
    if (!it->Valid()) {
      if (!it->status().ok()) return Convert(it->status());
      continue;
    }
    LogRecord record;
    if (!DecodeRecord(it->value().ToStringView(), false, record)) {
      return Convert(rocksdb::Status::Corruption("newest record of " + FamilyName(i)));
    }
    ends_.next[i] = DecodeOffset(it->key().ToStringView()) + 1;
    newest_[i] = record.appended_at;
  }
  return absl::OkStatus();
}

LogPosition EmbeddedDb::Add(rocksdb::WriteBatch& batch, TopicPartition where, std::string_view body,
                            absl::Time now) {
  const size_t partition = where.Index();
  newest_[partition] = std::max(newest_[partition], now);
  const int64_t offset = ends_.next[partition]++;
  const OffsetKey key = EncodeOffset(offset);
  const auto time = EncodeAppendedAt(newest_[partition]);
  const rocksdb::Slice keys[] = {{key.data(), key.size()}};
  const rocksdb::Slice values[] = {{time.data(), time.size()}, {body.data(), body.size()}};
  batch.Put(families_[partition], rocksdb::SliceParts(keys, 1), rocksdb::SliceParts(values, 2))
      .PermitUncheckedError();
  return {where, offset};
}

absl::Status EmbeddedDb::Write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  return Convert(db_->Write(options, &batch));
}

absl::Status EmbeddedDb::Trim(absl::Time now) {
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const int64_t retention_ms = Spec(PartitionAt(i).topic).retention_ms;
    if (retention_ms < 0) continue;
    if (absl::Status status = TrimPartition(i, now - absl::Milliseconds(retention_ms));
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> EmbeddedDb::AppendedAt(size_t partition, int64_t offset) const {
  const OffsetKey key = EncodeOffset(offset);
  std::string stored;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), families_[partition],
                                          rocksdb::Slice(key.data(), key.size()), &stored);
  LogRecord record;
  if (!status.ok()) return Convert(status);
  if (!DecodeRecord(stored, false, record))
    return Convert(rocksdb::Status::Corruption(FamilyName(partition)));
  return record.appended_at;
}

absl::Status EmbeddedDb::TrimPartition(size_t partition, absl::Time oldest_kept) {
  // appended_at never decreases, so the first record to keep is found by halving.
  int64_t low = ends_.first[partition];
  int64_t high = std::max(low, ends_.next[partition] - 1);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const auto appended_at = AppendedAt(partition, middle);
    if (!appended_at.ok()) return appended_at.status();
    if (*appended_at < oldest_kept) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == ends_.first[partition]) return absl::OkStatus();
  const OffsetKey begin_key = EncodeOffset(ends_.first[partition]), end_key = EncodeOffset(low);
  const rocksdb::Slice begin(begin_key.data(), begin_key.size()),
      end(end_key.data(), end_key.size());
  rocksdb::WriteBatch batch;
  batch.DeleteRange(families_[partition], begin, end).PermitUncheckedError();
  if (absl::Status status = Write(batch); !status.ok()) return status;
  ends_.first[partition] = low;
  // Whole files at once, without rewriting; what remains goes with the next compaction.
  return Convert(rocksdb::DeleteFilesInRange(db_.get(), families_[partition], &begin, &end, false));
}

std::unique_ptr<rocksdb::Iterator> EmbeddedDb::NewIterator(size_t partition,
                                                           bool read_ahead) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.verify_checksums = true;
  if (read_ahead) options.readahead_size = kReadAheadBytes;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, families_[partition]));
}

absl::Status EmbeddedDb::Checkpoint(const std::string& dir) const {
  rocksdb::Checkpoint* checkpoint = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &checkpoint);
  const std::unique_ptr<rocksdb::Checkpoint> owned(checkpoint);
  if (status.ok()) status = checkpoint->CreateCheckpoint(dir);
  return FromRocksdb(status, dir, "copy to another folder");
}

}  // namespace overgang
