// A log with a feed over it, and subscribers that pull only when they were woken, as the servers
// do.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/feed/feed_service.h"
#include "core/fact_writer.h"
#include "projections/runner.h"
#include "tests/core/memory_access_log.h"
#include "tests/projections/fact_builder.h"

namespace overgang::feed::testing {

using namespace overgang::testing;

inline constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";
inline constexpr absl::Duration kPatience = absl::Seconds(20);

class Subscriber {
 public:
  Subscriber(const MethodTable& table, const v1::SubscribeRequest& request,
             std::shared_ptr<const Scope> scope = Scope::All(),
             const std::string& principal = "system") {
    auto stream = table.FindStream("overgang.v1.FeedService/Subscribe")
                      ->open({.principal = principal, .scope = std::move(scope)}, request,
                             [bell = bell_] { bell->Ring(); });
    status = stream.status();
    if (stream.ok()) stream_ = *std::move(stream);
  }

  // The next message; nothing where the stream has ended (see status) or stays silent.
  std::optional<v1::SubscribeResponse> Next(absl::Duration patience = kPatience) {
    const absl::Time until = absl::Now() + patience;
    while (stream_ != nullptr) {
      auto step = stream_->Next();
      ++pulls;
      if (!step.ok()) {
        status = step.status();
        stream_.reset();
      } else if (step->message != nullptr) {
        last_forms = step->forms;
        return static_cast<const v1::SubscribeResponse&>(*step->message);
      } else if (!bell_->Wait(until)) {
        break;
      }
    }
    return std::nullopt;
  }
  // The next fact; heartbeats are let pass.
  std::optional<v1::SubscribeResponse> NextFact(absl::Duration patience = kPatience) {
    auto message = Next(patience);
    while (message && !message->has_fact()) message = Next(patience);
    return message;
  }
  std::vector<v1::SubscribeResponse> Facts(size_t count) {
    std::vector<v1::SubscribeResponse> facts;
    while (facts.size() < count) {
      auto fact = NextFact();
      if (!fact) break;
      facts.push_back(*std::move(fact));
    }
    EXPECT_EQ(facts.size(), count) << status;
    return facts;
  }
  bool IsSilent(absl::Duration patience = absl::Milliseconds(200)) {
    return !NextFact(patience).has_value() && status.ok();
  }
  int wakes() const { return bell_->rings; }

  absl::Status status;
  int pulls = 0;
  std::shared_ptr<const SharedForms> last_forms;

 private:
  class Bell {
   public:
    void Ring() {
      ++rings;
      {
        const std::lock_guard lock(mutex_);
        rung_ = true;
      }
      changed_.notify_all();
    }
    bool Wait(absl::Time until) {
      std::unique_lock lock(mutex_);
      const bool rung =
          changed_.wait_until(lock, absl::ToChronoTime(until), [this] { return rung_; });
      rung_ = false;
      return rung;
    }
    std::atomic<int> rings = 0;

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
  };
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::unique_ptr<MessageStream> stream_;
};

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() { service_.Register(table_); }
  ~FeedTest() override {
    if (runner_) runner_->Stop();
  }

  // From now on the views have what is appended: needed where it is asked whose facts are.
  void Fold() {
    runner_.emplace(log_, store_, views_, metrics_, kIncarnation);
    EXPECT_TRUE(runner_->Start().ok());
  }
  std::vector<LogPosition> Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    auto positions = AppendAndWait(log_, std::move(records));
    EXPECT_TRUE(positions.ok()) << positions.status();
    return positions.value_or(std::vector<LogPosition>());
  }
  // `count` admissions of as many persons, of a kommune.
  std::vector<std::string> AppendAdmissions(int count, const std::string& kommune = "5001") {
    std::vector<v1::Envelope> facts;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      const int person = ++persons_;
      facts.push_back(Admitted("a" + std::to_string(person), person, "V", 0, kommune));
      ids.push_back(facts.back().event_id());
    }
    Append(facts);
    return ids;
  }
  static v1::SubscribeRequest From(const std::string& from) {
    v1::SubscribeRequest request;
    request.set_from(from);
    return request;
  }
  // Subscribed, and told so.
  Subscriber Begun(const v1::SubscribeRequest& request,
                   std::shared_ptr<const Scope> scope = Scope::All()) {
    Subscriber subscriber(table_, request, std::move(scope));
    const auto first = subscriber.Next();
    EXPECT_TRUE(first && first->has_heartbeat()) << subscriber.status;
    return subscriber;
  }
  void Elapse(absl::Duration by) {
    elapsed_us_ += absl::ToInt64Microseconds(by);
    service_.Tick();
  }

  int persons_ = 0;
  std::atomic<int64_t> elapsed_us_ = 1'000'000'000;
  ManualClock clock_{At(0)};
  Metrics metrics_;
  MemoryAccessLog access_log_;
  MethodTable table_{&access_log_, clock_};
  MemoryLog log_{clock_};
  MemoryStore store_;
  projections::Views views_{clock_};
  std::optional<projections::Runner> runner_;
  FeedService service_{
      log_,         views_,
      clock_,       metrics_,
      kIncarnation, {.elapsed = [this] { return absl::Microseconds(elapsed_us_.load()); }}};
};

inline std::shared_ptr<const Scope> ScopeOf(std::vector<std::string> kommuner,
                                            std::vector<std::string> hospitals = {}) {
  return std::make_shared<const Scope>(
      Scope{.kommuner = std::move(kommuner), .hospitals = std::move(hospitals)});
}

inline std::vector<std::string> IdsOf(const std::vector<v1::SubscribeResponse>& messages) {
  std::vector<std::string> ids;
  for (const v1::SubscribeResponse& message : messages) ids.push_back(message.fact().event_id());
  return ids;
}

}  // namespace overgang::feed::testing
