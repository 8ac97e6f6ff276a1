// Of EscalationService: ListTiltakskort, AcknowledgeTiltak, CompleteTiltak and WatchEscalation (see
// its proto for errors).
//
// Threads: Register belongs to one thread, answers come on any; lists, which read many rows, come
// on threads of its own. What it is given must outlive it, and the service every call and stream.
#pragma once

#include <memory>

#include "consumers/tiltakskort/card_watch.h"
#include "consumers/tiltakskort/cards.h"
#include "consumers/tiltakskort/saying.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

inline constexpr int kWatchedHospitalsMax = 500;

class CardsService {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    const Clock& clock;
    const DirectoryHolder& directory;
    const CardsHolder& cards;
    const RolesHolder& roles;
  };
  explicit CardsService(const Parts& parts);
  ~CardsService();

  void Register(MethodTable& table);
  // Now and then, by the hub's timer.
  void Tick() { watch_->Tick(); }
  // Lets lists that are under way come to an end, and ends those that wait.
  void Stop() { pool_.Stop(); }

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  void ListTiltakskort(const Caller& caller, const v1::ListTiltakskortRequest& request,
                       Reply<v1::ListTiltakskortResponse> reply);
  absl::StatusOr<v1::ListTiltakskortResponse> List(const Caller& caller,
                                                   const v1::ListTiltakskortRequest& request,
                                                   const projections::Epoch& epoch) const;
  template <typename Request>
  void Say(const Caller& caller, const std::string& method, const Request& request,
           Reply<v1::Receipt> reply);
  absl::StatusOr<std::unique_ptr<MessageStream>> Watch(const Caller& caller,
                                                       const v1::WatchEscalationRequest& request,
                                                       Wake wake);

  const Parts parts_;
  Saying saying_;
  std::shared_ptr<CardWatch> watch_;
  int listener_ = 0;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::tiltakskort
