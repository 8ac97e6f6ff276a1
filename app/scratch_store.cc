#include "app/scratch_store.h"

#include <filesystem>

#include "adapters/store/rocksdb_store.h"
#include "core/errors.h"
#include "core/uuid.h"

namespace overgang {
namespace {

constexpr char kFolder[] = "/scratch";

class ScratchStore final : public StateStore {
 public:
  ScratchStore(std::unique_ptr<RocksdbStore> store, std::string dir)
      : store_(std::move(store)), dir_(std::move(dir)) {}
  ~ScratchStore() override {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return store_->Get(table, key);
  }
  absl::Status Commit(const WriteSet& writes) override { return store_->Commit(writes); }
  std::shared_ptr<const StateSnapshot> Snapshot() const override { return store_->Snapshot(); }
  absl::Status Checkpoint(const std::string& directory) const override {
    return store_->Checkpoint(directory);
  }

 private:
  std::unique_ptr<RocksdbStore> store_;
  std::string dir_;
};

// Files of rows are never written again, so they are linked; the few others are copied.
absl::Status LinkCheckpoint(const std::string& checkpoint, const std::string& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  for (std::filesystem::directory_iterator it(checkpoint, error), end; !error && it != end;
       it.increment(error)) {
    const std::filesystem::path target = dir / it->path().filename();
    if (it->path().extension() == ".sst") {
      std::filesystem::create_hard_link(it->path(), target, error);
    } else {
      std::filesystem::copy_file(it->path(), target, error);
    }
    if (error) break;
  }
  if (!error) return absl::OkStatus();
  return FieldError(absl::StatusCode::kUnavailable, checkpoint,
                    "cannot be linked to " + dir + ": " + error.message(),
                    "check the disk, and who may read and write there");
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> MakeScratchStore(const std::string& data_dir,
                                                             const std::string& checkpoint) {
  const std::string dir = data_dir + kFolder + "/" + RandomUuid();
  std::error_code ignored;
  std::filesystem::create_directories(data_dir + kFolder, ignored);
  absl::Status status = checkpoint.empty() ? absl::OkStatus() : LinkCheckpoint(checkpoint, dir);
  auto store = status.ok() ? RocksdbStore::Open(dir, kSmallStore) : status;
  if (!store.ok()) {
    std::filesystem::remove_all(dir, ignored);
    return store.status();
  }
  return std::make_unique<ScratchStore>(*std::move(store), dir);
}

void RemoveOldScratchStores(const std::string& data_dir) {
  std::error_code ignored;
  std::filesystem::remove_all(data_dir + kFolder, ignored);
}

}  // namespace overgang
