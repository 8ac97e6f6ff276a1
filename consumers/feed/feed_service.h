// FeedService: Subscribe, for gRPC and, as server-sent events, for HTTP.
//
// Threads: as Feed. Errors: INVALID_ARGUMENT names the field; FAILED_PRECONDITION for a cursor of
// another incarnation of the log; PERMISSION_DENIED for who may see sums only, or asks for what is
// another's; RESOURCE_EXHAUSTED beyond kSubscribersMax, or
// kSubscribersPerPrincipalMax of one principal.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "consumers/feed/feed.h"
#include "consumers/feed/whose.h"
#include "core/rpc.h"
#include "projections/views.h"

namespace overgang::feed {

class FeedService {
 public:
  // All must outlive it.
  FeedService(EventLog& log, projections::Views& views, const Clock& clock, Metrics& metrics,
              std::string incarnation, FeedTimes times = {});
  ~FeedService();  // Stops.

  void Register(MethodTable& table);
  // To be called about twice a second.
  void Tick() { feed_->Tick(); }
  void Stop();

 private:
  absl::StatusOr<std::unique_ptr<MessageStream>> Subscribe(const Caller& caller,
                                                           const v1::SubscribeRequest& request,
                                                           Wake wake);

  projections::Views& views_;
  const Clock& clock_;
  const Whose whose_;
  const std::shared_ptr<Feed> feed_;
  const int listener_;
};

}  // namespace overgang::feed
