// A plain HTTP exchange, for what is neither a method nor a live stream (/metrics, /readyz, POST
// /plo, the page).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access.h"

namespace overgang {

struct HttpRequest {
  std::string method;  // "GET", "POST".
  std::string path;    // Without the query.
  std::string query;   // After '?', as sent.
  std::string content_type;
  std::string body;       // Bounded by the server (http_body_bytes_max).
  std::string principal;  // Who calls,
  std::shared_ptr<const Scope> scope = Scope::Nothing();  // and what it may. Never null.
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string cache_control = "no-store";
  std::vector<std::pair<std::string, std::string>> headers = {};  // Beyond those.
};

// Replies exactly once, from any thread; never blocks the server's.
using HttpHandler = std::function<void(const HttpRequest&, std::function<void(HttpResponse)>)>;

}  // namespace overgang
