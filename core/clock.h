// The one clock. Nothing else reads the wall clock, so that tests can set it.
#pragma once

#include <time.h>

#include <atomic>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace overgang {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// Stands still until told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time now) : now_us_(absl::ToUnixMicros(now)) {}
  absl::Time Now() const override { return absl::FromUnixMicros(now_us_.load()); }
  void Set(absl::Time now) { now_us_ = absl::ToUnixMicros(now); }
  void Advance(absl::Duration by) { now_us_ += absl::ToInt64Microseconds(by); }

 private:
  std::atomic<int64_t> now_us_;
};

// Time since the machine started, also while it slept: for how long something took, however the
// wall clock is set meanwhile.
inline absl::Duration SinceBoot() {
  timespec since;
  clock_gettime(CLOCK_BOOTTIME, &since);
  return absl::DurationFromTimespec(since);
}

}  // namespace overgang
