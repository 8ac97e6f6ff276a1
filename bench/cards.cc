// From the Append of a report of beds that makes a level rise to the message of WatchEscalation
// that holds its first card: the report is folded, the level decided, appended and folded, the
// cards decided, appended and folded in turn, and the stream woken. Beside it admissions come at a
// fixed rate, as they would.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "adapters/log/embedded_log.h"
#include "adapters/log/kafka_log.h"
#include "adapters/store/rocksdb_store.h"
#include "app/cards_settings.h"
#include "bench/broker.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "consumers/escalation/level_keeper.h"
#include "consumers/escalation/rules_file.h"
#include "consumers/tiltakskort/cards_service.h"
#include "consumers/tiltakskort/dealer.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/sealer.h"
#include "core/uuid.h"

namespace overgang::bench {
namespace {

constexpr char kHospital[] = "974749025";
constexpr double kAdmissionsPerSecond = 500;
constexpr absl::Duration kBetweenLevels = absl::Milliseconds(40);
constexpr absl::Duration kToHvit = absl::Milliseconds(200);  // And the cards closed.
constexpr double kSettleSecondsMax = 30;
constexpr int kWarmRises = 20;

class AlwaysTheDoer final : public Leadership {
 public:
  bool IsDoer() const override { return true; }
  std::string Name() const override { return "bench"; }
};

constexpr char kRules[] = R"([[version]]
name = "bench"
[[version.rule]]
[[version.rule.level]]
level = "rød"
inputs = [{input = "occupancy", enter = 100, exit = 90}]
)";

// When a rise was caused, and when a card of it was seen; one at a time.
class Rises {
 public:
  void Began() {
    std::lock_guard lock(mutex_);
    began_ = WallSeconds();
  }
  void Saw(const v1::Tiltakskort& card) {
    std::lock_guard lock(mutex_);
    if (!began_.has_value() || !card.open() || card.level_revision() <= seen_revision_) return;
    seen_revision_ = card.level_revision();
    seen_ms_.push_back((WallSeconds() - *began_) * 1e3);
    began_.reset();
    changed_.notify_all();
  }
  bool Await() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(kSettleSecondsMax),
                             [this] { return !began_.has_value(); });
  }
  std::vector<double>& seen_ms() { return seen_ms_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<double> began_;
  int seen_revision_ = 0;
  std::vector<double> seen_ms_;
};

// Shared with whoever wakes, for a wake may be under way while the stream goes.
struct Bell {
  std::mutex mutex;
  std::condition_variable changed;
  bool rung = false;
  bool stopped = false;
  void Set(bool* what) {
    std::lock_guard lock(mutex);
    *what = true;
    changed.notify_one();
  }
};

// A client of WatchEscalation, on a thread of its own.
class CardWatcher {
 public:
  CardWatcher(MethodTable& methods, Rises& rises) : rises_(rises) {
    stream_ =
        Take(methods.FindStream("overgang.v1.EscalationService/WatchEscalation")
                 ->open(Caller{.principal = "bench", .scope = Scope::All()},
                        v1::WatchEscalationRequest(), [bell = bell_] { bell->Set(&bell->rung); }),
             "opening a watch");
    thread_ = std::thread([this] { Run(); });
  }
  ~CardWatcher() {
    bell_->Set(&bell_->stopped);
    thread_.join();
  }
  CardWatcher(const CardWatcher&) = delete;
  CardWatcher& operator=(const CardWatcher&) = delete;

 private:
  void Run() {
    while (true) {
      const auto step = stream_->Next();
      if (!step.ok() || step->end) return;
      if (step->message == nullptr) {
        std::unique_lock lock(bell_->mutex);
        bell_->changed.wait(lock, [this] { return bell_->rung || bell_->stopped; });
        bell_->rung = false;
        if (bell_->stopped) return;
        continue;
      }
      const auto& news = static_cast<const v1::WatchEscalationResponse&>(*step->message);
      for (const v1::Tiltakskort& card : news.cards()) rises_.Saw(card);
    }
  }

  Rises& rises_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::unique_ptr<MessageStream> stream_;
  std::thread thread_;
};

