#include "adapters/log/kafka_log.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "adapters/log/kafka_handle.h"
#include "adapters/log/kafka_producer.h"
#include "adapters/log/kafka_reader.h"
#include "adapters/log/kafka_topics.h"
#include "adapters/log/log_bounds.h"

namespace overgang {
namespace {

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      KafkaDeleter<rd_kafka_topic_partition_list_destroy>>;

// The ListOffsets request takes these in the place of a time.
constexpr int64_t kEarliest = RD_KAFKA_OFFSET_BEGINNING;
constexpr int64_t kLatest = RD_KAFKA_OFFSET_END;
constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(50);

}  // namespace

class KafkaLog::Impl {
 public:
  explicit Impl(const KafkaConfig& config) : config_(config) {}
  ~Impl();

  absl::Status Start();
  void Append(std::vector<NewRecord> records, AppendDone done);
  const KafkaConfig& config() const { return config_; }
  const std::string& cluster_id() const { return cluster_id_; }
  absl::StatusOr<LogEnds> Ends();
  absl::Status Health();

 private:
  absl::StatusOr<Offsets> AskOffsets(int64_t which);
  absl::StatusOr<Offsets> AskOffsetsOnce(int64_t which, absl::Duration timeout);
  void WatchHealth();

  const KafkaConfig config_;
  KafkaHandle client_;              // Asks questions; a consumer, see kafka_topics.h.
  std::vector<KafkaTopic> topics_;  // So that client_ asks for these.
  std::unique_ptr<KafkaProducer> producer_;
  std::string cluster_id_;
  MinInSync min_in_sync_{};

  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  absl::Status health_;
  std::thread watcher_;
};

KafkaLog::Impl::~Impl() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  producer_.reset();  // Its last callbacks ask for the health.
}

absl::Status KafkaLog::Impl::Start() {
  auto client = MakeKafkaHandle(RD_KAFKA_CONSUMER, config_, {});
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  char* id = rd_kafka_clusterid(client_.get(), TimeoutMs(kKafkaRequestTimeout));
  if (!id) return FromKafka(RD_KAFKA_RESP_ERR__TRANSPORT, config_.bootstrap_servers);
  cluster_id_ = id;
  rd_kafka_mem_free(client_.get(), id);
  auto min_in_sync = EnsureTopics(client_.get(), config_);
  if (!min_in_sync.ok()) return min_in_sync.status();
  min_in_sync_ = *min_in_sync;
  for (const TopicSpec& spec : kTopics) {
    topics_.emplace_back(
        rd_kafka_topic_new(client_.get(), std::string(spec.name).c_str(), nullptr));
  }
  auto producer = KafkaProducer::Start(config_);
  if (!producer.ok()) return producer.status();
  producer_ = *std::move(producer);
  watcher_ = std::thread([this] { WatchHealth(); });
  return absl::OkStatus();
}

void KafkaLog::Impl::WatchHealth() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    absl::Status health = CheckPartitions(client_.get(), config_.bootstrap_servers, min_in_sync_,
                                          kKafkaHealthInterval);
    lock.lock();
    health_ = std::move(health);
    stopping_.wait_for(lock, absl::ToChronoMilliseconds(kKafkaHealthInterval),
                       [&] { return stop_; });
  }
}

// librdkafka only says that the time is over; what the cluster lacks, the watcher knows.
void KafkaLog::Impl::Append(std::vector<NewRecord> records, AppendDone done) {
  producer_->Append(std::move(records), [this, done = std::move(done)](
                                            absl::StatusOr<std::vector<LogPosition>> positions) {
    if (absl::IsUnavailable(positions.status())) {
      if (absl::Status health = Health(); absl::IsUnavailable(health))
        return done(std::move(health));
    }
    done(std::move(positions));
  });
}

absl::Status KafkaLog::Impl::Health() {
  std::lock_guard lock(mutex_);
  return health_;
}

// While topics are made or leaders move, brokers send the question away; so it is repeated within
// its time.
absl::StatusOr<Offsets> KafkaLog::Impl::AskOffsets(int64_t which) {
  const absl::Time deadline = absl::Now() + kKafkaRequestTimeout;
  while (true) {
    auto offsets = AskOffsetsOnce(which, deadline - absl::Now());
    if (!absl::IsUnavailable(offsets.status()) || absl::Now() + kAskAgainAfter > deadline)
      return offsets;
    absl::SleepFor(kAskAgainAfter);
  }
}

// One question for all partitions, not one for each.
absl::StatusOr<Offsets> KafkaLog::Impl::AskOffsetsOnce(int64_t which, absl::Duration timeout) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(kPartitionCount)));
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const TopicPartition where = PartitionAt(i);
    const std::string topic(Spec(where.topic).name);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), where.partition)->offset = which;
  }
  const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), TimeoutMs(timeout));
  if (error) return FromKafka(error, config_.bootstrap_servers);
  Offsets offsets{};
  for (int i = 0; i < list->cnt; ++i) {
    const auto& found = list->elems[i];
    if (found.err || found.offset < 0) {
      return FromKafka(found.err ? found.err : RD_KAFKA_RESP_ERR__FAIL, found.topic);
    }
    if (const auto topic = TopicByName(found.topic)) {
      offsets[TopicPartition{*topic, found.partition}.Index()] = found.offset;
    }
  }
  return offsets;
}

absl::StatusOr<LogEnds> KafkaLog::Impl::Ends() {
  const auto first = AskOffsets(kEarliest);
  if (!first.ok()) return first.status();
  const auto next = AskOffsets(kLatest);
  if (!next.ok()) return next.status();
  return LogEnds{*first, *next};
}

KafkaLog::KafkaLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaLog::~KafkaLog() = default;

absl::StatusOr<std::unique_ptr<KafkaLog>> KafkaLog::Open(const KafkaConfig& config) {
  auto impl = std::make_unique<Impl>(config);
  if (absl::Status status = impl->Start(); !status.ok()) return status;
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(impl)));
}

void KafkaLog::Append(std::vector<NewRecord> records, AppendDone done) {
  impl_->Append(std::move(records), std::move(done));
}

absl::StatusOr<std::unique_ptr<LogReader>> KafkaLog::NewReader(
    const Offsets& from, const std::vector<TopicPartition>& partitions,
    const ReadOptions& options) {
  return MakeKafkaReader(impl_->config(), from, PartitionsToRead(partitions), options);
}

absl::StatusOr<LogEnds> KafkaLog::Ends() { return impl_->Ends(); }
absl::Status KafkaLog::Health() { return impl_->Health(); }
std::string KafkaLog::ClusterId() const { return impl_->cluster_id(); }

}  // namespace overgang
