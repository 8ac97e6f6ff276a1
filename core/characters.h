// How long a text is for who writes it: the Unicode characters (code points) of UTF-8, so that æ, ø
// and å are one each. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace overgang {

// In text that is no UTF-8 whatever is not the continuation of a character counts as one.
inline size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

}  // namespace overgang
