// StateStore: the port to the rows of the views. Tables are ordered by key bytes; one WriteSet
// commits as a whole or not at all and is seen as a whole. Not synced: after a crash an earlier
// whole state may come back, and the log is folded from there. Threads: all methods are
// thread-safe; one writer at a time commits. Errors: UNAVAILABLE (disk full or failing: says the
// folder), DATA_LOSS (corrupt file: rebuild).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overgang {

// First byte of every stored key. The tables themselves are listed in projections/tables.h.
enum class Table : char {};

struct RowWrite {
  Table table;
  std::string key;
  std::optional<std::string> value;  // Absent: delete.
};
using WriteSet = std::vector<RowWrite>;

// A consistent view of all tables as of one commit. Cheap to take; release it soon, it holds old
// files.
class StateSnapshot {
 public:
  virtual ~StateSnapshot() = default;
  [[nodiscard]] virtual absl::StatusOr<std::optional<std::string>> Get(
      Table table, std::string_view key) const = 0;
  // Calls visit(key, value) for keys in [from, to), in order, until it returns false. Empty `to`:
  // to the table's end.
  [[nodiscard]] virtual absl::Status Scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& visit) const = 0;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  // The newest committed value.
  [[nodiscard]] virtual absl::StatusOr<std::optional<std::string>> Get(
      Table table, std::string_view key) const = 0;
  [[nodiscard]] virtual absl::Status Commit(const WriteSet& writes) = 0;
  virtual std::shared_ptr<const StateSnapshot> Snapshot() const = 0;
  // A copy in `directory`, which must not exist, as of one commit: to be opened as a store of its
  // own. May take seconds, while others read and commit. Files are shared where they can be.
  [[nodiscard]] virtual absl::Status Checkpoint(const std::string& directory) const = 0;
};

}  // namespace overgang
