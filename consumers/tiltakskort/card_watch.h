// What WatchEscalation streams: the cards that a caller is told of, and the levels of its
// hospitals; first all, then what changed. A card that is closed is told once more, as it was
// closed.
//
// Threads: Update on one thread at a time; streams anywhere (core/rpc.h). A slow reader skips
// steps. What it is given must outlive it and every stream.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "consumers/tiltakskort/cards.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/rpc.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

class CardWatch : public std::enable_shared_from_this<CardWatch> {
 public:
  CardWatch(const projections::Views& views, const Clock& clock, const DirectoryHolder& directory,
            const RolesHolder& roles)
      : views_(views), clock_(clock), directory_(directory), roles_(roles) {}

  // After each epoch: wakes the streams where cards or levels changed.
  void Update(const std::shared_ptr<const projections::Epoch>& epoch);
  // Now and then: tells how old the sources are.
  void Tick();
  std::unique_ptr<MessageStream> Watch(const Caller& caller,
                                       const v1::WatchEscalationRequest& request, Wake wake);

 private:
  class Stream;
  void Remove(const Stream* stream);
  void WakeAll();

  const projections::Views& views_;
  const Clock& clock_;
  const DirectoryHolder& directory_;
  const RolesHolder& roles_;
  mutable std::mutex mutex_;
  std::shared_ptr<const projections::Epoch> epoch_;
  uint64_t ticks_ = 0;
  std::map<const Stream*, Wake> streams_;
};

}  // namespace overgang::tiltakskort
