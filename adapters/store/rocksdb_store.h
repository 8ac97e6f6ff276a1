// StateStore over RocksDB: one folder, one process, one ordered key space (table byte, then key).
//
// Threads: all methods are thread-safe; one writer at a time commits.
// Durability: a Commit is one write batch without a journal. Closing the store writes it out; after
// a crash it is as it was last written out, an earlier whole state, and the log is folded from
// there: at most what fits the write buffer (64 MiB of rows), a few seconds. Errors:
// FAILED_PRECONDITION (folder used by another process), UNAVAILABLE (disk full or failing),
// DATA_LOSS (corrupt file: delete the folder, it is rebuilt from the log). Each names the folder
// and the remedy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/state_store.h"

namespace overgang {

// What an open store may take.
struct RocksdbStoreSize {
  size_t block_cache_bytes = 64 << 20;
  size_t write_buffer_bytes = 64 << 20;
  int open_files_max = 512;
};
// For one of several that are read beside the views.
inline constexpr RocksdbStoreSize kSmallStore{8 << 20, 16 << 20, 64};

class RocksdbStore final : public StateStore {
 public:
  // Makes the folder where it is absent.
  static absl::StatusOr<std::unique_ptr<RocksdbStore>> Open(const std::string& dir,
                                                            const RocksdbStoreSize& size = {});
  ~RocksdbStore() override;

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::Status Commit(const WriteSet& writes) override;
  // Valid for as long as it is held, even after the store is gone.
  std::shared_ptr<const StateSnapshot> Snapshot() const override;

  // Writes out what is in memory first, as there is no journal to take it from; commits go on into
  // new memory meanwhile. The files of rows are hard links where the file system is the same.
  absl::Status Checkpoint(const std::string& dir) const override;

  struct Handle;  // Private to the implementation.

 private:
  explicit RocksdbStore(std::shared_ptr<Handle> handle);
  std::shared_ptr<Handle> handle_;
};

}  // namespace overgang
