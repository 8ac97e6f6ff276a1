#include "consumers/board/census_feed.h"

#include <algorithm>

namespace overgang::board {

using projections::Bucket;
using projections::Epoch;

// One client's stream. Holds what it asked for and how far it has seen.
class CensusFeed::Watcher final : public MessageStream {
 public:
  Watcher(std::shared_ptr<CensusFeed> feed, const v1::WatchCensusRequest& request)
      : feed_(std::move(feed)),
        kommuner_(request.kommuner().begin(), request.kommuner().end()),
        hospitals_(request.hospitals().begin(), request.hospitals().end()) {
    std::ranges::sort(kommuner_);
    std::ranges::sort(hospitals_);
  }
  ~Watcher() override { feed_->Remove(this); }

  absl::StatusOr<StreamStep> Next() override;

  bool Wants(const std::vector<std::string>& asked, const std::string& key) const {
    return asked.empty() || std::ranges::binary_search(asked, key);
  }
  bool Concerned(const std::vector<std::string>& changed) const {
    return std::ranges::any_of(changed, [&](const std::string& key) {
      return Wants(key.size() == 4 ? kommuner_ : hospitals_, key);
    });
  }

 private:
  std::shared_ptr<CensusFeed> feed_;
  std::vector<std::string> kommuner_;
  std::vector<std::string> hospitals_;
  bool full_ = true;
  uint64_t seen_version_ = 0;
  uint64_t seen_ticks_ = 0;
};

absl::StatusOr<StreamStep> CensusFeed::Watcher::Next() {
  std::lock_guard lock(feed_->mutex_);
  if (feed_->epoch_ == nullptr) return StreamStep{};
  if (!full_ && feed_->version_ == seen_version_ && feed_->ticks_ == seen_ticks_)
    return StreamStep{};
  auto message = std::make_shared<v1::WatchCensusResponse>();
  for (const auto& [key, line] : feed_->kommuner_) {
    if ((full_ || line.version > seen_version_) && Wants(kommuner_, key))
      *message->add_kommuner() = line.kommune;
  }
  for (const auto& [key, line] : feed_->hospitals_) {
    if ((full_ || line.version > seen_version_) && Wants(hospitals_, key))
      *message->add_hospitals() = line.hospital;
  }
  // Nothing for this one: it hears of it at the next tick.
  const bool tick = feed_->ticks_ != seen_ticks_;
  seen_version_ = feed_->version_;
  seen_ticks_ = feed_->ticks_;
  if (!full_ && !tick && message->kommuner().empty() && message->hospitals().empty())
    return StreamStep{};
  *message->mutable_as_of() = feed_->as_of_;
  message->set_full(full_);
  full_ = false;
  return StreamStep{.message = std::move(message)};
}

CensusFeed::CensusFeed(const projections::Views& views, const Clock& clock,
                       const DirectoryHolder& directory, CensusQuery query)
    : views_(views), clock_(clock), directory_(directory), query_(std::move(query)) {}

void CensusFeed::Recount(const Epoch& epoch, bool all, std::vector<std::string>* changed) {
  const auto directory = directory_.Get();
  const auto recount = [&](const projections::BucketIndex& index,
                           std::map<std::string, Line>* lines, const auto& count) {
    for (const auto& [key, bucket] : index.items()) (*lines)[key];
    for (auto& [key, line] : *lines) {
      const auto item =
          std::ranges::lower_bound(index.items(), key, {}, &projections::BucketIndex::Item::first);
      const auto bucket =
          item != index.items().end() && item->first == key ? item->second : nullptr;
      if (!all && bucket == line.bucket && line.version != 0) continue;
      line.bucket = bucket;
      if (!count(key, bucket.get(), &line) && line.version != 0) continue;
      line.version = version_ + 1;
      changed->push_back(key);
    }
  };
  const auto replace = [](auto* old, auto now) {
    const bool differs = old->SerializeAsString() != now.SerializeAsString();
    *old = std::move(now);
    return differs;
  };
  recount(IndexOf(epoch, query_.basis), &kommuner_,
          [&](const std::string& key, const Bucket* stays, Line* line) {
            return replace(&line->kommune, CountKommune(epoch, stays, key, query_));
          });
  recount(epoch.census.by_hospital, &hospitals_,
          [&](const std::string& key, const Bucket* stays, Line* line) {
            return replace(&line->hospital, CountHospital(epoch, stays, key, *directory, query_));
          });
}

void CensusFeed::Update(const std::shared_ptr<const Epoch>& epoch, bool tick) {
  std::vector<Wake> wakes;
  {
    std::lock_guard lock(mutex_);
    if (epoch_ != nullptr && epoch->number < epoch_->number) return;
    const bool first = epoch_ == nullptr;
    const bool capacity = epoch->capacity != capacity_;
    query_.at = {absl::ToUnixMicros(clock_.Now()), true};
    if (first || capacity) {
      for (const Hospital& hospital : directory_.Get()->contents().hospitals)
        hospitals_[hospital.organisation];
      for (const auto& [key, fact] : epoch->capacity->units) {
        for (const std::string& kommune : fact->places_reported().shared_by()) kommuner_[kommune];
      }
    }
    std::vector<std::string> changed;
    epoch_ = epoch;
    capacity_ = epoch->capacity;
    Recount(*epoch, tick || first || capacity, &changed);
    if (!changed.empty()) ++version_;
    if (tick || first) ++ticks_;
    as_of_ = views_.AsOf(*epoch, clock_.Now());
    for (const auto& [watcher, wake] : watchers_) {
      if (tick || first || watcher->Concerned(changed)) wakes.push_back(wake);
    }
  }
  for (const Wake& wake : wakes) wake();
}

std::unique_ptr<MessageStream> CensusFeed::Watch(const v1::WatchCensusRequest& request, Wake wake) {
  auto watcher = std::make_unique<Watcher>(shared_from_this(), request);
  std::lock_guard lock(mutex_);
  // Those asked for are shown though they have nothing to count.
  for (const std::string& kommune : request.kommuner()) kommuner_[kommune];
  for (const std::string& hospital : request.hospitals()) hospitals_[hospital];
  if (epoch_ != nullptr) {
    std::vector<std::string> changed;
    query_.at = {absl::ToUnixMicros(clock_.Now()), true};
    Recount(*epoch_, false, &changed);
    if (!changed.empty()) ++version_;
  }
  watchers_[watcher.get()] = std::move(wake);
  return watcher;
}

void CensusFeed::Remove(const Watcher* watcher) {
  std::lock_guard lock(mutex_);
  watchers_.erase(watcher);
}

bool CensusFeed::HasWatchers() const {
  std::lock_guard lock(mutex_);
  return !watchers_.empty();
}

}  // namespace overgang::board
