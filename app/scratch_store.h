// A store that is gone when it is released, for a rebuild that is only compared.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/state_store.h"

namespace overgang {

// In a new folder under `data_dir`.
absl::StatusOr<std::unique_ptr<StateStore>> MakeScratchStore(const std::string& data_dir);
// Removes what a crash left of earlier ones.
void RemoveOldScratchStores(const std::string& data_dir);

}  // namespace overgang
