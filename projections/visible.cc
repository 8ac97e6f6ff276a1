#include "projections/visible.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "projections/views.h"

namespace overgang::projections {
namespace {

constexpr std::string_view kAdt = "hl7v2:";
constexpr std::string_view kPlo = "plo:";
constexpr std::string_view kIntake = "intake:";

SourceShown OfHospital(const Scope& scope, const Hospital& hospital) {
  if (scope.MaySeeHospital(hospital.organisation)) return SourceShown::kWhole;
  return scope.kommuner.empty() ? SourceShown::kNo : SourceShown::kAge;
}

// "59" or "59/91234": the organisation, and where it is told its service.
SourceShown OfPloSender(const Scope& scope, const Directory& directory, std::string_view her_ids) {
  int her_id = 0;
  if (!absl::SimpleAtoi(std::string(her_ids.substr(0, her_ids.find('/'))), &her_id))
    return SourceShown::kNo;
  if (const Hospital* hospital = directory.HospitalByHerId(her_id))
    return OfHospital(scope, *hospital);
  const KommuneEntry* kommune = directory.KommuneByHerId(her_id);
  return kommune != nullptr && scope.MaySeeKommune(kommune->kommune) ? SourceShown::kWhole
                                                                     : SourceShown::kNo;
}

}  // namespace

bool MaySeeStayId(const Scope& scope, const StateSnapshot& rows, const std::string& stay_id) {
  const auto place = FindStayRow(rows, stay_id);
  return place.ok() && scope.MaySeeStay(place->stay.stay_kommune(), place->stay.hospital());
}

bool MaySee(const Scope& scope, const StayEntry& entry, int64_t now_us) {
  if (scope.everything) return true;
  return scope.MaySeeStay(KommuneAt(entry, now_us).view(), entry.hospital.view()) ||
         std::ranges::any_of(entry.periods, [&](const UkpPeriod& period) {
           return period.since_us <= now_us && scope.MaySeeKommune(period.kommune.view());
         });
}

void LeaveOutOthers(const Scope& scope, const StateSnapshot& rows, v1::Stay* stay) {
  if (scope.everything) return;
  if (!stay->episode_stay_id().empty() && stay->episode_stay_id() != stay->stay_id() &&
      !MaySeeStayId(scope, rows, stay->episode_stay_id()))
    stay->clear_episode_stay_id();
  for (v1::Readmission& readmission : *stay->mutable_readmissions()) {
    if (MaySeeStayId(scope, rows, readmission.index_stay_id())) continue;
    readmission.clear_index_stay_id();
    readmission.clear_since_discharge();
  }
}

SourceShown ShownTo(const Caller& caller, const Directory& directory, std::string_view source) {
  const Scope& scope = *caller.scope;
  if (scope.everything || scope.operate) return SourceShown::kWhole;
  if (!scope.SeesStays()) return SourceShown::kNo;
  if (source.starts_with(kAdt)) {
    const Hospital* hospital = directory.HospitalByFacility(source.substr(kAdt.size()));
    return hospital == nullptr ? SourceShown::kNo : OfHospital(scope, *hospital);
  }
  if (source.starts_with(kPlo)) return OfPloSender(scope, directory, source.substr(kPlo.size()));
  return source.starts_with(kIntake) && source.substr(kIntake.size()) == caller.principal
             ? SourceShown::kWhole
             : SourceShown::kNo;
}

}  // namespace overgang::projections
