// One HTTP exchange as the server's own code sees it, free of the library that reads and writes it.
// Plain values.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace overgang::http {

struct Request {
  std::string method;
  std::string path;   // Without the query, as sent.
  std::string query;  // After '?', as sent.
  std::string content_type;
  std::string content_encoding;
  std::string authorization;
  std::string certificate;  // Of the connection's other end, PEM; empty: none.
  std::string if_none_match;
  std::string last_event_id;
  std::string connect_version;
  std::string connect_timeout_ms;
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string cache_control = "no-store";
  std::vector<std::pair<std::string, std::string>> headers = {};  // Beyond those.
};

// An answer is rendered where it is written, on one of the server's threads, never on the one that
// had it.
using Render = std::function<Response()>;
using Answer = std::function<void(Render)>;  // Called exactly once, from any thread.

}  // namespace overgang::http
