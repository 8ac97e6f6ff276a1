// CapacityService (see its proto for errors): the newest report of each ward, kommunal unit and
// emergency department, how old it is, since when places stand free, and what was reported before.
// When a report is stale is what the rules of levels say of it. Who is told what: docs/access.md.
//
// Threads: thread-safe. Replies come on the caller's thread, on the runner's, or, with a history, a
// worker's. What it is given must outlive it. Bounds: kHistoryReportsMax, kUnitFiltersMax.
#pragma once

#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/escalation/rules.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/event_log.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/capacity_service.pb.h"
#include "projections/views.h"

namespace overgang::escalation {

inline constexpr size_t kHistoryReportsMax = 20'000;  // Some 2 MiB.
inline constexpr int kUnitFiltersMax = 500;           // Hospitals, and kommuner, of one question.

class CapacityService {
 public:
  struct Parts {
    projections::Views& views;
    EventLog& log;
    const DirectoryHolder& directory;
    const RulesHolder& rules;
    const Clock& clock;
  };
  explicit CapacityService(const Parts& parts) : parts_(parts) {}

  void Register(MethodTable& table);
  // Ends what waits for its turn, and what runs, soon.
  void Stop();

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  using GetReply = Reply<v1::GetCapacityResponse>;

  void Get(const Caller& caller, const v1::GetCapacityRequest& request, const EpochPtr& epoch,
           const GetReply& reply);
  v1::GetCapacityResponse Newest(const Caller& caller, const v1::GetCapacityRequest& request,
                                 const projections::Epoch& epoch, absl::Time now) const;
  absl::Status AddHistory(const Caller& caller, const v1::GetCapacityRequest& request,
                          const projections::Epoch& epoch, absl::Time now,
                          v1::GetCapacityResponse* response) const;

  const Parts parts_;
  std::stop_source stop_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::escalation
