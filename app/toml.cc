#include "app/toml.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace overgang {

absl::StatusOr<toml::table> ParseToml(std::string_view text, std::string_view place) {
  toml::parse_result result = toml::parse(text, place);
  if (result) return std::move(result).table();
  const toml::parse_error& error = result.error();
  return absl::InvalidArgumentError(absl::StrCat(std::string(place), ":", error.source().begin.line,
                                                 ": not TOML: ", std::string(error.description()),
                                                 "; see https://toml.io"));
}

absl::StatusOr<toml::table> ParseTomlFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream)
    return absl::NotFoundError(
        absl::StrCat(file, ": cannot be read; check the path and who may read it"));
  return ParseToml(text.str(), file);
}

}  // namespace overgang
