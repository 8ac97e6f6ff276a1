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
    for (auto* asked : {&kommuner_, &hospitals_}) {
      std::ranges::sort(*asked);
      asked->erase(std::unique(asked->begin(), asked->end()), asked->end());
    }
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
  // Calls say(key, line) for the lines asked for (all where none are named) that it has not seen;
  // at first with null for those asked for that the feed has nothing of.
  template <typename Say>
  void ForNews(const std::map<std::string, Line>& lines, const std::vector<std::string>& asked,
               const Say& say) const {
    const auto is_news = [this](const Line& line) { return full_ || line.version > seen_version_; };
    if (asked.empty()) {
      for (const auto& [key, line] : lines) {
        if (is_news(line)) say(key, &line);
      }
    }
    for (const std::string& key : asked) {
      const auto it = lines.find(key);
      if (it == lines.end() ? full_ : is_news(it->second))
        say(key, it == lines.end() ? nullptr : &it->second);
    }
  }

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
  ForNews(feed_->kommuner_, kommuner_, [&](const std::string& key, const Line* line) {
    *message->add_kommuner() =
        line != nullptr ? line->kommune : CountKommune(*feed_->epoch_, nullptr, key, feed_->query_);
  });
  const auto directory = feed_->directory_.Get();
  ForNews(feed_->hospitals_, hospitals_, [&](const std::string& key, const Line* line) {
    *message->add_hospitals() =
        line != nullptr ? line->hospital
                        : CountHospital(*feed_->epoch_, nullptr, key, *directory, feed_->query_);
  });
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
      const auto bucket = BucketAt(index, key);
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
    query_.at.now_us = absl::ToUnixMicros(clock_.Now());
    if (first || capacity) {
      for (const Hospital& hospital : directory_.Get()->contents().hospitals)
        hospitals_[hospital.organisation];
      for (const auto& [key, unit] : epoch->capacity->units) {
        for (const std::string& kommune : unit.newest->places_reported().shared_by())
          kommuner_[kommune];
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
