#include "app/scratch_store.h"

#include <filesystem>

#include "adapters/store/rocksdb_store.h"
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

 private:
  std::unique_ptr<RocksdbStore> store_;
  std::string dir_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> MakeScratchStore(const std::string& data_dir) {
  const std::string dir = data_dir + kFolder + "/" + RandomUuid();
  std::error_code ignored;
  std::filesystem::create_directories(data_dir + kFolder, ignored);
  auto store = RocksdbStore::Open(dir);
  if (!store.ok()) return store.status();
  return std::make_unique<ScratchStore>(*std::move(store), dir);
}

void RemoveOldScratchStores(const std::string& data_dir) {
  std::error_code ignored;
  std::filesystem::remove_all(data_dir + kFolder, ignored);
}

}  // namespace overgang
