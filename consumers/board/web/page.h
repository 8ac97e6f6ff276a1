// The board's page: HTML, style and modules as written beside this header, built into the program.
// Immutable.
#pragma once

#include <string_view>
#include <vector>

namespace overgang::board {

struct PageFile {
  std::string_view path;  // "/", "/main.js".
  std::string_view content_type;
  std::string_view bytes;
  std::string_view etag;  // Quoted, as HTTP has it.
};

const std::vector<PageFile>& PageFiles();

}  // namespace overgang::board
