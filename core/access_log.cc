#include "core/access_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"

namespace overgang {
namespace {

constexpr size_t kAskedBytesMax = 64;
constexpr int kNumberDigits = 11;  // Of a national identity number.

bool IsHarmless(std::string_view value) {
  if (IsUuid(value) || IsPatientRef(value)) return true;
  int digits = 0;  // In a row, a separator between them aside; a comma parts values.
  for (const char c : value) {
    const auto letter = static_cast<unsigned char>(c);
    if (absl::ascii_isdigit(letter)) {
      if (++digits == kNumberDigits) return false;
    } else if (absl::ascii_isalpha(letter) || c == ',') {
      digits = 0;
    } else if (std::string_view("-_.:/+ ").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return value.size() <= kAskedBytesMax;
}

void AddOnce(std::string_view value, google::protobuf::RepeatedPtrField<std::string>* values) {
  if (value.empty() || std::ranges::find(*values, value) != values->end()) return;
  values->Add(std::string(value));
}

}  // namespace

void AddAsked(std::string_view name, std::string_view value, v1::AccessEntry* entry) {
  if (value.empty()) return;
  (*entry->mutable_asked())[std::string(name)] =
      IsHarmless(value) ? std::string(value) : "(left out)";
}

void AddTold(std::string_view stay_id, std::string_view patient_ref, std::string_view kommune,
             std::string_view hospital, v1::AccessEntry* entry) {
  entry->set_count(entry->count() + 1);
  if (!stay_id.empty()) entry->add_stay_ids(std::string(stay_id));
  AddOnce(patient_ref, entry->mutable_patient_refs());
  AddOnce(kommune, entry->mutable_kommuner());
  AddOnce(hospital, entry->mutable_hospitals());
}

}  // namespace overgang
