#include "consumers/board/census_feed.h"

#include <algorithm>

namespace overgang::board {

using projections::Bucket;
using projections::Epoch;

// One client's stream. Holds what it asked for and how far it has seen.
class CensusFeed::Watcher final : public MessageStream {
 public:
  Watcher(std::shared_ptr<CensusFeed> feed, const Caller& caller,
          const v1::WatchCensusRequest& request)
      : feed_(std::move(feed)),
        caller_(caller),
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
  const Caller caller_;
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
  *message->mutable_as_of() =
      feed_->whole() ? feed_->as_of_
                     : feed_->views_.AsOf(*feed_->epoch_, feed_->counted_at_, caller_, *directory);
  message->set_full(full_);
  full_ = false;
  return StreamStep{.message = std::move(message)};
}

CensusFeed::CensusFeed(const projections::Views& views, const Clock& clock,
                       const DirectoryHolder& directory, CensusQuery query)
    : views_(views), clock_(clock), directory_(directory), query_(std::move(query)) {}

namespace {

template <typename Census>
bool Replace(Census* old, Census now) {
  const bool differs = old->SerializeAsString() != now.SerializeAsString();
  *old = std::move(now);
  return differs;
}

// Those that hold the stays of a scope.
std::vector<std::shared_ptr<const Bucket>> BucketsOfScope(const Epoch& epoch,
                                                          const CensusQuery& query) {
  std::vector<std::shared_ptr<const Bucket>> buckets;
  for (const std::string& kommune : query.scope->kommuner)
    buckets.push_back(BucketAt(IndexOf(epoch, query.basis), kommune));
  for (const std::string& hospital : query.scope->hospitals)
    buckets.push_back(BucketAt(epoch.census.by_hospital, hospital));
  return buckets;
}

}  // namespace

void CensusFeed::RecountScope(const Epoch& epoch, bool all, std::vector<std::string>* changed) {
  auto buckets = BucketsOfScope(epoch, query_);
  if (!all && buckets == scope_buckets_) return;
  scope_buckets_ = std::move(buckets);
  const auto directory = directory_.Get();
  // Never fails: nothing of the past is asked for.
  const auto counted = RunCensus(epoch, *directory, query_);
  if (!counted.ok()) return;
  std::map<std::string, v1::KommuneCensus> kommuner;
  std::map<std::string, v1::HospitalCensus> hospitals;
  // Where nobody is any more, nobody is counted.
  for (const auto& [key, line] : kommuner_)
    kommuner[key] = CountKommune(epoch, nullptr, key, query_);
  for (const auto& [key, line] : hospitals_)
    hospitals[key] = CountHospital(epoch, nullptr, key, *directory, query_);
  for (const v1::KommuneCensus& census : counted->kommuner()) kommuner[census.kommune()] = census;
  for (const v1::HospitalCensus& census : counted->hospitals())
    hospitals[census.hospital()] = census;
  const auto put = [&](const std::string& key, bool differs, Line* line) {
    if (!differs && line->version != 0) return;
    line->version = version_ + 1;
    changed->push_back(key);
  };
  for (auto& [key, census] : kommuner) {
    Line& line = kommuner_[key];
    put(key, Replace(&line.kommune, std::move(census)), &line);
  }
  for (auto& [key, census] : hospitals) {
    Line& line = hospitals_[key];
    put(key, Replace(&line.hospital, std::move(census)), &line);
  }
}

void CensusFeed::Recount(const Epoch& epoch, bool all, std::vector<std::string>* changed) {
  const auto directory = directory_.Get();
  const auto recount = [&](const projections::BucketIndex& index,
                           std::map<std::string, Line>* lines, const auto& count) {
    for (auto& [key, line] : *lines) {
      const auto bucket = BucketAt(index, key);
      if (!all && bucket == line.bucket && line.version != 0) continue;
      line.bucket = bucket;
      if (!count(key, bucket.get(), &line) && line.version != 0) continue;
      line.version = version_ + 1;
      changed->push_back(key);
    }
  };
  const auto& by_kommune = IndexOf(epoch, query_.basis);
  for (const auto& [kommune, stays] : by_kommune.items()) {
    if (CountsAny(kommune, *stays, query_)) kommuner_[kommune];
  }
  for (const auto& [hospital, stays] : epoch.census.by_hospital.items()) hospitals_[hospital];
  recount(by_kommune, &kommuner_, [&](const std::string& key, const Bucket* stays, Line* line) {
    return Replace(&line->kommune, CountKommune(epoch, stays, key, query_));
  });
  recount(epoch.census.by_hospital, &hospitals_,
          [&](const std::string& key, const Bucket* stays, Line* line) {
            return Replace(&line->hospital, CountHospital(epoch, stays, key, *directory, query_));
          });
}

void CensusFeed::Update(const std::shared_ptr<const Epoch>& epoch, bool tick) {
  std::vector<Wake> wakes;
  {
    std::lock_guard lock(mutex_);
    if (epoch_ != nullptr && epoch->number < epoch_->number) return;
    const bool first = epoch_ == nullptr;
    const bool capacity = epoch->capacity != capacity_;
    counted_at_ = clock_.Now();
    query_.at.now_us = absl::ToUnixMicros(counted_at_);
    if (whole() && (first || capacity)) {
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
    const bool all = tick || first || capacity;
    whole() ? Recount(*epoch, all, &changed) : RecountScope(*epoch, all, &changed);
    if (!changed.empty()) ++version_;
    if (tick || first) ++ticks_;
    if (whole()) as_of_ = views_.AsOf(*epoch, counted_at_);
    for (const auto& [watcher, wake] : watchers_) {
      if (tick || first || watcher->Concerned(changed)) wakes.push_back(wake);
    }
  }
  for (const Wake& wake : wakes) wake();
}

std::unique_ptr<MessageStream> CensusFeed::Watch(const Caller& caller,
                                                 const v1::WatchCensusRequest& request, Wake wake) {
  auto watcher = std::make_unique<Watcher>(shared_from_this(), caller, request);
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
