#include "producers/intake/receipts.h"

#include <utility>

#include "core/errors.h"

namespace overgang::intake {

absl::Status KeyReused() {
  return FieldError(absl::StatusCode::kAlreadyExists, "idempotency_key",
                    "this key came with other content before",
                    "use a new key for new content, and the same content to repeat a call");
}

absl::StatusOr<bool> ReceiptBook::Begin(const Call& call, Waiter waiter) {
  std::string cursor;
  {
    std::lock_guard lock(mutex_);
    auto [it, first] = entries_.try_emplace({call.principal, call.method, call.key_hash});
    Entry& entry = it->second;
    if (!first && entry.digest != call.digest) return KeyReused();
    if (!entry.cursor.has_value()) {
      if (under_way_ >= kCallsUnderWayMax) {
        if (first) entries_.erase(it);
        return absl::ResourceExhaustedError(
            "too many calls are under way; repeat this one with the same key in a moment");
      }
      ++under_way_;
      entry.digest = call.digest;
      entry.waiters.push_back(std::move(waiter));
      return first;
    }
    cursor = *entry.cursor;
  }
  waiter(std::move(cursor));
  return false;
}

void ReceiptBook::Finish(const Call& call, const absl::StatusOr<std::string>& cursor) {
  std::vector<Waiter> waiters;
  {
    std::lock_guard lock(mutex_);
    auto it = entries_.find({call.principal, call.method, call.key_hash});
    waiters = std::exchange(it->second.waiters, {});
    under_way_ -= waiters.size();
    if (cursor.ok()) {
      it->second.cursor = *cursor;
      finished_.push_back(it->first);
      if (finished_.size() > kReceiptsRememberedMax) {
        entries_.erase(finished_.front());
        finished_.pop_front();
      }
    } else {
      entries_.erase(it);
    }
  }
  for (const Waiter& waiter : waiters) waiter(cursor);
}

}  // namespace overgang::intake
