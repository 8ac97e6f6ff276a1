// The one reader at the end of the log, for all subscribers there: what it reads becomes recent
// facts.
//
// Threads: one of its own. Where the log cannot be reached it tries again; where records are lost
// it says so and rests until there is a new beginning.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "consumers/feed/recent_facts.h"
#include "core/event_log.h"

namespace overgang::feed {

inline constexpr absl::Duration kTailWait = absl::Milliseconds(100);  // For records.
inline constexpr absl::Duration kTailRetry = absl::Seconds(1);

class Tail {
 public:
  struct Told {
    std::function<void()> appended;                 // Facts were appended.
    std::function<void(const absl::Status&)> lost;  // They cannot be read; has stopped the facts.
    // Whether nobody has read for long enough; has stopped the facts then.
    std::function<bool()> may_rest;
  };
  Tail(EventLog& log, RecentFacts& recent, std::string incarnation, Told told);
  ~Tail();  // Stops.

  // After recent.Begin.
  void Begin();
  void Stop();

 private:
  void Run();
  bool Wait(absl::Duration at_most);  // False: stopping.
  absl::Status Read();
  void Append(const RecordBatch& batch);

  EventLog& log_;
  RecentFacts& recent_;
  const std::string incarnation_;
  const Told told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace overgang::feed
