// Files that are built into the program, but for the page's: cmake/Embed.cmake writes the functions
// that give them, each declared in a header of its room. Pure.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace overgang {

struct EmbeddedFile {
  std::string_view name;  // Without folder.
  std::string_view bytes;
};

// Empty where there is none of that name.
inline std::string_view BytesOf(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto file = std::ranges::find(files, name, &EmbeddedFile::name);
  return file == files.end() ? std::string_view() : file->bytes;
}

}  // namespace overgang
