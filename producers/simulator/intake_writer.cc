#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "core/oslo_time.h"
#include "google/protobuf/util/json_util.h"
#include "overgang/v1/intake_service.pb.h"
#include "producers/simulator/messages.h"

namespace overgang::simulator {
namespace {

std::string Json(const google::protobuf::Message& message) {
  std::string out;
  // Fails only for messages with invalid UTF-8, of which there are none here.
  (void)google::protobuf::util::MessageToJsonString(message, &out);
  return out;
}

std::string Date(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

}  // namespace

std::string WriteAnswer(const SimRegion& region, const RunTag& tag, const Stay& stay,
                        const Step& step) {
  v1::AnswerUkpRequest request;
  request.set_idempotency_key(MessageId(tag, stay, step.message, step.kind));
  v1::PersonAtHospital& person = *request.mutable_subject()->mutable_person();
  person.set_id_kind(v1::ID_KIND_NATIONAL_NUMBER);
  person.set_id_number(stay.person.number);
  person.set_hospital(region.hospital);
  *request.mutable_occurred_at() = ToProto(step.occurred);
  request.set_can_receive(step.can_receive);
  if (step.from_date) request.set_from_date(Date(*step.from_date));
  request.set_place_kind(step.place);
  if (!step.can_receive) request.set_comment_code("no-free-place");
  return Json(request);
}

std::string WriteBeds(const SimRegion& region, const SimWard& ward, const BedCount& count,
                      const std::string& key, absl::Time at) {
  v1::ReportBedsRequest request;
  request.set_idempotency_key(key);
  request.set_hospital(region.hospital);
  request.set_unit(ward.id);
  request.set_beds(ward.beds);
  request.set_available(ward.beds);
  request.set_occupied(std::min(ward.beds, count.occupied));
  request.set_corridor(count.corridor + std::max(0, count.occupied - ward.beds));
  *request.mutable_occurred_at() = ToProto(at);
  return Json(request);
}

std::string WritePlaces(const SimUnit& unit, int free, const std::string& key, absl::Time at) {
  v1::ReportPlacesRequest request;
  request.set_idempotency_key(key);
  request.set_unit(unit.id);
  request.set_kind(v1::PLACE_KIND_KORTTID);
  request.set_places(unit.places);
  request.set_free(std::clamp(free, 0, unit.places));
  for (const std::string& kommune : unit.kommuner) request.add_shared_by(kommune);
  *request.mutable_occurred_at() = ToProto(at);
  return Json(request);
}

std::string WriteEmergency(const SimRegion& region, const WaitCount& count, const std::string& key,
                           absl::Time at) {
  v1::ReportEmergencyDepartmentRequest request;
  request.set_idempotency_key(key);
  request.set_hospital(region.hospital);
  request.set_waiting(count.waiting);
  request.set_waiting_over_1h(count.over_1h);
  request.set_longest_wait_minutes(count.longest_minutes);
  *request.mutable_occurred_at() = ToProto(at);
  return Json(request);
}

}  // namespace overgang::simulator
