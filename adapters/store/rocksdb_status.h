// RocksDB's errors in the project's words. `dir` is the folder of the database; the status names it
// and the remedy.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace overgang {

// UNAVAILABLE (disk full or failing), DATA_LOSS (corrupt), FAILED_PRECONDITION (locked by another
// process). `corrupt_remedy` says what an operator does about a corrupt file here.
absl::Status FromRocksdb(const rocksdb::Status& status, std::string_view dir,
                         std::string_view corrupt_remedy);

}  // namespace overgang
