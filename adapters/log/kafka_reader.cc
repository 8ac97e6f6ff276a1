#include "adapters/log/kafka_reader.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/time/clock.h"

namespace overgang {
namespace {

constexpr size_t kConsumeMessagesMax = 10'000;      // Asked of librdkafka at once.
constexpr size_t kFetchBytesMax = size_t{4} << 20;  // Of a partition, asked of the broker at once.

KafkaSettings ConsumerSettings(const ReadOptions& options) {
  return {
      {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
      {"isolation.level", "read_committed"},
      {"fetch.wait.max.ms", "100"},
      // How long librdkafka rests after finding its queue full or a fetch failed; its default of
      // 500 stalls a scan.
      {"fetch.error.backoff.ms", "10"},
      {"fetch.message.max.bytes",
       std::to_string(std::min(kFetchBytesMax, options.ahead_bytes_max))},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes",
       std::to_string(std::max(options.ahead_bytes_max >> 10, size_t{1}))},  // Per partition.
  };
}

// A consumer and what it holds, in the order in which it must go. Shared by the reader and the
// batches that it gave out: a message must be gone before its consumer.
struct Consumer {
  ~Consumer() {
    for (const auto& [topic, partition] : started) rd_kafka_consume_stop(topic, partition);
  }
  KafkaHandle handle;
  KafkaQueue queue;
  std::vector<KafkaTopic> topics;
  std::vector<std::pair<rd_kafka_topic_t*, int32_t>> started;
};

struct Messages {
  explicit Messages(std::shared_ptr<Consumer> consumer_in) : consumer(std::move(consumer_in)) {}
  ~Messages() {
    for (rd_kafka_message_t* message : all) rd_kafka_message_destroy(message);
  }
  const std::shared_ptr<Consumer> consumer;
  std::vector<rd_kafka_message_t*> all;
};

class KafkaReader final : public LogReader {
 public:
  KafkaReader(std::shared_ptr<Consumer> consumer, const Offsets& from,
              std::vector<TopicPartition> partitions, const ReadOptions& options)
      : consumer_(std::move(consumer)),
        partitions_(std::move(partitions)),
        options_(options),
        next_(from) {
    newest_ms_.fill(0);
  }
  ~KafkaReader() override {
    while (taken_ < fetched_.size()) rd_kafka_message_destroy(fetched_[taken_++]);
  }

  absl::StatusOr<RecordBatch> Poll(absl::Duration wait) override;
  void Interrupt() override {
    interrupted_ = true;
    rd_kafka_queue_yield(consumer_->queue.get());
  }

 private:
  bool WaitForMessage(absl::Time deadline);
  bool FetchMore();
  void Take(rd_kafka_message_t* message, RecordBatch& batch, Messages& messages, size_t& bytes);
  void TakeError(const rd_kafka_message_t& message, TopicPartition where);
  bool AtEnd();

  const std::shared_ptr<Consumer> consumer_;
  const std::vector<TopicPartition> partitions_;
  const ReadOptions options_;
  Offsets next_;
  Offsets newest_ms_{};
  std::array<bool, kPartitionCount> eof_{};  // librdkafka said so, and nothing came since.
  std::vector<rd_kafka_message_t*> fetched_;
  size_t taken_ = 0;  // Of fetched_.
  bool was_at_end_ = false;
  absl::Status problem_;  // Found; to be told once what came before it is handed out.
  std::atomic<bool> interrupted_ = false;
};

Topic TopicOfMessage(const rd_kafka_message_t& message) {
  return static_cast<Topic>(reinterpret_cast<uintptr_t>(rd_kafka_topic_opaque(message.rkt)));
}

absl::StatusOr<RecordBatch> KafkaReader::Poll(absl::Duration wait) {
  const absl::Time deadline = absl::Now() + wait;
  RecordBatch batch;
  auto messages = std::make_shared<Messages>(consumer_);
  size_t bytes = 0;
  while (problem_.ok() && batch.records.empty() && WaitForMessage(deadline)) {
    // What comes after a problem stays in fetched_: whoever stops there must not have read past it.
    while (problem_.ok() && batch.records.size() < options_.records_max &&
           bytes < options_.bytes_max && (taken_ < fetched_.size() || FetchMore())) {
      Take(fetched_[taken_++], batch, *messages, bytes);
    }
    if (!was_at_end_ && AtEnd()) break;  // Worth knowing, even without a record.
  }
  interrupted_ = false;
  if (batch.records.empty() && !problem_.ok()) {
    const absl::Status problem = problem_;
    if (!absl::IsDataLoss(problem)) problem_ = absl::OkStatus();  // The rest may pass.
    return problem;
  }
  batch.keep_alive = std::move(messages);
  batch.at_end = was_at_end_ = AtEnd();
  return batch;
}

// False: nothing came in time, or Interrupt.
bool KafkaReader::WaitForMessage(absl::Time deadline) {
  if (taken_ < fetched_.size()) return true;
  if (interrupted_) return FetchMore();
  // The batch call would wait until the batch is full; so one message is waited for, and the rest
  // is taken as it is.
  rd_kafka_message_t* first = nullptr;
  while (!first &&
         !interrupted_) {  // An Interrupt that came too late for its Poll also ends the call once.
    const absl::Duration left = deadline - absl::Now();
    first = rd_kafka_consume_queue(consumer_->queue.get(), TimeoutMs(left));
    if (left <= absl::ZeroDuration()) break;
  }
  if (!first) return false;
  fetched_.assign(1, first);
  taken_ = 0;
  return true;
}

bool KafkaReader::FetchMore() {
  fetched_.resize(kConsumeMessagesMax);
  taken_ = 0;
  const ssize_t count =
      rd_kafka_consume_batch_queue(consumer_->queue.get(), 0, fetched_.data(), fetched_.size());
  fetched_.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return !fetched_.empty();
}

void KafkaReader::Take(rd_kafka_message_t* message, RecordBatch& batch, Messages& messages,
                       size_t& bytes) {
  messages.all.push_back(message);
  const TopicPartition where{TopicOfMessage(*message), message->partition};
  const size_t index = where.Index();
  if (message->err) return TakeError(*message, where);
  eof_[index] = false;
  next_[index] = message->offset + 1;
  rd_kafka_timestamp_type_t type;
  newest_ms_[index] = std::max(newest_ms_[index], rd_kafka_message_timestamp(message, &type));
  LogRecord& record = batch.records.emplace_back();
  record.partition = where;
  record.offset = message->offset;
  record.appended_at = absl::FromUnixMillis(newest_ms_[index]);
  record.key = {static_cast<const char*>(message->key), message->key_len};
  record.value = {static_cast<const char*>(message->payload), message->len};
  bytes += message->len + message->key_len;
  rd_kafka_headers_t* headers = nullptr;
  if (!options_.headers ||
      rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(
        name, std::string_view(static_cast<const char*>(value), value ? size : 0));
  }
}

void KafkaReader::TakeError(const rd_kafka_message_t& message, TopicPartition where) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    eof_[where.Index()] = true;
    return;
  }
  const std::string place = std::string(Spec(where.topic).name) + "-" +
                            std::to_string(where.partition) + " offset " +
                            std::to_string(next_[where.Index()]);
  const absl::Status problem = FromKafka(message.err, place, rd_kafka_message_errstr(&message));
  if (!absl::IsDataLoss(problem_)) problem_ = problem;
}