// Of a hundred beds.
v1::Envelope Beds(int number, int occupied) {
  v1::Envelope fact;
  fact.set_event_id(NameUuid({"beds", std::to_string(number)}));
  fact.set_hospital(kHospital);
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(absl::Now());
  fact.mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  v1::BedsReported& beds = *fact.mutable_beds_reported();
  beds.set_unit("MED1");
  beds.set_beds(100);
  beds.set_available(100);
  beds.set_occupied(occupied);
  return fact;
}

// Until stopped.
void Admit(EventLog& log, const std::stop_token& stop) {
  FactStream stream;
  const double began = WallSeconds();
  for (int64_t i = 0; !stop.stop_requested(); ++i) {
    std::vector<NewRecord> records;
    records.push_back(ToRecord(stream.NextAdmission()));
    log.Append(std::move(records), [](const auto&) {});
    const double early = began + static_cast<double>(i) / kAdmissionsPerSecond - WallSeconds();
    if (early > 0) absl::SleepFor(absl::Seconds(early));
  }
}

void Cards(EventLog& log, const std::string& what, const Options& options) {
  TempFolder folder;
  HubUnderTest hub(log, Take(RocksdbStore::Open(folder / "views"), "opening a store"));
  SystemClock clock;
  Metrics metrics;
  AlwaysTheDoer leadership;
  const Sealer sealer = Take(Sealer::Create(std::string(32, 's')), "making a sealer");
  FactWriter writer(log, sealer, clock, kIncarnation);
  DirectoryHolder directory{Directory::BuiltIn()};
  tiltakskort::CardsHolder cards(Take(LoadCards("", *directory.Get()), "reading cards"));
  tiltakskort::RolesHolder roles;
  tiltakskort::CardsService service({hub.views(), writer, clock, directory, cards, roles});
  service.Register(hub.methods());
  const escalation::RulesHolder rules(
      Take(escalation::ReadRules(kRules, "rules", *directory.Get()), "reading rules"));
  escalation::LevelKeeper keeper(
      {hub.views(), writer, log, leadership, clock, metrics, directory, rules});
  tiltakskort::Dealer dealer(
      {hub.views(), writer, log, leadership, clock, metrics, directory, cards, roles});
  hub.Start();
  keeper.Start();
  dealer.Start();
  std::jthread admissions([&](const std::stop_token& stop) { Admit(log, stop); });
  int reports = 0;
  const auto run = [&](int rises, Rises* seen) {
    CardWatcher watcher(hub.methods(), *seen);
    for (int i = 0; i < rises; ++i) {
      seen->Began();
      writer.Append({Beds(++reports, 110)}, [](const auto&) {});
      if (!seen->Await()) Check(absl::DeadlineExceededError("a card was not seen"), "watching");
      absl::SleepFor(kBetweenLevels);
      writer.Append({Beds(++reports, 50)}, [](const auto&) {});
      absl::SleepFor(kToHvit);
    }
  };
  Rises warm, measured;
  run(kWarmRises, &warm);
  run(static_cast<int>(options.Size(300, 40)), &measured);
  admissions.request_stop();
  admissions.join();
  dealer.Stop();
  keeper.Stop();
  const double p99 = Percentile(&measured.seen_ms(), 99);
  Table::Print({"report to card in WatchEscalation, " + what + ": p99", p99, "ms", "100", "", 0});
  Table::Print({"  p50", Percentile(&measured.seen_ms(), 50), "ms", "", "", 0});
  Table::Print({"  longest", measured.seen_ms().back(), "ms", "", "", 0});
}

}  // namespace

void CardsEmbeddedBenchmark(const Options& options) {
  TempFolder folder;
  SystemClock clock;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  Cards(*log, "embedded", options);
}

void CardsKafkaBenchmark(const Options& options) {
  Broker broker;
  KafkaConfig config;
  config.bootstrap_servers = broker.address();
  config.replication_factor = 1;
  const auto log = Take(KafkaLog::Open(config), "opening a log");
  Cards(*log, "Kafka", options);
}

}  // namespace overgang::bench
