// PathwayService: ListStays, GetPathway and WatchStays (see its proto for errors).
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "core/directory.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/moments.h"
#include "projections/views.h"

namespace overgang::board {

inline constexpr size_t kStaysPerMessageMax =
    500;  // Of WatchStays; what is more comes in the next message.

class PathwayService {
 public:
  PathwayService(projections::Views& views, projections::Moments& moments, const Clock& clock,
                 const PaymentTerms& terms, const DirectoryHolder& directory);
  ~PathwayService();

  void Register(MethodTable& table);
  // Every kFeedTick, by the hub's timer: watchers hear how old the sources are though nothing
  // changed.
  void Tick() { WakeAll(); }
  // Ends lists that wait for their turn, so that the servers need not wait for them; they may go on
  // calling until they have stopped.
  void Stop() { pool_.Stop(); }

 private:
  class Watcher;
  void ListStays(const Caller& caller, const v1::ListStaysRequest& request,
                 Reply<v1::ListStaysResponse> reply);
  void GetPathway(const Caller& caller, const v1::GetPathwayRequest& request,
                  Reply<v1::GetPathwayResponse> reply);
  absl::StatusOr<std::unique_ptr<MessageStream>> WatchStays(const Caller& caller,
                                                            const v1::WatchStaysRequest& request,
                                                            Wake wake);
  void WakeAll();

  // Watchers may outlive the service by a moment while the servers stop.
  struct Watchers {
    std::mutex mutex;
    std::map<const Watcher*, Wake> wakes;
  };
  projections::Views& views_;
  projections::Moments& moments_;
  const Clock& clock_;
  const PaymentTerms& terms_;
  const DirectoryHolder& directory_;
  std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();
  int listener_ = 0;
  WorkerPool pool_;  // For pathways, lists beyond the open stays, and moments past. The last
                     // member: its tasks use the others.
};

}  // namespace overgang::board
