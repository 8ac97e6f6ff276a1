// What WatchCensus streams share: one count per (basis, sectors, scope), brought up to date once
// per epoch for everybody. A scope's is counted from its own stays, and only when they changed.
//
// Each kommune and hospital carries the version of its last change; a watcher remembers only the
// version that it has seen, so a slow one skips steps and ten thousand idle ones cost a few words
// each. Threads: Update and Tick on one thread at a time (the runner's, the timer's are serialised
// inside); watchers anywhere.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "consumers/board/census_query.h"
#include "core/rpc.h"

namespace overgang::board {

// Counts relative to now move on, and ages are sent anew, this often though no fact came.
inline constexpr absl::Duration kFeedTick = absl::Seconds(10);

class CensusFeed : public std::enable_shared_from_this<CensusFeed> {
 public:
  CensusFeed(const projections::Views& views, const Clock& clock, const DirectoryHolder& directory,
             CensusQuery query);

  // Recounts what changed (everything on a tick) and wakes the watchers that it concerns.
  void Update(const std::shared_ptr<const projections::Epoch>& epoch, bool tick);

  std::unique_ptr<MessageStream> Watch(const Caller& caller, const v1::WatchCensusRequest& request,
                                       Wake wake);
  bool HasWatchers() const;
  // Whether it counts everybody's stays.
  bool whole() const { return query_.scope->everything; }

 private:
  class Watcher;
  struct Line {
    uint64_t version = 0;
    std::shared_ptr<const projections::Bucket> bucket;
    v1::KommuneCensus kommune;  // One of the two is filled.
    v1::HospitalCensus hospital;
  };
  void Recount(const projections::Epoch& epoch, bool all, std::vector<std::string>* changed);
  void RecountScope(const projections::Epoch& epoch, bool all, std::vector<std::string>* changed);
  void Remove(const Watcher* watcher);

  const projections::Views& views_;
  const Clock& clock_;
  const DirectoryHolder& directory_;
  CensusQuery query_;
  mutable std::mutex mutex_;
  uint64_t version_ = 0;
  uint64_t ticks_ = 0;
  std::shared_ptr<const projections::Epoch> epoch_;
  std::shared_ptr<const projections::CapacityView> capacity_;
  absl::Time counted_at_;
  v1::AsOf as_of_;  // As told where everything is seen.
  std::vector<std::shared_ptr<const projections::Bucket>> scope_buckets_;  // As counted last.
  std::map<std::string, Line> kommuner_;
  std::map<std::string, Line> hospitals_;
  std::map<const Watcher*, Wake> watchers_;
};

}  // namespace overgang::board
