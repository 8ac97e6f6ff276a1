// Files that are there whole or not at all, also after power loss. Pure functions. Errors of files
// that others name (the inbox) tell the folder and never the name, which may hold anything.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang::plo {

// UNAVAILABLE with errno's own words.
absl::Status FileError(std::string_view path, std::string_view what);
// Written and synced; the name is not (SyncFolderOf).
absl::Status WriteWhole(const std::string& path, std::string_view text);
absl::Status SyncFolderOf(const std::string& path);

// Tells one file from another that came under the same name.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  absl::Time written;
  friend bool operator==(const FileId&, const FileId&) = default;
};
// Of what has the name now, links not followed. NOT_FOUND where nothing has.
absl::StatusOr<FileId> IdOf(const std::string& path);

struct ReadFile {
  std::string bytes;
  FileId id;
};
// At most `bytes_max` + 1 bytes, so that a larger file shows. NOT_FOUND where it is gone;
// INVALID_ARGUMENT where it is no plain file (links are not followed, pipes not waited for).
absl::StatusOr<ReadFile> ReadUpTo(const std::string& path, size_t bytes_max);
// No error where `from` is gone.
absl::Status Rename(const std::string& from, const std::string& to);

}  // namespace overgang::plo
