// StateStore in memory: what `rebuild --verify` folds into, and what tests use. Same order and same
// answers as RocksdbStore.
//
// Threads: all methods are thread-safe. A snapshot is a number: taking it is cheap, and rows keep
// an older version only while a snapshot that sees it is held. Only checkpoints can fail:
// UNAVAILABLE with the file, DATA_LOSS for one that is not whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/state_store.h"

namespace overgang {

class MemoryStore final : public StateStore {
 public:
  MemoryStore();
  ~MemoryStore() override;

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::Status Commit(const WriteSet& writes) override;
  // Valid for as long as it is held, even after the store is gone.
  std::shared_ptr<const StateSnapshot> Snapshot() const override;
  absl::Status Checkpoint(const std::string& directory) const override;
  // The rows of a checkpoint, read whole.
  static absl::StatusOr<std::unique_ptr<MemoryStore>> OpenCheckpoint(const std::string& directory);

  struct Rows;  // Private to the implementation.

 private:
  std::shared_ptr<Rows> rows_;
};

}  // namespace overgang
