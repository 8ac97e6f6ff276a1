#include "consumers/feed/resolver.h"

#include <algorithm>
#include <utility>

#include "core/fact_writer.h"

namespace overgang::feed {

Resolver::Resolver(RecentFacts& recent, const Whose& whose,
                   const std::function<absl::Duration()>& elapsed, std::function<void()> resolved)
    : recent_(recent),
      whose_(whose),
      elapsed_(elapsed),
      resolved_(std::move(resolved)),
      thread_([this] { Run(); }) {}

Resolver::~Resolver() { Stop(); }

void Resolver::OnViews(const Offsets& known) {
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < kPartitionCount; ++i) known_[i] = std::max(known_[i], known[i]);
    news_ = true;
  }
  changed_.notify_one();
}

void Resolver::OnRecent() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  changed_.notify_one();
}

void Resolver::OnTick() { recent_.ForgetResolved(elapsed_() - kResolvedKeptFor); }

void Resolver::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Resolver::IsKnown(const TopicPartition& partition, int64_t offset) const {
  const std::lock_guard lock(mutex_);
  return offset < known_[partition.Index()];
}

void Resolver::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || news_; });
    if (stopping_) return;
    news_ = false;
    const Offsets known = known_;
    lock.unlock();
    const RecentFacts::Piece piece = recent_.Unresolved(known, kResolvedAtOnce);
    for (const auto& message : piece.messages) {
      if (message != nullptr && IsOfPatients(TopicOf(message->fact())))
        message->SetKommuner(whose_.KommunerOf(message->fact()));
    }
    if (!piece.messages.empty()) {
      recent_.SetResolved(piece, elapsed_());
      resolved_();
    }
    lock.lock();
    news_ = news_ || piece.messages.size() == kResolvedAtOnce;
  }
}

}  // namespace overgang::feed
