// What a request asks for, and the asking: methods, live streams, plain routes and files, behind
// one look-up.
//
// Filled before the server starts, read-only and thread-safe after. Knows nothing of sockets.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/http/connect_codec.h"
#include "adapters/http/exchange.h"
#include "adapters/http/http_server.h"

namespace overgang::http {

// Found by the header alone, so that nobody has to send a body in vain. Pointers are the Routes'.
struct Target {
  std::string label;                // For metrics: one of a bounded set.
  std::optional<Response> refusal;  // Set: nothing else is.
  Identity identity;
  absl::Duration timeout;  // For the answer.
  const MethodTable::Unary* unary = nullptr;
  const MethodTable::Streaming* stream = nullptr;
  std::string_view resume_from;  // The field of its request that takes Last-Event-ID; empty: none.
  const HttpHandler* handler = nullptr;
  const HttpAsset* asset = nullptr;
  Encoding encoding = Encoding::kJson;  // Of a unary call.
};

class Routes {
 public:
  Routes(const MethodTable& methods, Authenticate authenticate, absl::Duration call_timeout);

  void AddRoute(std::string method, std::string path, std::optional<Need> need,
                HttpHandler handler);
  void AddPrefix(std::string method, std::string prefix, HttpHandler handler);
  void AddLive(std::string name, std::string method, std::string resume_from);
  void AddAsset(const HttpAsset& asset);

  Target Find(const Request& head) const;
  // For every target but a stream. The deadline is what the method is told; keeping it is the
  // connection's work.
  void Call(const Target& target, Request request, absl::Time deadline, Answer answer) const;
  absl::StatusOr<std::unique_ptr<MessageStream>> Open(const Target& target, const Request& request,
                                                      Wake wake) const;

 private:
  struct Route {
    std::optional<Need> need;  // None: for anyone.
    HttpHandler handler;
  };
  // By path, then by method.
  using ByPath = std::map<std::string, std::map<std::string, Route>, std::less<>>;
  const ByPath::value_type* PathOf(std::string_view path) const;  // Null: there is none.
  void FindMethod(const Request& head, Target& target) const;
  void FindLive(const Request& head, Target& target) const;
  void FindRoute(const Request& head, Target& target) const;
  struct Live {
    const MethodTable::Streaming* stream = nullptr;  // Null: not served.
    std::string resume_from;
  };
  // False, and the refusal set, where the caller may not.
  bool Admit(const Request& head, Target& target) const;

  const MethodTable& methods_;
  Authenticate authenticate_;
  absl::Duration call_timeout_;
  ByPath routes_;
  ByPath prefixes_;                                // By how the path begins.
  std::map<std::string, Live, std::less<>> live_;  // By path.
  std::map<std::string, HttpAsset, std::less<>> assets_;
};

}  // namespace overgang::http
