#include "adapters/store/memory_store.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "core/errors.h"

namespace overgang {
namespace {

constexpr size_t kScanRowsAtOnce = 256;  // Copied under the lock, visited without it.
constexpr char kCheckpointFile[] = "/rows";

struct Version {
  uint64_t sequence = 0;
  std::optional<std::string> value;  // Absent: deleted.
  std::unique_ptr<Version> older;
};

using RowKey = std::pair<char, std::string>;
using RowKeyView = std::pair<char, std::string_view>;

// As RocksDB orders stored keys: bytes are unsigned.
struct RowKeyLess {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    const auto table_a = static_cast<unsigned char>(a.first),
               table_b = static_cast<unsigned char>(b.first);
    return table_a != table_b ? table_a < table_b
                              : std::string_view(a.second) < std::string_view(b.second);
  }
};

const std::optional<std::string>* VisibleAt(const Version& newest, uint64_t sequence) {
  const Version* version = &newest;
  while (version && version->sequence > sequence) version = version->older.get();
  return version && version->value ? &version->value : nullptr;
}

}  // namespace

struct MemoryStore::Rows {
  mutable std::shared_mutex mutex;
  uint64_t sequence = 0;
  std::map<RowKey, Version, RowKeyLess> rows;
  std::multiset<uint64_t> snapshots;  // Sequences that are held.
  std::vector<RowKey> deleted;  // Rows whose newest version is a deletion that a snapshot outlived.

  std::optional<std::string> Get(Table table, std::string_view key, uint64_t at) const {
    const auto it = rows.find(RowKeyView(static_cast<char>(table), key));
    if (it == rows.end()) return std::nullopt;
    const auto* value = VisibleAt(it->second, at);
    return value ? *value : std::nullopt;
  }

  uint64_t OldestHeld() const { return snapshots.empty() ? sequence : *snapshots.begin(); }

  void Apply(const RowWrite& write, uint64_t oldest_held) {
    Version& newest = rows[RowKey(static_cast<char>(write.table), write.key)];
    const bool seen =
        !snapshots.empty() && newest.sequence != 0 && newest.sequence <= *snapshots.rbegin();
    if (seen) newest.older = std::make_unique<Version>(std::move(newest));
    newest.sequence = sequence;
    newest.value = write.value;
    // What is older than the version that the oldest snapshot sees is seen by none.
    Version* version = &newest;
    while (version->older && version->sequence > oldest_held) version = version->older.get();
    version->older.reset();
    if (!write.value) deleted.emplace_back(static_cast<char>(write.table), write.key);
  }

  void Sweep() {
    const uint64_t oldest_held = OldestHeld();
    std::vector<RowKey> kept;
    for (RowKey& key : deleted) {
      const auto it = rows.find(key);
      if (it == rows.end() || it->second.value) continue;
      if (it->second.sequence <= oldest_held) {
        rows.erase(it);
      } else {
        kept.push_back(std::move(key));
      }
    }
    deleted = std::move(kept);
  }
};

namespace {

class MemorySnapshot final : public StateSnapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<MemoryStore::Rows> rows) : rows_(std::move(rows)) {
    std::unique_lock lock(rows_->mutex);
    sequence_ = rows_->sequence;
    rows_->snapshots.insert(sequence_);
  }
  ~MemorySnapshot() override {
    std::unique_lock lock(rows_->mutex);
    rows_->snapshots.erase(rows_->snapshots.find(sequence_));
  }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    std::shared_lock lock(rows_->mutex);
    return rows_->Get(table, key, sequence_);
  }

  absl::Status Scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    std::string next(from);
    std::vector<std::pair<std::string, std::string>> found;
    do {
      found.clear();
      {
        std::shared_lock lock(rows_->mutex);
        auto it = rows_->rows.lower_bound(RowKeyView(static_cast<char>(table), next));
        for (; it != rows_->rows.end() && found.size() < kScanRowsAtOnce; ++it) {
          const auto& [row_table, key] = it->first;
          if (row_table != static_cast<char>(table) || (!to.empty() && key >= to)) break;
          if (const auto* value = VisibleAt(it->second, sequence_))
            found.emplace_back(key, **value);
        }
      }
      for (const auto& [key, value] : found) {
        if (!visit(key, value)) return absl::OkStatus();
      }
      if (!found.empty()) next = found.back().first + '\0';
    } while (found.size() == kScanRowsAtOnce);
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<MemoryStore::Rows> rows_;
  uint64_t sequence_ = 0;
};

}  // namespace

MemoryStore::MemoryStore() : rows_(std::make_shared<Rows>()) {}
MemoryStore::~MemoryStore() = default;

absl::StatusOr<std::optional<std::string>> MemoryStore::Get(Table table,
                                                            std::string_view key) const {
  std::shared_lock lock(rows_->mutex);
  return rows_->Get(table, key, rows_->sequence);
}

absl::Status MemoryStore::Commit(const WriteSet& writes) {
  std::unique_lock lock(rows_->mutex);
  const uint64_t oldest_held = rows_->OldestHeld();
  ++rows_->sequence;
  for (const RowWrite& write : writes) rows_->Apply(write, oldest_held);
  rows_->Sweep();
  return absl::OkStatus();
}

std::shared_ptr<const StateSnapshot> MemoryStore::Snapshot() const {
  return std::make_shared<MemorySnapshot>(rows_);
}

// One file: of each row its table, the sizes of key and value, and both.
absl::Status MemoryStore::Checkpoint(const std::string& directory) const {
  std::error_code error;
  if (!std::filesystem::create_directories(directory, error)) {
    return FieldError(absl::StatusCode::kUnavailable, directory,
                      error ? "cannot be made: " + error.message() : "exists already",
                      "give a folder that is not there");
  }
  std::ofstream file(directory + kCheckpointFile, std::ios::binary);
  std::shared_lock lock(rows_->mutex);
  for (const auto& [key, version] : rows_->rows) {
    if (!version.value) continue;
    const uint64_t sizes[] = {key.second.size(), version.value->size()};
    file.put(key.first);
    file.write(reinterpret_cast<const char*>(sizes), sizeof sizes);
    file << key.second << *version.value;
  }
  if (!file.flush()) {
    return FieldError(absl::StatusCode::kUnavailable, directory, "cannot be written",
                      "free space on its file system");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MemoryStore>> MemoryStore::OpenCheckpoint(
    const std::string& directory) {
  std::ifstream file(directory + kCheckpointFile, std::ios::binary);
  if (!file) {
    return FieldError(absl::StatusCode::kUnavailable, directory, "holds no checkpoint",
                      "give the folder of one");
  }
  WriteSet writes;
  for (char table = 0; file.get(table);) {
    std::array<uint64_t, 2> sizes{};
    file.read(reinterpret_cast<char*>(sizes.data()), sizeof sizes);
    constexpr uint64_t kSizeMax = uint64_t{1} << 30;  // No row is as large.
    std::string key(file ? std::min(sizes[0], kSizeMax) : 0, '\0');
    std::string value(file ? std::min(sizes[1], kSizeMax) : 0, '\0');
    file.read(key.data(), static_cast<std::streamsize>(key.size()));
    file.read(value.data(), static_cast<std::streamsize>(value.size()));
    if (!file) {
      return FieldError(absl::StatusCode::kDataLoss, directory, "the checkpoint is not whole",
                        "delete it");
    }
    writes.push_back({Table{table}, std::move(key), std::move(value)});
  }
  auto store = std::make_unique<MemoryStore>();
  if (absl::Status status = store->Commit(writes); !status.ok()) return status;
  return store;
}

}  // namespace overgang
