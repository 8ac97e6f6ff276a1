#include "producers/intake/may_write.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace overgang::intake {
namespace {

constexpr size_t kKommuneDigits = 4;

absl::Status Denied(const std::string& field, std::string_view what, std::string_view remedy) {
  return FieldError(absl::StatusCode::kPermissionDenied, field, what, remedy);
}

// "5001-oya" is the kommune 5001's.
std::string_view KommuneInName(std::string_view unit) {
  return unit.size() > kKommuneDigits && unit[kKommuneDigits] == '-'
             ? unit.substr(0, kKommuneDigits)
             : std::string_view();
}

}  // namespace

absl::Status MayWriteOfHospital(const Scope& scope, const std::string& hospital,
                                const std::string& field) {
  if (scope.MaySeeHospital(hospital)) return absl::OkStatus();
  return Denied(field, "is not this principal's own hospital",
                "send what the own hospital says; a kommune answers with AnswerUkp and reports "
                "with ReportPlaces");
}

absl::Status MayWriteOfPlaces(const Scope& scope, const Directory& directory,
                              const v1::PlacesReported& places, const std::string& path) {
  if (scope.everything) return absl::OkStatus();
  const auto is_own = [&](const std::string& kommune) { return scope.MaySeeKommune(kommune); };
  const Unit* unit = directory.UnitById(places.unit());
  const bool own_unit = unit == nullptr ? scope.MaySeeKommune(KommuneInName(places.unit()))
                                        : std::ranges::any_of(unit->kommuner, is_own);
  if (!own_unit) {
    return Denied(absl::StrCat(path, "unit"), "is not a unit of this principal's kommune",
                  "name one of its own in the directory, or begin a new name with the kommune's "
                  "number, as in 5001-oya");
  }
  const auto may_share = [&](const std::string& kommune) {
    return unit == nullptr ? is_own(kommune)
                           : std::ranges::find(unit->kommuner, kommune) != unit->kommuner.end();
  };
  if (std::ranges::all_of(places.shared_by(), may_share)) return absl::OkStatus();
  return Denied(absl::StrCat(path, "shared_by"), "names a kommune that does not share the unit",
                "name its kommuner, or have the unit put into the directory with all of them");
}

absl::Status MayAppend(const Scope& scope, const Directory& directory, const v1::Envelope& fact,
                       const std::string& path) {
  if (scope.everything) return absl::OkStatus();
  if (fact.has_places_reported()) {
    return MayWriteOfPlaces(scope, directory, fact.places_reported(),
                            absl::StrCat(path, ".places_reported."));
  }
  if (fact.has_kommune_answered()) {
    return Denied(absl::StrCat(path, ".fact"), "is the kommune's answer",
                  "let the kommune answer with AnswerUkp");
  }
  return MayWriteOfHospital(scope, fact.hospital(), absl::StrCat(path, ".hospital"));
}

}  // namespace overgang::intake
