// Secrets come from files, never from the command line. In a test environment absent ones are made,
// readable by the owner only.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/config.h"

namespace overgang {

struct Secrets {
  std::vector<std::string> pseudonym_keys;  // The current one first; 32 bytes each.
  std::string originals_key;                // 32 bytes.
  std::string access_token;                 // Empty: there is none.
};

// Key files hold one key a line, 64 hex digits; the first is the current one. Errors name the file
// and the remedy.
absl::StatusOr<Secrets> LoadSecrets(const Config& config);

// Writes whole or not at all: to a file beside it, synced, then renamed.
absl::Status WriteFileWhole(const std::string& path, std::string_view content, int mode);

}  // namespace overgang
