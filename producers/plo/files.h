// Files that are there whole or not at all, also after power loss. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overgang::plo {

// UNAVAILABLE with errno's own words.
absl::Status FileError(std::string_view path, std::string_view what);
// Written and synced; the name is not (SyncFolderOf).
absl::Status WriteWhole(const std::string& path, std::string_view text);
absl::Status SyncFolderOf(const std::string& path);
// At most `bytes_max` + 1 bytes, so that a larger file shows. NOT_FOUND where it is gone;
// INVALID_ARGUMENT where it is no plain file (links are not followed, pipes not waited for).
absl::StatusOr<std::string> ReadUpTo(const std::string& path, size_t bytes_max);

}  // namespace overgang::plo
