// What browsers send of a form: application/x-www-form-urlencoded. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace overgang {

// Percent signs and plus signs undone; absent where a percent sign is followed by no two digits.
std::optional<std::string> UrlDecode(std::string_view text);

// Name -> value, of a repeated name the first; line ends are \n. Absent: it is no form, or its text
// is not UTF-8.
std::optional<std::map<std::string, std::string, std::less<>>> FormFields(std::string_view body);

bool IsUtf8(std::string_view text);

}  // namespace overgang
