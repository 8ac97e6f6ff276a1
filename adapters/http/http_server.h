// The HTTP door: every unary method of a MethodTable as Connect JSON (POST
// /overgang.v1.<Service>/<Method>), its streams as server-sent events (GET
// /live/<name>?field=value), plain routes, and the page's files.
//
// A few threads serve all connections. Each is bounded: header, body, time without progress, one
// message in flight on a stream. Stop answers what has begun and ends the rest; handlers may reply
// after it, to nobody. Filled (Add...) before Start by one thread; Stop is called once, or by the
// destructor.
//
// A refused request gets Connect's error JSON {"code", "message", "details"} with HTTP's status for
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/http_route.h"
#include "core/metrics.h"
#include "core/rpc.h"
#include "core/tls.h"

namespace overgang {

struct HttpOptions {
  std::string address = "127.0.0.1";  // An IP address.
  uint16_t port = 7400;               // 0: any free one.
  TlsIdentity tls = {};               // Off: plain HTTP.
  int threads = 2;
  size_t connections_max = 20'000;  // Fewer where the process may not open as many files.
  size_t header_bytes_max = 16 * 1024;
  size_t body_bytes_max = 4 * 1024 * 1024;
  absl::Duration idle_timeout = absl::Seconds(30);   // Until a request's header is complete.
  absl::Duration body_timeout = absl::Seconds(30);   // From there until its body is.
  absl::Duration write_timeout = absl::Seconds(30);  // For one answer, or one message of a stream.
  absl::Duration call_timeout =
      absl::Seconds(30);  // For a handler's answer; the caller may ask for less.
  absl::Duration heartbeat = absl::Seconds(15);     // A comment on a stream with nothing to say.
  absl::Duration drain_timeout = absl::Seconds(5);  // What has begun may take this long after Stop.
};

// A file of the page; all of it lives as long as the program.
struct HttpAsset {
  std::string_view path;  // "/", "/board.js".
  std::string_view content_type;
  std::string_view bytes;
  std::string_view etag;  // Quoted.
};

class HttpServer {
 public:
  // All must outlive the server.
  HttpServer(HttpOptions options, const MethodTable& methods, Authenticate authenticate,
             Metrics& metrics);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // For exactly this method and path; without a need for anyone. HEAD goes where GET does.
  void AddRoute(std::string method, std::string path, std::optional<Need> need,
                HttpHandler handler);
  // For every path that goes on after `prefix` ("/tiltak/"), and for anyone: what follows is the
  // handler's to judge.
  void AddPrefix(std::string method, std::string prefix, HttpHandler handler);
  // GET /live/<name> serves the stream "overgang.v1.CensusService/WatchCensus". What a client gives
  // as Last-Event-ID goes into the field `resume_from` of the request, where there is one.
  void AddLive(std::string name, std::string method, std::string resume_from = "");
  void AddAsset(const HttpAsset& asset);

  // FAILED_PRECONDITION names "[http] port" or "[http] address" and what to do.
  [[nodiscard]] absl::Status Start();
  uint16_t port() const;
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace overgang
