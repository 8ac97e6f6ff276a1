// How far two words are apart, for "did you mean". Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace overgang {

// Bytes to put in, take out or change (Levenshtein).
size_t EditDistance(std::string_view a, std::string_view b);
// Of several that are as near, the first; empty where there are none.
std::string Nearest(std::string_view written, std::span<const std::string> known);

}  // namespace overgang
