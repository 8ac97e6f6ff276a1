// The feed: the facts of the log for any number of subscribers, who neither wait for each other nor
// cost more than a place and, while they are behind, a small buffer.
//
// At the end of the log one reader makes each fact ready once, for all (Tail, RecentFacts), and it
// is found out once whose it is (Resolver); who is behind is read for by a few threads (CatchUp).
// Threads: all methods from any; Stop once. Ownership: streams may outlive Stop, not the feed's
// parts; they hold the feed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "consumers/feed/catch_up.h"
#include "consumers/feed/recent_facts.h"
#include "consumers/feed/resolver.h"
#include "consumers/feed/subscription.h"
#include "consumers/feed/tail.h"
#include "core/clock.h"
#include "core/metrics.h"

namespace overgang::feed {

inline constexpr size_t kSubscribersMax = 2'000;
inline constexpr size_t kSubscribersPerPrincipalMax = 200;  // Of these; so ten crowd nobody out.
inline constexpr absl::Duration kTailRestsAfter = absl::Seconds(10);  // Without a subscriber.

class Feed : public std::enable_shared_from_this<Feed> {
 public:
  // All must outlive it.
  Feed(EventLog& log, const Whose& whose, const Clock& clock, Metrics& metrics,
       std::string incarnation, FeedTimes times);

  absl::StatusOr<std::unique_ptr<MessageStream>> Open(Subscription::Terms terms, Wake wake);
  // The views have everything before.
  void OnViews(const Offsets& known) { resolver_.OnViews(known); }
  // Heartbeats, and the end of who takes nothing. To be called about twice a second.
  void Tick();
  // Ends every stream with UNAVAILABLE and reads no more.
  void Stop();

  const std::string& incarnation() const { return incarnation_; }

 private:
  class Stream;
  using Subscriptions = std::map<uint64_t, std::shared_ptr<Subscription>>;
  void Remove(const Subscription& subscription);
  bool TailMayRest();
  void CountAsking();
  void Lost(const absl::Status& why);
  // A copy, so that nobody is woken while the others are locked out.
  std::vector<std::shared_ptr<Subscription>> All() const;

  const std::string incarnation_;
  const Clock& clock_;
  const FeedTimes times_;
  prometheus::Gauge& subscribers_;
  prometheus::Counter& slow_;
  mutable std::mutex mutex_;
  Subscriptions subscriptions_;
  uint64_t last_id_ = 0;
  absl::Duration used_;  // When somebody last subscribed.
  bool stopped_ = false;
  RecentFacts recent_;
  // Their threads use the others.
  Resolver resolver_;
  CatchUp catch_up_;
  Tail tail_;
};

}  // namespace overgang::feed
