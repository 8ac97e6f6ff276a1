#include "adapters/http/routes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/http/known_methods.h"
#include "adapters/http/query_fields.h"
#include "core/errors.h"

namespace overgang::http {
namespace {

constexpr std::string_view kMethodPrefix = "/overgang.v1.";
constexpr std::string_view kLivePrefix = "/live/";

// The page loads nothing from elsewhere and nobody frames it.
// The page shows mails in a frame without scripts: they bring their styles and pictures with them.
constexpr char kContentSecurityPolicy[] =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'";

Response MethodNotAllowed(std::string_view path, const std::string& allowed) {
  Response response =
      ErrorResponse(405, FieldError(absl::StatusCode::kUnimplemented, "method",
                                    absl::StrCat("is not one that ", std::string(path), " takes"),
                                    absl::StrCat("use ", allowed)));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

bool IsRead(const std::string& method) { return method == "GET" || method == "HEAD"; }

// If-None-Match: one etag, a list, or *; the weak mark does not matter for it.
bool Matches(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

Response AssetResponse(const HttpAsset& asset, const std::string& if_none_match) {
  Response response{
      .content_type = std::string(asset.content_type), .body = "", .cache_control = "no-cache"};
  response.headers.emplace_back("ETag", std::string(asset.etag));
  response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  if (!if_none_match.empty() && Matches(if_none_match, asset.etag)) {
    response.status = 304;
  } else {
    response.body = std::string(asset.bytes);
  }
  return response;
}

}  // namespace

Routes::Routes(const MethodTable& methods, Authenticate authenticate, absl::Duration call_timeout)
    : methods_(methods), authenticate_(std::move(authenticate)), call_timeout_(call_timeout) {}

void Routes::AddRoute(std::string method, std::string path, std::optional<Need> need,
                      HttpHandler handler) {
  routes_[std::move(path)][std::move(method)] = {need, std::move(handler)};
}

void Routes::AddPrefix(std::string method, std::string prefix, HttpHandler handler) {
  prefixes_[std::move(prefix)][std::move(method)] = {std::nullopt, std::move(handler)};
}

void Routes::AddLive(std::string name, std::string method, std::string resume_from) {
  live_[absl::StrCat(std::string(kLivePrefix), name)] = {methods_.FindStream(method),
                                                         std::move(resume_from)};
}

void Routes::AddAsset(const HttpAsset& asset) { assets_[std::string(asset.path)] = asset; }

Target Routes::Find(const Request& head) const {
  Target target;
  target.label = "other";
  target.timeout = call_timeout_;
  if (head.path.starts_with(kMethodPrefix)) {
    FindMethod(head, target);
  } else if (head.path.starts_with(kLivePrefix)) {
    FindLive(head, target);
  } else {
    FindRoute(head, target);
  }
  return target;
}

bool Routes::Admit(const Request& head, Target& target) const {
  auto identity = authenticate_({head.authorization, head.certificate});
  if (!identity.ok()) {
    target.refusal = ErrorResponse(identity.status());
    if (target.refusal->status == 401)
      target.refusal->headers.emplace_back("WWW-Authenticate", "Bearer");
    return false;
  }
  target.identity = *std::move(identity);
  return true;
}

void Routes::FindMethod(const Request& head, Target& target) const {
  const std::string name = head.path.substr(1);
  const MethodTable::Unary* unary = methods_.FindUnary(name);
  if (unary == nullptr) {
    if (methods_.FindStream(name) != nullptr) {
      target.refusal = ErrorResponse(FieldError(absl::StatusCode::kUnimplemented, name,
                                                "is a stream", "use GET /live/... or gRPC"));
    } else if (IsKnownMethod(name)) {
      target.refusal = ErrorResponse(FieldError(absl::StatusCode::kUnimplemented, name,
                                                "is not served by this hub", "use a newer hub"));
    } else {
      target.refusal =
          ErrorResponse(404, FieldError(absl::StatusCode::kUnimplemented, "path", "names no method",
                                        "POST to /overgang.v1.<Service>/<Method>"));
    }
    return;
  }
  target.label = name;
  if (head.method != "POST") {
    target.refusal = MethodNotAllowed(head.path, "POST");
    return;
  }
  if (!Admit(head, target)) return;
  const auto encoding = EncodingOf(head.content_type);
  if (!encoding.ok()) {
    target.refusal = ErrorResponse(415, encoding.status());
    target.refusal->headers.emplace_back("Accept-Post", "application/json, application/proto");
    return;
  }
  if (!head.content_encoding.empty() && head.content_encoding != "identity") {
    target.refusal =
        ErrorResponse(FieldError(absl::StatusCode::kUnimplemented, "content-encoding",
                                 "is not one that methods take", "send the body uncompressed"));
    return;
  }
  if (!head.connect_version.empty() && head.connect_version != "1") {
    target.refusal = ErrorResponse(
        FieldError(absl::StatusCode::kInvalidArgument, "connect-protocol-version",
                   "is not one that is spoken here", "send 1 or leave the header out"));
    return;
  }
  const auto timeout = ParseTimeout(head.connect_timeout_ms);
  if (!timeout.ok()) {
    target.refusal = ErrorResponse(timeout.status());
    return;
  }
  target.timeout = std::min(call_timeout_, *timeout);
  target.encoding = *encoding;
  target.unary = unary;
}

void Routes::FindLive(const Request& head, Target& target) const {
  const auto found = live_.find(head.path);
  if (found == live_.end()) {
    std::vector<std::string> known;
    for (const auto& [path, stream] : live_) known.push_back(path);
    target.refusal =
        ErrorResponse(404, FieldError(absl::StatusCode::kNotFound, "path", "names no live stream",
                                      absl::StrCat("use ", absl::StrJoin(known, ", "))));
    return;
  }
  target.label = found->first;
  if (head.method != "GET") {
    target.refusal = MethodNotAllowed(head.path, "GET");
  } else if (found->second.stream == nullptr) {
    target.refusal = ErrorResponse(FieldError(absl::StatusCode::kUnimplemented, "path",
                                              "is not served by this hub", "use a newer hub"));
  } else if (Admit(head, target)) {
    target.stream = found->second.stream;
    target.resume_from = found->second.resume_from;
  }
}

const Routes::ByPath::value_type* Routes::PathOf(std::string_view path) const {
  if (const auto exact = routes_.find(path); exact != routes_.end()) return &*exact;
  for (const auto& prefix : prefixes_) {
    if (path.size() > prefix.first.size() && path.starts_with(prefix.first)) return &prefix;
  }
  return nullptr;
}

void Routes::FindRoute(const Request& head, Target& target) const {
  if (const auto asset = assets_.find(head.path); asset != assets_.end()) {
    target.label = asset->first;
    if (!IsRead(head.method)) {
      target.refusal = MethodNotAllowed(head.path, "GET, HEAD");
    } else {
      target.asset = &asset->second;
    }
    return;
  }
  const auto* path = PathOf(head.path);
  if (path == nullptr) {
    target.refusal = ErrorResponse(FieldError(absl::StatusCode::kNotFound, "path",
                                              "there is nothing here", "the board is at /"));
    return;
  }
  target.label = path->first;
  const auto route = path->second.find(head.method == "HEAD" ? "GET" : head.method);
  if (route == path->second.end()) {
    target.refusal = MethodNotAllowed(
        head.path, absl::StrJoin(path->second, ", ",
                                 [](std::string* out, const auto& entry) { *out += entry.first; }));
    return;
  }
  if (route->second.need.has_value()) {
    if (!Admit(head, target)) return;
    absl::Status status = overgang::Admit(*route->second.need, *target.identity.scope);
    if (!status.ok()) {
      target.refusal = ErrorResponse(status);
      return;
    }
  }
  target.handler = &route->second.handler;
}

void Routes::Call(const Target& target, Request request, absl::Time deadline, Answer answer) const {
  if (target.asset != nullptr) {
    answer([asset = target.asset, tag = std::move(request.if_none_match)] {
      return AssetResponse(*asset, tag);
    });
    return;
  }
  if (target.handler != nullptr) {
    const HttpRequest plain{.method = std::move(request.method),
                            .path = std::move(request.path),
                            .query = std::move(request.query),
                            .content_type = std::move(request.content_type),
                            .body = std::move(request.body),
                            .principal = target.identity.principal,
                            .scope = target.identity.scope};
    (*target.handler)(plain, [answer = std::move(answer)](HttpResponse response) {
      answer([response = std::move(response)] {
        return Response{.status = static_cast<unsigned>(response.status),
                        .content_type = response.content_type,
                        .body = response.body,
                        .cache_control = response.cache_control,
                        .headers = response.headers};
      });
    });
    return;
  }
  const Encoding encoding = target.encoding;
  auto decoded = DecodeRequest(*target.unary->request_prototype, encoding, request.body);
  if (!decoded.ok()) return answer([status = decoded.status()] { return ErrorResponse(status); });
  const std::shared_ptr<const MethodTable::Message> message = *std::move(decoded);
  const Caller caller{
      .principal = target.identity.principal, .scope = target.identity.scope, .deadline = deadline};
  // The reply holds the request, so that a handler may use it until it has replied.
  auto reply = [answer = std::move(answer), encoding,
                message](absl::StatusOr<std::unique_ptr<MethodTable::Message>> result) {
    if (!result.ok()) return answer([status = result.status()] { return ErrorResponse(status); });
    std::shared_ptr<const MethodTable::Message> response = *std::move(result);
    answer([response, encoding] { return EncodeResponse(*response, encoding); });
  };
  target.unary->call(caller, *message, std::move(reply));
}

absl::StatusOr<std::unique_ptr<MessageStream>> Routes::Open(const Target& target,
                                                            const Request& request,
                                                            Wake wake) const {
  std::unique_ptr<MethodTable::Message> message(target.stream->request_prototype->New());
  if (absl::Status status = FillFromQuery(request.query, *message); !status.ok()) return status;
  // A client that comes back asks as at first, and says in the header how far it got.
  if (!target.resume_from.empty() && !request.last_event_id.empty())
    SetStringField(*message, target.resume_from, request.last_event_id);
  return target.stream->open(Caller{.principal = target.identity.principal,
                                    .scope = target.identity.scope,
                                    .expires = target.identity.expires},
                             *message, std::move(wake));
}

}  // namespace overgang::http
