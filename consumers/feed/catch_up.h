// Reads the log for those who are behind the recent facts: a few threads, a piece for each
// subscriber in turn, a few readers kept open.
//
// Threads: Add and Forget from any; Stop once. Blocks nobody else: reading, and closing a reader,
// happen here.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "consumers/feed/recent_facts.h"
#include "consumers/feed/resolver.h"
#include "consumers/feed/subscription.h"
#include "core/event_log.h"

namespace overgang::feed {

inline constexpr int kCatchUpThreads = 2;
inline constexpr size_t kReadersKeptMax = 6;  // Open, besides one for each thread.
inline constexpr absl::Duration kTurnMax = absl::Milliseconds(50);
inline constexpr absl::Duration kCatchUpWait = absl::Milliseconds(50);  // For records, in a turn.

class CatchUp {
 public:
  // `begin` sees to it that recent facts are read, from these offsets on where they were not.
  CatchUp(EventLog& log, const RecentFacts& recent, const Resolver& resolver,
          std::string incarnation, std::function<void(const Offsets&)> begin);
  ~CatchUp();  // Stops.

  // Each at most once at a time: it says itself (Subscription::TurnOver) when it is to come again.
  void Add(std::shared_ptr<Subscription> subscription);
  // Whose subscription has ended: closes what is open for it.
  void Forget(uint64_t id);
  void Stop();

 private:
  struct Kept {
    uint64_t id = 0;
    Offsets read{};
    std::unique_ptr<LogReader> reader;
  };
  void Work();
  void TakeTurn(const std::shared_ptr<Subscription>& subscription);
  absl::Status Begin(Subscription& subscription);
  absl::Status Read(Subscription& subscription, Kept* kept);
  // False: not everything, as the views do not have the rest yet.
  bool Take(const RecordBatch& batch, Subscription& subscription, Kept* kept);
  Kept TakeKept(const Subscription& subscription);
  void Keep(const Subscription& subscription, Kept kept);

  EventLog& log_;
  const RecentFacts& recent_;
  const Resolver& resolver_;
  const std::string incarnation_;
  const std::function<void(const Offsets&)> begin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Subscription>> waiting_;
  std::list<Kept> kept_;  // The longest unused first.
  std::vector<Kept> unneeded_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace overgang::feed
