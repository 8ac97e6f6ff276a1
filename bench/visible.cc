// From Append to a watch stream's message whose cursor covers the fact, with facts coming at a
// fixed rate whatever becomes of those before (open loop).
#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "adapters/log/embedded_log.h"
#include "adapters/log/kafka_log.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/broker.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "core/cursor.h"
#include "core/fact_writer.h"
#include "overgang/v1/census_service.pb.h"

namespace overgang::bench {
namespace {

constexpr double kFactsPerSecond = 2'000;
constexpr size_t kWarmSeconds = 8;
constexpr double kSettleSecondsMax = 30;

// Which facts wait to be seen, and how long each took.
class Sightings {
 public:
  void Appended(const LogPosition& position, double began) {
    const double now = WallSeconds();
    std::lock_guard lock(mutex_);
    append_ms_.push_back((now - began) * 1e3);
    const size_t index = position.partition.Index();
    // The watcher may be told before the appender.
    if (position.offset < seen_[index]) {
      visible_ms_.push_back((now - began) * 1e3);
    } else {
      waiting_[index].emplace_back(position.offset, began);
    }
  }
  void Seen(const Offsets& next) {
    const double now = WallSeconds();
    std::lock_guard lock(mutex_);
    seen_ = next;
    for (size_t index = 0; index < kPartitionCount; ++index) {
      auto& waiting = waiting_[index];
      for (; !waiting.empty() && waiting.front().first < next[index]; waiting.pop_front()) {
        visible_ms_.push_back((now - waiting.front().second) * 1e3);
      }
    }
  }
  size_t visible() {
    std::lock_guard lock(mutex_);
    return visible_ms_.size();
  }
  // To be read once all are seen.
  std::vector<double>& visible_ms() { return visible_ms_; }
  std::vector<double>& append_ms() { return append_ms_; }

 private:
  std::mutex mutex_;
  Offsets seen_{};
  std::array<std::deque<std::pair<int64_t, double>>, kPartitionCount> waiting_;
  std::vector<double> visible_ms_;
  std::vector<double> append_ms_;
};

// Shared with whoever wakes, for a wake may be under way while the stream goes.
class Bell {
 public:
  void Ring() { Set(&rung_); }
  void Stop() { Set(&stopped_); }
  // False: stopped.
  bool Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rung_ || stopped_; });
    rung_ = false;
    return !stopped_;
  }

 private:
  void Set(bool* what) {
    {
      std::lock_guard lock(mutex_);
      *what = true;
    }
    changed_.notify_one();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
  bool stopped_ = false;
};

// A client of WatchCensus that asks for all kommuner, on a thread of its own.
class Watcher {
 public:
  Watcher(MethodTable& methods, Sightings& sightings) : sightings_(sightings) {
    const MethodTable::Streaming* watch =
        methods.FindStream("overgang.v1.CensusService/WatchCensus");
    stream_ = Take(watch->open(Caller{.principal = "dev", .scope = Scope::All()},
                               v1::WatchCensusRequest(), [bell = bell_] { bell->Ring(); }),
                   "opening a watch");
    thread_ = std::thread([this] { Run(); });
  }
  ~Watcher() {
    bell_->Stop();
    thread_.join();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void Run() {
    while (true) {
      const auto step = stream_->Next();
      if (!step.ok() || step->end) return;
      if (step->message == nullptr) {
        if (!bell_->Wait()) return;
        continue;
      }
      const auto& response = static_cast<const v1::WatchCensusResponse&>(*step->message);
      const auto cursor = Cursor::Parse(response.as_of().cursor(), kIncarnation);
      if (cursor.ok()) sightings_.Seen(cursor->next);
    }
  }

  Sightings& sightings_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::unique_ptr<MessageStream> stream_;
  std::thread thread_;
};

void AppendAtRate(EventLog& log, FactStream& stream, size_t count, Sightings* sightings) {
  const double began = WallSeconds();
  for (size_t i = 0; i < count; ++i) {
    NewRecord record = ToRecord(stream.NextAdmission());
    const double due = began + static_cast<double>(i) / kFactsPerSecond;
    const double early = due - WallSeconds();
    if (early > 0) absl::SleepFor(absl::Seconds(early));
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    // Counted from when it was due, so that a pause of the log is not hidden.
    log.Append(std::move(records),
               [sightings, due](absl::StatusOr<std::vector<LogPosition>> positions) {
                 if (positions.ok()) sightings->Appended(positions->front(), due);
               });
  }
}

void Visible(EventLog& log, const std::string& what, const std::string& target,
             const Options& options) {
  TempFolder folder;
  FactStream stream;
  Sightings warm;
  Sightings sightings;
  HubUnderTest hub(log, Take(RocksdbStore::Open(folder / "views"), "opening a store"));
  hub.Start();
  const auto run = [&](size_t count, Sightings* seen) {
    Watcher watcher(hub.methods(), *seen);
    AppendAtRate(log, stream, count, seen);
    const Stopwatch watch;
    while (seen->visible() < count && watch.wall() < kSettleSecondsMax)
      absl::SleepFor(absl::Milliseconds(5));
    if (seen->visible() < count)
      Check(absl::DeadlineExceededError("not all facts were seen"), "watching");
  };
  // Until a broker that was just started has compiled what it uses; what is measured is the hub.
  run(static_cast<size_t>(kFactsPerSecond) * kWarmSeconds, &warm);
  run(static_cast<size_t>(kFactsPerSecond) * static_cast<size_t>(options.Size(10, 3)), &sightings);
  const double append_p99 = Percentile(&sightings.append_ms(), 99);
  std::vector<double>& visible = sightings.visible_ms();
  const double p99 = Percentile(&visible, 99);
  Table::Print({"append to visible, " + what + ", 2 000 facts/s: p99", p99, "ms", target,
                "p99 of the append alone", p99 / append_p99});
  Table::Print({"  p50", Percentile(&visible, 50), "ms", "", "p50 of the append alone",
                Percentile(&visible, 50) / Percentile(&sightings.append_ms(), 50)});
  Table::Print({"  longest", visible.back(), "ms", "", "", 0});
}

}  // namespace

void VisibleEmbeddedBenchmark(const Options& options) {
  TempFolder folder;
  SystemClock clock;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  Visible(*log, "embedded", "under 30", options);
}

void VisibleKafkaBenchmark(const Options& options) {
  Broker broker;
  KafkaConfig config;
  config.bootstrap_servers = broker.address();
  config.replication_factor = 1;
  const auto log = Take(KafkaLog::Open(config), "opening a log");
  Visible(*log, "Kafka", "under 60", options);
}

}  // namespace overgang::bench
