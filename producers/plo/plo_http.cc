#include "producers/plo/plo_http.h"

#include "absl/strings/str_cat.h"

namespace overgang::plo {
namespace {

HttpResponse Line(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.body = absl::StrCat(std::string(text), "\n");
  return response;
}

HttpResponse ToResponse(const absl::StatusOr<PloOutcome>& outcome) {
  if (absl::IsPermissionDenied(outcome.status()))
    return Line(403, std::string(outcome.status().message()));
  if (!outcome.ok())
    return Line(503, absl::StrCat("not stored, send it again: ", outcome.status().message()));
  if (!outcome->apprec.empty()) {
    HttpResponse response;
    response.content_type = "application/xml; charset=utf-8";
    response.body = outcome->apprec;
    return response;
  }
  if (!outcome->refusal.has_value()) {
    HttpResponse response;
    response.status = 204;
    return response;
  }
  const int status = outcome->kind == PloOutcome::Kind::kWrongOrganisation ? 409 : 400;
  return Line(status, absl::StrCat(outcome->refusal->code, " at ", outcome->refusal->place, ": ",
                                   outcome->refusal->reason));
}

}  // namespace

HttpHandler PloHandler(PloReceiver& receiver) {
  return [&receiver](const HttpRequest& request, std::function<void(HttpResponse)> reply) {
    if (request.method != "POST") return reply(Line(405, "POST one PLO message"));
    if (request.body.size() > kKeptBytesMax) {
      return reply(Line(413, absl::StrCat("the message is larger than ", kKeptBytesMax,
                                          " bytes; send it without attachments")));
    }
    receiver.Handle(
        request.body, nullptr, false,
        [reply = std::move(reply)](const absl::StatusOr<PloOutcome>& outcome) {
          reply(ToResponse(outcome));
        },
        *request.scope);
  };
}

}  // namespace overgang::plo