// By the ends that came with the newest fetch of each partition; where the last offset is not a
// record (a transaction's marker), librdkafka's word for it.
bool KafkaReader::AtEnd() {
  if (taken_ < fetched_.size()) return false;
  return std::all_of(partitions_.begin(), partitions_.end(), [&](const TopicPartition& where) {
    if (eof_[where.Index()]) return true;
    int64_t low = RD_KAFKA_OFFSET_INVALID, high = RD_KAFKA_OFFSET_INVALID;
    rd_kafka_get_watermark_offsets(consumer_->handle.get(), Spec(where.topic).name.data(),
                                   where.partition, &low, &high);
    return high >= 0 && next_[where.Index()] == high;
  });
}

// A setting of topics is taken from here alone: a topic made with a configuration of its own
// ignores the consumer's.
absl::StatusOr<KafkaTopic> MakeTopic(rd_kafka_t* handle, const TopicSpec& spec) {
  rd_kafka_topic_conf_t* conf = rd_kafka_topic_conf_new();
  rd_kafka_topic_conf_set_opaque(conf, reinterpret_cast<void*>(static_cast<uintptr_t>(spec.topic)));
  char text[256] = "";
  if (rd_kafka_topic_conf_set(conf, "auto.offset.reset", "error", text, sizeof(text)) !=
      RD_KAFKA_CONF_OK) {
    rd_kafka_topic_conf_destroy(conf);
    return absl::InternalError(text);
  }
  KafkaTopic topic(rd_kafka_topic_new(handle, std::string(spec.name).c_str(), conf));
  if (!topic) return FromKafka(rd_kafka_last_error(), spec.name);
  return topic;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> MakeKafkaReader(
    const KafkaConfig& config, const Offsets& from, const std::vector<TopicPartition>& partitions,
    const ReadOptions& options) {
  auto handle = MakeKafkaHandle(RD_KAFKA_CONSUMER, config, ConsumerSettings(options));
  if (!handle.ok()) return handle.status();
  auto consumer = std::make_shared<Consumer>();
  consumer->handle = *std::move(handle);
  consumer->queue.reset(rd_kafka_queue_new(consumer->handle.get()));
  for (const TopicSpec& spec : kTopics) {
    auto topic = MakeTopic(consumer->handle.get(), spec);
    if (!topic.ok()) return topic.status();
    consumer->topics.push_back(*std::move(topic));
  }
  for (const TopicPartition& where : partitions) {
    rd_kafka_topic_t* topic = consumer->topics[static_cast<size_t>(where.topic)].get();
    if (rd_kafka_consume_start_queue(topic, where.partition, from[where.Index()],
                                     consumer->queue.get()) != 0) {
      return FromKafka(rd_kafka_last_error(), Spec(where.topic).name);
    }
    consumer->started.emplace_back(topic, where.partition);
  }
  return std::make_unique<KafkaReader>(std::move(consumer), from, partitions, options);
}

}  // namespace overgang
