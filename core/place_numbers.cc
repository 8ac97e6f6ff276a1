#include "core/place_numbers.h"

#include <algorithm>

#include "core/directory.h"
#include "core/errors.h"

namespace overgang {

bool IsDigits(std::string_view text, size_t count) {
  return text.size() == count &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsOrganisationNumber(std::string_view text) { return IsDigits(text, 9); }

absl::Status CheckKommune(std::string_view kommune, std::string_view field) {
  if (kommune == kKommuneNotStated || KommuneByNumber(kommune) != nullptr) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, field, "no such kommune",
                    "give the 4 digits of a kommune of 2024, or 9999 for not stated");
}

absl::Status CheckHospital(std::string_view hospital, std::string_view field) {
  if (IsOrganisationNumber(hospital)) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, field, "not an organisation number",
                    "give 9 digits");
}

}  // namespace overgang
