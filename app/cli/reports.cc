// `overgang escalation`: asks the hub and prints its answer, one JSON object
// per line.
#include "app/cli/requests.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::cli {
namespace {

template <typename Response, typename Request>
int Ask(const Connection& connection, std::string_view method, const Request& request,
        const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    Response response;
    absl::Status status = hub.Call(method, request, &response);
    if (status.ok()) PrintJson(output, response);
    return status;
  });
}

}  // namespace

int RunEscalation(const Connection& connection, const Output& output) {
  if (const int code = Ask<v1::GetLevelsResponse>(connection, "EscalationService/GetLevels",
                                                  v1::GetLevelsRequest(), output);
      code != kDone) {
    return code;
  }
  v1::ListTiltakskortRequest request;
  request.set_open_only(true);
  return Ask<v1::ListTiltakskortResponse>(connection, "EscalationService/ListTiltakskort", request,
                                          output);
}

}  // namespace overgang::cli
