#include "adapters/http/server_core.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace overgang::http {

void Peers::Add(Peer* peer) {
  const std::lock_guard lock(mutex_);
  peers_.insert(peer);
}

void Peers::Remove(Peer* peer) {
  const std::lock_guard lock(mutex_);
  peers_.erase(peer);
  if (peers_.empty()) none_.notify_all();
}

size_t Peers::count() const {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

void Peers::CloseAll(Peer::How how) {
  std::vector<std::shared_ptr<Peer>>
      alive;  // Let go of after the lock: the last owner's destructor calls Remove.
  {
    const std::lock_guard lock(mutex_);
    alive.reserve(peers_.size());
    for (Peer* peer : peers_) {
      if (auto owned = peer->weak_from_this().lock()) alive.push_back(std::move(owned));
    }
  }
  for (const auto& peer : alive) peer->Close(how);
}

bool Peers::WaitUntilNone(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                        [this] { return peers_.empty(); });
}

void ServerCore::CountRequest(const std::string& label, unsigned status) {
  metrics
      .Counter("overgang_http_requests_total", "Answered HTTP requests",
               {{"method", label}, {"code", absl::StrCat(status)}})
      .Increment();
}

}  // namespace overgang::http
