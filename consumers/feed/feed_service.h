// FeedService: Subscribe, for gRPC and, as server-sent events, for HTTP.
//
// Threads: as Feed. Errors: INVALID_ARGUMENT names the field; FAILED_PRECONDITION for a cursor of
// another incarnation of the log; PERMISSION_DENIED; RESOURCE_EXHAUSTED beyond kSubscribersMax.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "consumers/feed/feed.h"
#include "core/rpc.h"

namespace overgang::feed {

// What a caller may see; PERMISSION_DENIED for who may see sums only.
using SightOf = std::function<absl::StatusOr<Sight>(const Caller&)>;

class FeedService {
 public:
  // All must outlive it.
  FeedService(EventLog& log, const Clock& clock, Metrics& metrics, std::string incarnation,
              SightOf sight_of, FeedTimes times = {});
  ~FeedService();  // Stops.

  void Register(MethodTable& table);
  // To be called about twice a second.
  void Tick() { feed_->Tick(); }
  void Stop() { feed_->Stop(); }

 private:
  absl::StatusOr<std::unique_ptr<MessageStream>> Subscribe(const Caller& caller,
                                                           const v1::SubscribeRequest& request,
                                                           Wake wake);

  const SightOf sight_of_;
  const std::shared_ptr<Feed> feed_;
};

}  // namespace overgang::feed
