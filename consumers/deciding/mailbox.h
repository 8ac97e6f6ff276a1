// How a loop that decides is told that there is something new, and that it is to stop. Shared with
// whoever tells, and may so outlive the loop. A loop may put more into it, under its mutex.
//
// Threads: all methods from any.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace overgang::deciding {

// A loop looks this often by itself: time passes without anybody telling.
inline constexpr absl::Duration kLookEvery = absl::Milliseconds(250);

class Mailbox {
 public:
  // What `put` does is seen by the loop in the round that this wakes it for.
  template <typename Put>
  void Tell(Put put) {
    std::lock_guard lock(mutex);
    put();
    news_ = true;
    told.notify_all();
  }
  void Tell() {
    Tell([] {});
  }
  void Stop() {
    std::lock_guard lock(mutex);
    stopping_ = true;
    told.notify_all();
  }
  // After `rest`, whatever is told: until there is news or it is time to look. False: the loop is
  // to stop.
  bool Wait(absl::Duration rest = absl::ZeroDuration()) {
    std::unique_lock lock(mutex);
    if (rest > absl::ZeroDuration())
      told.wait_for(lock, absl::ToChronoMicroseconds(rest), [this] { return stopping_; });
    told.wait_for(lock, absl::ToChronoMilliseconds(kLookEvery),
                  [this] { return news_ || stopping_; });
    news_ = false;
    return !stopping_;
  }

  std::mutex mutex;
  std::condition_variable told;

 private:
  bool news_ = false;
  bool stopping_ = false;
};

}  // namespace overgang::deciding
