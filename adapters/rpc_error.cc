#include "adapters/rpc_error.h"

#include <string>

#include "core/errors.h"
#include "google/rpc/error_details.pb.h"

namespace overgang {

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(std::string(status.message()));
  const ErrorPlace place = PlaceOf(status);
  if (!place.field.empty()) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field(place.field);
    violation->set_description(place.remedy.empty() ? std::string(status.message()) : place.remedy);
    result.add_details()->PackFrom(bad_request);
  }
  if (!place.field.empty() || !place.remedy.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(absl::StatusCodeToString(status.code()));
    info.set_domain("overgang.v1");
    if (!place.field.empty()) (*info.mutable_metadata())["field"] = place.field;
    if (!place.remedy.empty()) (*info.mutable_metadata())["remedy"] = place.remedy;
    result.add_details()->PackFrom(info);
  }
  return result;
}

}  // namespace overgang
