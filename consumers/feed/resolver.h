// Finds out whose each recent fact is, once for all who ask, as soon as the views have it.
//
// Threads: one of its own; all methods from any. Rests while nobody asks.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "consumers/feed/recent_facts.h"
#include "consumers/feed/whose.h"

namespace overgang::feed {

inline constexpr size_t kResolvedAtOnce = 64;  // Then those who wait for them are told.
// Who reads later is answered by what is known then.
inline constexpr absl::Duration kResolvedKeptFor = absl::Seconds(30);

class Resolver {
 public:
  // All outlive it. `elapsed`: as core/clock.h has it; `resolved`: there is more to read for those
  // who ask.
  Resolver(RecentFacts& recent, const Whose& whose, const std::function<absl::Duration()>& elapsed,
           std::function<void()> resolved);
  ~Resolver();  // Stops.

  // The views have everything before.
  void OnViews(const Offsets& known);
  // Facts were appended, or somebody begins to ask.
  void OnRecent();
  // To be called about twice a second.
  void OnTick();
  void Stop();

  const Whose& whose() const { return whose_; }
  bool IsKnown(const TopicPartition& partition, int64_t offset) const;

 private:
  void Run();

  RecentFacts& recent_;
  const Whose& whose_;
  const std::function<absl::Duration()>& elapsed_;
  const std::function<void()> resolved_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Offsets known_{};
  bool news_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace overgang::feed
