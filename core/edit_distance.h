// How far two words are apart, for "did you mean". Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace overgang {

// Bytes to put in, take out or change (Levenshtein).
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace overgang
