// Idempotency at the door: of two calls with one key, at the same time or shortly after one
// another, only the first writes.
//
// The views know the receipts of all time, but only once a fact is folded; this book covers the
// time from the call to then. It holds what is under way (kCallsUnderWayMax) and the newest
// kReceiptsRememberedMax receipts: at 10 000 calls a second that is two seconds, and a fold lags
// some 50 ms. Threads: all methods are thread-safe; replies are called without the lock held, on
// the thread of Finish. Errors: ALREADY_EXISTS (the key came before with other content),
// RESOURCE_EXHAUSTED (too many calls under way: repeat).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overgang::intake {

inline constexpr size_t kCallsUnderWayMax = 10'000;
inline constexpr size_t kReceiptsRememberedMax = 20'000;

struct Call {
  std::string principal;
  std::string method;    // "DeclareUkp".
  std::string key_hash;  // Stands for the idempotency key from here on: what a user types there may
                         // be anything.
  std::string digest;    // Of the content without the key.
};

// The error of a key that came with other content before.
[[nodiscard]] absl::Status KeyReused();

class ReceiptBook {
 public:
  using Waiter = std::function<void(absl::StatusOr<std::string> cursor)>;

  // True: the caller is first and must call Finish. False: `waiter` was or will be called with the
  // first one's outcome. On an error the waiter is not called.
  [[nodiscard]] absl::StatusOr<bool> Begin(const Call& call, Waiter waiter);
  // Tells all that wait. A failed call is forgotten, so that it can be repeated.
  void Finish(const Call& call, const absl::StatusOr<std::string>& cursor);

 private:
  using Id = std::tuple<std::string, std::string, std::string>;
  struct Entry {
    std::string digest;
    std::optional<std::string> cursor;  // Absent while under way.
    std::vector<Waiter> waiters;        // Of those under way.
  };

  std::mutex mutex_;
  std::map<Id, Entry> entries_;
  std::deque<Id> finished_;  // Oldest first.
  size_t under_way_ = 0;     // Waiters in all entries.
};

}  // namespace overgang::intake
