// CensusService: GetCensus, ExplainCensus and WatchCensus (see its proto for errors).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "consumers/board/census_feed.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "projections/moments.h"
#include "projections/views.h"

namespace overgang::board {

inline constexpr int kFilterValuesMax = 500;  // Kommuner or hospitals named in one request.
// Combinations of basis, sectors and hospitals that are watched at once: each is counted anew with
// every epoch, however many watch it. More are RESOURCE_EXHAUSTED.
inline constexpr size_t kFeedsMax = 64;
// The same of callers that see a part only, which costs no more than that part.
inline constexpr size_t kScopedFeedsMax = 1'000;

class CensusService {
 public:
  CensusService(projections::Views& views, projections::Moments& moments, const Clock& clock,
                const DirectoryHolder& directory, const PaymentTerms& terms);
  ~CensusService();

  void Register(MethodTable& table);
  // Every kFeedTick, by the hub's timer.
  void Tick();
  // Ends questions about the past that wait for their turn, so that the servers need not wait for
  // them; they may go on calling until they have stopped.
  void Stop() { pool_.Stop(); }

 private:
  void GetCensus(const Caller& caller, const v1::GetCensusRequest& request,
                 Reply<v1::GetCensusResponse> reply);
  void ExplainCensus(const Caller& caller, const v1::ExplainCensusRequest& request,
                     Reply<v1::ExplainCensusResponse> reply);
  absl::StatusOr<std::unique_ptr<MessageStream>> WatchCensus(const Caller& caller,
                                                             const v1::WatchCensusRequest& request,
                                                             Wake wake);
  static std::string ShareKey(CensusQuery* query);
  std::vector<std::shared_ptr<CensusFeed>> Feeds();

  projections::Views& views_;
  projections::Moments& moments_;
  const Clock& clock_;
  const DirectoryHolder& directory_;
  const PaymentTerms& terms_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<CensusFeed>>
      feeds_;  // By basis, sectors and scope; dropped when nobody watches.
  int listener_ = 0;
  WorkerPool pool_;  // For questions about the past. The last member: its tasks use the others.
};

}  // namespace overgang::board
