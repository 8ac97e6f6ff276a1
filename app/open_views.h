// The store of the views. Rows that another version of the program wrote are removed: the log makes
// them anew.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/state_store.h"

namespace overgang {

// In the folder views of `data_dir`, which is made where it is absent. Errors: as
// RocksdbStore::Open, with the folder.
absl::StatusOr<std::unique_ptr<StateStore>> OpenViews(const std::string& data_dir);

}  // namespace overgang
