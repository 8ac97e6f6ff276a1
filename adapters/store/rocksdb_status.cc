#include "adapters/store/rocksdb_status.h"

#include <string>

#include "absl/strings/match.h"
#include "core/errors.h"

namespace overgang {

absl::Status FromRocksdb(const rocksdb::Status& status, std::string_view dir,
                         std::string_view corrupt_remedy) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  using absl::StatusCode;
  // RocksDB has no code of its own for a lock that is held, by this process or by another one.
  if (status.IsIOError() &&
      (absl::StrContains(text, "lock hold") || absl::StrContains(text, "While lock file"))) {
    return FieldError(StatusCode::kFailedPrecondition, dir,
                      "is in use by another process (" + text + ")",
                      "stop the other one, or give this one a data_dir of its own");
  }
  if (status.IsCorruption()) {
    return FieldError(StatusCode::kDataLoss, dir, "is corrupt (" + text + ")", corrupt_remedy);
  }
  if (status.IsNoSpace() || absl::StrContains(text, "No space left")) {
    return FieldError(StatusCode::kUnavailable, dir, "the disk is full (" + text + ")",
                      "free space on its file system; the hub goes on by itself");
  }
  return FieldError(StatusCode::kUnavailable, dir, "cannot be read or written (" + text + ")",
                    "check its owner, its rights and the disk");
}

}  // namespace overgang
