// directory.toml: who is who. Every mistake at once, each with its line.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/directory.h"

namespace overgang {

// An empty `file` gives the built-in directory.
absl::StatusOr<std::shared_ptr<const Directory>> LoadDirectory(const std::string& file);

}  // namespace overgang
