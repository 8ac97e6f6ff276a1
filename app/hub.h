// The hub: every part made and joined, started in order, stopped in reverse. The only place that
// knows all adapters.
//
// Threads: Start, Stop and Reload belong to one thread. Errors: Start says which setting, port,
// file or folder is in the way, and the remedy; nothing is left running then.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "app/config.h"

namespace overgang {

inline constexpr int kMllpThreads = 2;
inline constexpr absl::Duration kTimerEvery =
    absl::Milliseconds(500);  // Readiness, lag, waits that are over.

class Hub {
 public:
  explicit Hub(Config config);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  [[nodiscard]] absl::Status Start();
  // Waits until everything in the log is in the views and writes addresses.json; false where `stop`
  // says so first.
  bool WaitUntilReady(const std::function<bool()>& stop);
  // Takes nothing new, lets what is in flight be stored and answered, stops.
  void Stop();
  // Reads the directory, the keys of tokens, the principals, recipients and templates anew; what
  // has mistakes stays as it was, but for single lines of the recipients, which are left out.
  [[nodiscard]] absl::Status Reload();

 private:
  class Parts;
  Config config_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace overgang
