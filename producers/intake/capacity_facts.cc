// Requests about beds, places and the emergency department.
#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "producers/intake/facts.h"
#include "producers/intake/may_write.h"

namespace overgang::intake {
namespace {

absl::Status CheckCounts(std::string_view path,
                         std::initializer_list<std::pair<std::string_view, int>> counts) {
  for (const auto& [field, count] : counts) {
    if (count >= 0 && count <= kCountMax) continue;
    return InvalidField(absl::StrCat(std::string(path), std::string(field)), "this count cannot be",
                        absl::StrCat("send 0 to ", kCountMax));
  }
  return absl::OkStatus();
}

absl::Status CheckUnit(std::string_view path, const std::string& unit) {
  if (!unit.empty()) return absl::OkStatus();
  return InvalidField(absl::StrCat(std::string(path), "unit"), "this is missing",
                      "send the id of the unit");
}

absl::StatusOr<const Hospital*> HospitalField(const std::string& organisation,
                                              const FactContext& context) {
  absl::Status own = MayWriteOfHospital(*context.scope, organisation, "hospital");
  if (!own.ok()) return own;
  if (const Hospital* hospital = context.directory.HospitalByNumber(organisation)) return hospital;
  return InvalidField("hospital", "the directory knows no such hospital",
                      "send its organisation number of 9 digits, or add it to directory.toml");
}

// The kommuner that may use the unit: as reported, else as the directory says.
absl::Status SetSharedBy(const FactContext& context, v1::PlacesReported& places) {
  const Unit* unit = context.directory.UnitById(places.unit());
  if (unit != nullptr && places.shared_by().empty())
    places.mutable_shared_by()->Assign(unit->kommuner.begin(), unit->kommuner.end());
  if (!places.shared_by().empty()) return absl::OkStatus();
  return InvalidField("shared_by", "the directory does not know this unit, and no kommune is named",
                      "send at least one kommune, or add the unit to directory.toml");
}

}  // namespace

absl::Status CheckPlaces(const v1::PlacesReported& places, const std::string& path) {
  if (absl::Status status = CheckUnit(path, places.unit()); !status.ok()) return status;
  if (places.kind() == v1::PLACE_KIND_UNSPECIFIED) {
    return InvalidField(absl::StrCat(path, "kind"), "this is missing",
                        "send a PlaceKind, e.g. PLACE_KIND_KORTTID");
  }
  absl::Status counts = CheckCounts(path, {{"places", places.places()}, {"free", places.free()}});
  if (!counts.ok()) return counts;
  if (places.free() > places.places()) {
    return InvalidField(absl::StrCat(path, "free"), "more places are free than there are",
                        "send at most as many as in places");
  }
  for (int i = 0; i < places.shared_by_size(); ++i) {
    if (KommuneByNumber(places.shared_by(i)) == nullptr) {
      return InvalidField(absl::StrCat(path, "shared_by[", i, "]"), "there is no such kommune",
                          "send the 4 digits of a kommune of 2024");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckBeds(const v1::BedsReported& beds, const std::string& path) {
  if (absl::Status status = CheckUnit(path, beds.unit()); !status.ok()) return status;
  return CheckCounts(path, {{"beds", beds.beds()},
                            {"available", beds.available()},
                            {"occupied", beds.occupied()},
                            {"corridor", beds.corridor()},
                            {"closed", beds.closed()}});
}

absl::Status CheckEmergencyDepartment(const v1::EmergencyDepartmentReported& department,
                                      const std::string& path) {
  absl::Status counts = CheckCounts(
      path, {{"waiting", department.waiting()}, {"waiting_over_1h", department.waiting_over_1h()}});
  if (!counts.ok()) return counts;
  if (department.waiting_over_1h() > department.waiting()) {
    return InvalidField(absl::StrCat(path, "waiting_over_1h"), "more wait over an hour than wait",
                        "send at most as many as in waiting");
  }
  if (department.longest_wait_minutes() >= 0 &&
      department.longest_wait_minutes() <= kWaitMinutesMax)
    return absl::OkStatus();
  return InvalidField(absl::StrCat(path, "longest_wait_minutes"), "this wait cannot be",
                      absl::StrCat("send 0 to ", kWaitMinutesMax, " minutes"));
}

absl::StatusOr<Facts> MakeFacts(const v1::ReportPlacesRequest& request,
                                const FactContext& context) {
  absl::StatusOr<v1::Envelope> fact =
      NewFact(request.has_occurred_at(), request.occurred_at(), context);
  if (!fact.ok()) return fact.status();
  v1::PlacesReported& places = *fact->mutable_places_reported();
  places.set_unit(request.unit());
  places.set_kind(request.kind());
  places.set_places(request.places());
  places.set_free(request.free());
  *places.mutable_shared_by() = request.shared_by();
  if (absl::Status status = CheckPlaces(places, ""); !status.ok()) return status;
  if (absl::Status status = SetSharedBy(context, places); !status.ok()) return status;
  absl::Status own = MayWriteOfPlaces(*context.scope, context.directory, places, "");
  if (!own.ok()) return own;
  if (!request.free_from().empty()) {
    absl::StatusOr<absl::CivilDay> day = ParseDate(request.free_from());
    if (!day.ok())
      return InvalidField("free_from", "this is not a date",
                          "write it as YYYY-MM-DD, or leave it out for now");
    *places.mutable_free_from() = ToProto(OsloNoon(*day));
  }
  return Facts{*std::move(fact)};
}

absl::StatusOr<Facts> MakeFacts(const v1::ReportBedsRequest& request, const FactContext& context) {
  absl::StatusOr<const Hospital*> hospital = HospitalField(request.hospital(), context);
  if (!hospital.ok()) return hospital.status();
  absl::StatusOr<v1::Envelope> fact =
      NewFact(request.has_occurred_at(), request.occurred_at(), context);
  if (!fact.ok()) return fact.status();
  fact->set_hospital(request.hospital());
  fact->set_ward(request.unit());
  fact->set_sector(context.directory.SectorOf(**hospital, request.unit()));
  v1::BedsReported& beds = *fact->mutable_beds_reported();
  beds.set_unit(request.unit());
  beds.set_beds(request.beds());
  beds.set_available(request.available());
  beds.set_occupied(request.occupied());
  beds.set_corridor(request.corridor());
  beds.set_closed(request.closed());
  if (absl::Status status = CheckBeds(beds, ""); !status.ok()) return status;
  return Facts{*std::move(fact)};
}

absl::StatusOr<Facts> MakeFacts(const v1::ReportEmergencyDepartmentRequest& request,
                                const FactContext& context) {
  if (auto hospital = HospitalField(request.hospital(), context); !hospital.ok())
    return hospital.status();
  absl::StatusOr<v1::Envelope> fact =
      NewFact(request.has_occurred_at(), request.occurred_at(), context);
  if (!fact.ok()) return fact.status();
  fact->set_hospital(request.hospital());
  v1::EmergencyDepartmentReported& department = *fact->mutable_emergency_department_reported();
  department.set_waiting(request.waiting());
  department.set_waiting_over_1h(request.waiting_over_1h());
  department.set_longest_wait_minutes(request.longest_wait_minutes());
  if (absl::Status status = CheckEmergencyDepartment(department, ""); !status.ok()) return status;
  return Facts{*std::move(fact)};
}

}  // namespace overgang::intake
