// StateStore in memory: what `rebuild --verify` folds into, and what tests use. Same order and same
// answers as RocksdbStore.
//
// Threads: all methods are thread-safe. A snapshot is a number: taking it is cheap, and rows keep
// an older version only while a snapshot that sees it is held. Never fails.
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

  struct Rows;  // Private to the implementation.

 private:
  std::shared_ptr<Rows> rows_;
};

}  // namespace overgang
