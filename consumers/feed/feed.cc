#include "consumers/feed/feed.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "spdlog/spdlog.h"

namespace overgang::feed {

// What a transport has of a subscription.
class Feed::Stream final : public MessageStream {
 public:
  Stream(std::shared_ptr<Feed> feed, std::shared_ptr<Subscription> subscription)
      : feed_(std::move(feed)), subscription_(std::move(subscription)) {}
  ~Stream() override { feed_->Remove(*subscription_); }

  absl::StatusOr<StreamStep> Next() override { return subscription_->Next(); }

 private:
  const std::shared_ptr<Feed> feed_;
  const std::shared_ptr<Subscription> subscription_;
};

Feed::Feed(EventLog& log, const Whose& whose, const Clock& clock, Metrics& metrics,
           std::string incarnation, FeedTimes times)
    : incarnation_(std::move(incarnation)),
      clock_(clock),
      times_(std::move(times)),
      subscribers_(metrics.Gauge("overgang_feed_subscribers", "Open subscriptions of the feed.")),
      slow_(metrics.Counter("overgang_feed_dropped_total",
                            "Subscribers that took nothing for too long and were dropped.")),
      resolver_(recent_, whose, times_.elapsed,
                [this] {
                  for (const auto& subscription : All())
                    if (subscription->selection().asks_whose()) subscription->OnRecent();
                }),
      catch_up_(log, recent_, resolver_, incarnation_,
                [this](const Offsets& at) {
                  recent_.Begin(at);
                  tail_.Begin();
                }),
      tail_(log, recent_, incarnation_,
            {.appended =
                 [this] {
                   resolver_.OnRecent();
                   for (const auto& subscription : All())
                     if (!subscription->selection().asks_whose()) subscription->OnRecent();
                 },
             .lost = [this](const absl::Status& why) { Lost(why); },
             .may_rest = [this] { return TailMayRest(); }}) {}

std::vector<std::shared_ptr<Subscription>> Feed::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Subscription>> all;
  all.reserve(subscriptions_.size());
  for (const auto& [id, subscription] : subscriptions_) all.push_back(subscription);
  return all;
}

absl::StatusOr<std::unique_ptr<MessageStream>> Feed::Open(Subscription::Terms terms, Wake wake) {
  std::shared_ptr<Subscription> subscription;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return absl::UnavailableError("the hub stops; subscribe again in a moment");
    if (subscriptions_.size() >= kSubscribersMax) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "more than ", kSubscribersMax, " subscribers; end some, or subscribe at another hub"));
    }
    const auto of_principal = std::ranges::count(
        subscriptions_, terms.principal, [](const auto& one) { return one.second->principal(); });
    if (static_cast<size_t>(of_principal) >= kSubscribersPerPrincipalMax) {
      return FieldError(
          absl::StatusCode::kResourceExhausted, "principal",
          absl::StrCat("has ", of_principal, " subscriptions open, which is the most"),
          "end some, or ask for several kommuner, hospitals or types in one");
    }
    const uint64_t id = ++last_id_;
    subscription = std::make_shared<Subscription>(
        id, std::move(terms),
        Subscription::Parts{
            recent_, clock_, times_, incarnation_,
            [this](std::shared_ptr<Subscription> behind) { catch_up_.Add(std::move(behind)); }},
        std::move(wake));
    subscriptions_[id] = subscription;
    CountAsking();
    subscribers_.Set(static_cast<double>(subscriptions_.size()));
  }
  catch_up_.Add(subscription);
  return std::make_unique<Stream>(shared_from_this(), std::move(subscription));
}

void Feed::Remove(const Subscription& subscription) {
  {
    const std::lock_guard lock(mutex_);
    used_ = times_.elapsed();
    subscriptions_.erase(subscription.id());
    CountAsking();
    subscribers_.Set(static_cast<double>(subscriptions_.size()));
  }
  catch_up_.Forget(subscription.id());
}

void Feed::Tick() {
  resolver_.OnTick();
  for (const auto& subscription : All()) {
    if (!subscription->OnTick()) continue;
    slow_.Increment();
    Remove(*subscription);
  }
}

// With the lock held.
void Feed::CountAsking() {
  recent_.SetResolving(std::ranges::any_of(
      subscriptions_, [](const auto& one) { return one.second->selection().asks_whose(); }));
}

bool Feed::TailMayRest() {
  const std::lock_guard lock(mutex_);
  if (!subscriptions_.empty() || times_.elapsed() - used_ < kTailRestsAfter) return stopped_;
  recent_.Stop();
  return true;
}

void Feed::Lost(const absl::Status& why) {
  Subscriptions ended;
  {
    const std::lock_guard lock(mutex_);
    recent_.Stop();
    ended = std::exchange(subscriptions_, {});
    subscribers_.Set(0);
  }
  for (const auto& [id, subscription] : ended) {
    subscription->End(why);
    catch_up_.Forget(id);
  }
}

void Feed::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  catch_up_.Stop();
  tail_.Stop();
  resolver_.Stop();
  Lost(absl::UnavailableError("the hub stops; subscribe again from the last cursor"));
}

}  // namespace overgang::feed
