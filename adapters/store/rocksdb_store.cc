#include "adapters/store/rocksdb_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "adapters/store/rocksdb_logger.h"
#include "adapters/store/rocksdb_status.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/checkpoint.h"

namespace overgang {
namespace {

constexpr double kMemtableBloomShare = 0.02;  // Of the write buffer; most persons are new to it.
constexpr size_t kBatchHeaderBytes = 12;
constexpr size_t kRowOverheadBytesMax = 12;  // Kind, table and lengths of a row in a write batch.
constexpr double kBloomBitsPerKey = 10;      // One cold read in a hundred for nothing.
constexpr std::string_view kCorruptRemedy =
    "stop the hub and delete this folder: the views are built anew from the log";

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

std::string StoredKey(Table table, std::string_view key) {
  std::string stored;
  stored.reserve(key.size() + 1);
  stored.push_back(static_cast<char>(table));
  stored.append(key);
  return stored;
}

// The first key after every key of the table; empty after the last table.
std::string TableEnd(Table table) {
  const auto byte = static_cast<unsigned char>(table);
  return byte == 0xff ? std::string() : std::string(1, static_cast<char>(byte + 1));
}

rocksdb::Options StoreOptions(const RocksdbStoreSize& size) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_open_files = size.open_files_max;
  options.write_buffer_size = size.write_buffer_bytes;
  options.memtable_prefix_bloom_size_ratio = kMemtableBloomShare;
  options.memtable_whole_key_filtering = true;
  // What was just written is soon written again, in a compaction: not compressed for that short
  // time.
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  options.level_compaction_dynamic_level_bytes = true;
  options.info_log = MakeRocksdbLogger();
  options.stats_dump_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(size.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

// Shared with snapshots, so that they may outlive the store.
struct RocksdbStore::Handle {
  Handle(std::string dir_in, rocksdb::DB* db_in) : dir(std::move(dir_in)), db(db_in) {}
  ~Handle() { db->Close().PermitUncheckedError(); }

  absl::Status Convert(const rocksdb::Status& status) const {
    return FromRocksdb(status, dir, kCorruptRemedy);
  }
  absl::StatusOr<std::optional<std::string>> Get(const rocksdb::ReadOptions& options, Table table,
                                                 std::string_view key) const {
    std::string value;
    const rocksdb::Status status = db->Get(options, StoredKey(table, key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return Convert(status);
    return std::optional<std::string>(std::move(value));
  }

  const std::string dir;
  const std::unique_ptr<rocksdb::DB> db;
};

namespace {

class RocksdbSnapshot final : public StateSnapshot {
 public:
  explicit RocksdbSnapshot(std::shared_ptr<const RocksdbStore::Handle> handle)
      : handle_(std::move(handle)), snapshot_(handle_->db->GetSnapshot()) {
    options_.snapshot = snapshot_;
  }
  ~RocksdbSnapshot() override { handle_->db->ReleaseSnapshot(snapshot_); }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return handle_->Get(options_, table, key);
  }

  absl::Status Scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    const std::string end = to.empty() ? TableEnd(table) : StoredKey(table, to);
    const rocksdb::Slice bound(end);
    rocksdb::ReadOptions options = options_;
    if (!end.empty()) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> it(handle_->db->NewIterator(options));
    for (it->Seek(StoredKey(table, from)); it->Valid(); it->Next()) {
      if (!visit(ToView(it->key()).substr(1), ToView(it->value()))) return absl::OkStatus();
    }
    return handle_->Convert(it->status());
  }

 private:
  const std::shared_ptr<const RocksdbStore::Handle> handle_;
  const rocksdb::Snapshot* const snapshot_;
  rocksdb::ReadOptions options_;
};

}  // namespace

RocksdbStore::RocksdbStore(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}
RocksdbStore::~RocksdbStore() = default;

absl::StatusOr<std::unique_ptr<RocksdbStore>> RocksdbStore::Open(const std::string& dir,
                                                                 const RocksdbStoreSize& size) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) return FromRocksdb(rocksdb::Status::IOError(error.message()), dir, kCorruptRemedy);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(StoreOptions(size), dir, &db);
  if (!status.ok()) return FromRocksdb(status, dir, kCorruptRemedy);
  return std::unique_ptr<RocksdbStore>(new RocksdbStore(std::make_shared<Handle>(dir, db)));
}

absl::StatusOr<std::optional<std::string>> RocksdbStore::Get(Table table,
                                                             std::string_view key) const {
  return handle_->Get(rocksdb::ReadOptions(), table, key);
}

absl::Status RocksdbStore::Commit(const WriteSet& writes) {
  // In order of keys, which the memtable takes much faster; of one key the last write stands.
  std::vector<const RowWrite*> sorted;
  sorted.reserve(writes.size());
  for (const RowWrite& write : writes) sorted.push_back(&write);
  std::ranges::stable_sort(sorted, {}, [](const RowWrite* write) {
    return std::pair<unsigned char, std::string_view>(static_cast<unsigned char>(write->table),
                                                      write->key);
  });
  size_t bytes = kBatchHeaderBytes;
  for (const RowWrite& write : writes)
    bytes += write.key.size() + (write.value ? write.value->size() : 0) + kRowOverheadBytesMax;
  rocksdb::WriteBatch batch(bytes);
  for (const RowWrite* row : sorted) {
    const RowWrite& write = *row;
    // The table byte and the key go in as two slices: no string is made per row.
    const char table = static_cast<char>(write.table);
    const rocksdb::Slice key[] = {{&table, 1}, ToSlice(write.key)};
    const rocksdb::SliceParts key_parts(key, 2);
    if (write.value) {
      const rocksdb::Slice value[] = {ToSlice(*write.value)};
      batch.Put(key_parts, rocksdb::SliceParts(value, 1)).PermitUncheckedError();
    } else {
      batch.Delete(key_parts).PermitUncheckedError();
    }
  }
  // The log is the journal: after a crash the store is as it was last flushed, a whole state, and
  // what followed is folded again.
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  rocksdb::Status status = handle_->db->Write(options, &batch);
  // After a write that failed RocksDB refuses all others until it is told to go on, as when there
  // is room again.
  if (!status.ok() && handle_->db->Resume().ok()) status = handle_->db->Write(options, &batch);
  return handle_->Convert(status);
}

std::shared_ptr<const StateSnapshot> RocksdbStore::Snapshot() const {
  return std::make_shared<RocksdbSnapshot>(handle_);
}

absl::Status RocksdbStore::Checkpoint(const std::string& dir) const {
  rocksdb::Checkpoint* checkpoint = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(handle_->db.get(), &checkpoint);
  const std::unique_ptr<rocksdb::Checkpoint> owned(checkpoint);
  // The memtable holds whole batches only, and so does every file it is written out to: whichever
  // files a checkpoint takes, they end between two commits. It may take them after more commits.
  constexpr uint64_t kAlwaysFlush = 0;
  if (status.ok()) status = checkpoint->CreateCheckpoint(dir, kAlwaysFlush);
  return FromRocksdb(status, dir, "copy to another folder");
}

}  // namespace overgang
