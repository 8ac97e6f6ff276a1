// A unary method whose answer a test decides, over HTTP: POST /test/<name> gives the next answers
// as protobuf JSON, POST /test/<name>/refuse a refusal ("<code of absl::Status> <message>"; empty:
// none), POST /test/<name>/hold ("true") keeps whoever asks waiting until it is "false". GET
// /test/<name> is what was asked, a line of protobuf JSON each. Thread-safe.
#pragma once

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/http/http_server.h"
#include "core/rpc.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::http {

template <typename Request, typename Response>
class ScriptedAnswer {
 public:
  void Register(MethodTable& methods, HttpServer& server, const std::string& method,
                const std::string& name) {
    methods.AddUnary<Request, Response>(
        method, Need::kOwn, [this](const Caller&, const Request& request, auto reply) {
          Ask(request, [this, reply = std::move(reply)] { Answer(reply); });
        });
    const std::string path = absl::StrCat("/test/", name);
    Route(server, path, [this](const std::string& body) {
      Response next;
      if (!google::protobuf::util::JsonStringToMessage(body, &next).ok()) return false;
      const std::lock_guard lock(mutex_);
      answer_ = std::move(next);
      return true;
    });
    Route(server, absl::StrCat(path, "/refuse"), [this](const std::string& body) {
      const std::lock_guard lock(mutex_);
      refusal_ = absl::OkStatus();
      if (!body.empty())
        refusal_ = absl::Status(static_cast<absl::StatusCode>(std::atoi(body.c_str())), body);
      return true;
    });
    Route(server, absl::StrCat(path, "/hold"), [this](const std::string& body) {
      Hold(body == "true");
      return true;
    });
    server.AddRoute("GET", path, std::nullopt,
                    [this](const HttpRequest&, const std::function<void(HttpResponse)>& reply) {
                      const std::lock_guard lock(mutex_);
                      reply({.body = asked_});
                    });
  }

 private:
  static void Route(HttpServer& server, const std::string& path,
                    std::function<bool(const std::string&)> take) {
    server.AddRoute("POST", path, std::nullopt,
                    [take = std::move(take)](const HttpRequest& request, const auto& reply) {
                      reply({.status = take(std::string(request.body)) ? 200 : 400, .body = {}});
                    });
  }

  void Ask(const Request& request, std::function<void()> answer) {
    {
      const std::lock_guard lock(mutex_);
      std::string json;
      if (google::protobuf::util::MessageToJsonString(request, &json).ok())
        absl::StrAppend(&asked_, json, "\n");
      if (holding_) return waiting_.push_back(std::move(answer));
    }
    answer();
  }
  void Hold(bool holding) {
    std::vector<std::function<void()>> waiting;
    {
      const std::lock_guard lock(mutex_);
      holding_ = holding;
      if (!holding) waiting = std::exchange(waiting_, {});
    }
    for (const auto& answer : waiting) answer();
  }
  void Answer(const Reply<Response>& reply) {
    const std::lock_guard lock(mutex_);
    if (!refusal_.ok()) return reply(refusal_);
    reply(answer_);
  }

  std::mutex mutex_;
  Response answer_;
  absl::Status refusal_;
  std::string asked_;
  bool holding_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace overgang::http
