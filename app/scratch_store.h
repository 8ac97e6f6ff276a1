// A store that is gone when it is released: for a rebuild that is only compared, and for a moment
// past that is looked at.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/state_store.h"

namespace overgang {

// In a new folder under `data_dir`: empty, or with the rows of the checkpoint in the folder
// `checkpoint`, which stays as it is. Errors: as RocksdbStore::Open, with the folder.
absl::StatusOr<std::unique_ptr<StateStore>> MakeScratchStore(const std::string& data_dir,
                                                             const std::string& checkpoint = "");
// Removes what a crash left of earlier ones.
void RemoveOldScratchStores(const std::string& data_dir);

}  // namespace overgang
