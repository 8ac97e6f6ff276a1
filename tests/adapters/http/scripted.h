// Streams and servers whose every step a test decides.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/http/http_server.h"
#include "core/metrics.h"
#include "core/rpc.h"
#include "overgang/v1/census_service.pb.h"

namespace overgang::http {

// Streams that all show the newest response set, as the board's do: a reader that pulls late
// skips steps.
template <typename Request, typename Response>
class ScriptedStream {
 public:
  void Show(Response response) {
    {
      const std::lock_guard lock(mutex_);
      newest_ = std::make_shared<Response>(std::move(response));
      ++version_;
    }
    WakeAll();
  }
  void End(absl::Status why) {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      why_ = std::move(why);
    }
    WakeAll();
  }
  absl::StatusOr<std::unique_ptr<MessageStream>> Open(const Request& request, Wake wake) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    wakes_[++opened_] = std::move(wake);
    return std::unique_ptr<MessageStream>(std::make_unique<Stream>(*this, opened_));
  }
  size_t open() const {
    const std::lock_guard lock(mutex_);
    return wakes_.size();
  }
  size_t pulled() const {
    const std::lock_guard lock(mutex_);
    return pulled_;
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  class Stream final : public MessageStream {
   public:
    Stream(ScriptedStream& script, int id) : script_(script), id_(id) {}
    ~Stream() override {
      const std::lock_guard lock(script_.mutex_);
      script_.wakes_.erase(id_);
    }
    absl::StatusOr<StreamStep> Next() override {
      const std::lock_guard lock(script_.mutex_);
      if (script_.ended_ && !script_.why_.ok()) return script_.why_;
      StreamStep step{.message = nullptr, .end = script_.ended_};
      if (seen_ != script_.version_) {
        seen_ = script_.version_;
        step.message = script_.newest_;
        ++script_.pulled_;
      }
      return step;
    }

   private:
    ScriptedStream& script_;
    const int id_;
    uint64_t seen_ = 0;
  };

  void WakeAll() {
    std::vector<Wake> wakes;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, wake] : wakes_) wakes.push_back(wake);
    }
    for (const Wake& wake : wakes) wake();
  }

  mutable std::mutex mutex_;
  std::map<int, Wake> wakes_;
  std::vector<Request> requests_;
  std::shared_ptr<const Response> newest_;
  uint64_t version_ = 0;
  size_t pulled_ = 0;
  int opened_ = 0;
  bool ended_ = false;
  absl::Status why_;
};

using ScriptedCensus = ScriptedStream<v1::WatchCensusRequest, v1::WatchCensusResponse>;

// Lets in "" and "Bearer right".
inline absl::StatusOr<Identity> AuthenticateScripted(const Credentials& shown) {
  if (shown.authorization.empty() || shown.authorization == "Bearer right")
    return Identity{"tester", Scope::All()};
  return absl::UnauthenticatedError("the token is not one of this hub's; get a new one");
}

}  // namespace overgang::http
