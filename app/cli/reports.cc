// `overgang escalation`: asks the hub and prints its answer, one JSON object
// per line.
#include "absl/strings/str_cat.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::cli {
namespace {

constexpr size_t kRulesBytesMax = size_t{1} << 20;

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

int RunEscalationDryRun(const Connection& connection, const DryRunOptions& options,
                        const Output& output) {
  v1::DryRunRulesRequest request;
  absl::StatusOr<std::string> rules = ReadFile(options.rules_file, kRulesBytesMax);
  if (!rules.ok()) return WrongUse(output, absl::StrCat("--rules: ", rules.status().message()));
  request.set_rules_toml(*std::move(rules));
  absl::StatusOr<absl::Time> from = ParseTime(options.from), to = ParseTime(options.to);
  if (!from.ok() || !to.ok())
    return WrongUse(output,
                    absl::StrCat("--from, --to: ", (from.ok() ? to : from).status().message()));
  *request.mutable_from() = ToProto(*from);
  *request.mutable_to() = ToProto(*to);
  return Ask<v1::DryRunRulesResponse>(connection, "EscalationService/DryRunRules", request, output);
}

}  // namespace overgang::cli
