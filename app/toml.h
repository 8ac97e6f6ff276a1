// TOML text into tables, without exceptions: a syntax error is INVALID_ARGUMENT with file and line.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include "toml++/toml.h"

namespace overgang {

absl::StatusOr<toml::table> ParseToml(std::string_view text, std::string_view place);
// NOT_FOUND where the file cannot be read.
absl::StatusOr<toml::table> ParseTomlFile(const std::string& file);

}  // namespace overgang
