// Numbers of kommuner and hospitals as a request writes them. Pure functions; any thread. Errors:
// INVALID_ARGUMENT with the field and what to give instead.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace overgang {

bool IsDigits(std::string_view text, size_t count);
bool IsOrganisationNumber(std::string_view text);  // By its form: 9 digits.

// A kommune of 2024, or 9999.
absl::Status CheckKommune(std::string_view kommune, std::string_view field);
// By its form: the directory need not know it.
absl::Status CheckHospital(std::string_view hospital, std::string_view field);

}  // namespace overgang
