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

// Census streams that all show the newest response set, as the board's do: a reader that pulls late
// skips steps.
class ScriptedCensus {
 public:
  void Show(v1::WatchCensusResponse response) {
    {
      const std::lock_guard lock(mutex_);
      newest_ = std::make_shared<v1::WatchCensusResponse>(std::move(response));
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
  absl::StatusOr<std::unique_ptr<MessageStream>> Open(const v1::WatchCensusRequest& request,
                                                      Wake wake) {
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
  std::vector<v1::WatchCensusRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  class Stream final : public MessageStream {
   public:
    Stream(ScriptedCensus& census, int id) : census_(census), id_(id) {}
    ~Stream() override {
      const std::lock_guard lock(census_.mutex_);
      census_.wakes_.erase(id_);
    }
    absl::StatusOr<StreamStep> Next() override {
      const std::lock_guard lock(census_.mutex_);
      if (census_.ended_ && !census_.why_.ok()) return census_.why_;
      StreamStep step{.message = nullptr, .end = census_.ended_};
      if (seen_ != census_.version_) {
        seen_ = census_.version_;
        step.message = census_.newest_;
        ++census_.pulled_;
      }
      return step;
    }

   private:
    ScriptedCensus& census_;
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
  std::vector<v1::WatchCensusRequest> requests_;
  std::shared_ptr<const v1::WatchCensusResponse> newest_;
  uint64_t version_ = 0;
  size_t pulled_ = 0;
  int opened_ = 0;
  bool ended_ = false;
  absl::Status why_;
};

// Lets in "" and "Bearer right".
inline absl::StatusOr<std::string> AuthenticateScripted(std::string_view authorization) {
  if (authorization.empty() || authorization == "Bearer right") return std::string("tester");
  return absl::UnauthenticatedError("the token is not one of this hub's; get a new one");
}

}  // namespace overgang::http
