// "Did you mean ...?": the known name that shares the most with what was written. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace overgang {

// Letters to put in, leave out or change.
size_t EditDistance(std::string_view a, std::string_view b);
// Of several that are as near, the first; empty where there are none.
std::string Nearest(std::string_view written, std::span<const std::string> known);

}  // namespace overgang
