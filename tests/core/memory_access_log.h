// An access log in memory, for tests: keeps what was written, can fail, and can hold its answers
// back. Thread-safe.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "core/access_log.h"

namespace overgang::testing {

class MemoryAccessLog final : public AccessLog {
 public:
  void Write(v1::AccessEntry entry, Done done) override {
    std::unique_lock lock(mutex_);
    const absl::Status status = failure_;
    if (status.ok()) entries_.push_back(std::move(entry));
    if (holds_) return held_.push_back(std::move(done));
    lock.unlock();
    done(status);
  }
  absl::StatusOr<v1::ReadAccessLogResponse> Read(const v1::ReadAccessLogRequest&) const override {
    v1::ReadAccessLogResponse response;
    for (const v1::AccessEntry& entry : entries()) *response.add_entries() = entry;
    return response;
  }

  std::vector<v1::AccessEntry> entries() const {
    std::lock_guard lock(mutex_);
    return entries_;
  }
  // From now on nothing can be written; OK: it can again.
  void Fail(absl::Status why) {
    std::lock_guard lock(mutex_);
    failure_ = std::move(why);
  }
  // From now on answers wait for Release.
  void Hold() {
    std::lock_guard lock(mutex_);
    holds_ = true;
  }
  // Answers those that wait, and no longer holds.
  void Release() {
    std::unique_lock lock(mutex_);
    holds_ = false;
    const std::vector<Done> held = std::exchange(held_, {});
    lock.unlock();
    for (const Done& done : held) done(absl::OkStatus());
  }

 private:
  mutable std::mutex mutex_;
  std::vector<v1::AccessEntry> entries_;
  absl::Status failure_;
  bool holds_ = false;
  std::vector<Done> held_;
};

}  // namespace overgang::testing
