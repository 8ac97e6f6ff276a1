#include "app/open_views.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "adapters/store/rocksdb_store.h"
#include "core/errors.h"
#include "projections/projector.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

// The folder itself stays: it may be a link to another disk, or a mount.
absl::Status Empty(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory()) continue;  // None of the store's: a disk's lost+found.
    std::filesystem::remove(entry->path(), error);
    if (error) break;
  }
  if (!error) return absl::OkStatus();
  return FieldError(
      absl::StatusCode::kFailedPrecondition, "data_dir/views",
      absl::StrCat("the views were written by another version, and cannot be removed: ",
                   error.message()),
      "delete what is in the folder: the views are made anew from the log");
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> OpenViews(const std::string& data_dir) {
  const std::string folder = absl::StrCat(data_dir, "/views");
  auto store = RocksdbStore::Open(folder);
  if (!store.ok()) return store.status();
  auto readable = projections::CanRead(**store);
  if (!readable.ok()) return readable.status();
  if (!*readable) {
    spdlog::warn("the views in {} were written by another version; they are made anew from the log",
                 folder);
    store->reset();
    if (absl::Status status = Empty(folder); !status.ok()) return status;
    store = RocksdbStore::Open(folder);
    if (!store.ok()) return store.status();
  }
  return std::unique_ptr<StateStore>(*std::move(store));
}

}  // namespace overgang
