#include "adapters/log/kafka_producer.h"

#include <utility>

#include "adapters/log/log_bounds.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

constexpr absl::Duration kServeInterval = absl::Milliseconds(100);

KafkaSettings ProducerSettings() {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"linger.ms", "1"},
      {"partitioner",
       "murmur2_random"},  // Stated for who reads it; every record names its partition.
      {"message.timeout.ms", std::to_string(TimeoutMs(kKafkaAppendTimeout))},
      {"request.timeout.ms", std::to_string(TimeoutMs(kKafkaAppendTimeout))},
      {"queue.buffering.max.messages", "0"},  // Unlimited: bytes are bounded, by Append.
      {"queue.buffering.max.kbytes", std::to_string(2 * (kAppendBytesOutstandingMax >> 10))},
      {"retry.backoff.ms", "50"},
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaProducer>> KafkaProducer::Start(const KafkaConfig& config) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(config));
  auto handle = producer->MakeHandle();
  if (!handle.ok()) return handle.status();
  producer->handle_ = *std::move(handle);
  producer->main_queue_.reset(rd_kafka_queue_get_main(producer->handle_.get()));
  producer->thread_ = std::thread([raw = producer.get()] { raw->Work(); });
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (!thread_.joinable()) return;
  stop_ = true;
  {
    std::shared_lock lock(handle_mutex_);  // The thread may be putting another handle in its place.
    rd_kafka_queue_yield(main_queue_.get());
  }
  thread_.join();
}

absl::StatusOr<KafkaHandle> KafkaProducer::MakeHandle() {
  const auto callbacks = [this](rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, &KafkaProducer::OnDelivered);
  };
  auto handle = MakeKafkaHandle(RD_KAFKA_PRODUCER, config_, ProducerSettings(), callbacks);
  // librdkafka asks for the leaders of a topic that a first record brings up only once a second. It
  // keeps the topics for as long as the handle lives.
  for (size_t i = 0; handle.ok() && i < kTopics.size(); ++i) {
    const KafkaTopic known(
        rd_kafka_topic_new(handle->get(), std::string(kTopics[i].name).c_str(), nullptr));
  }
  return handle;
}

void KafkaProducer::Append(std::vector<NewRecord> records, AppendDone done) {
  auto* const delivery = new Delivery;  // Finish deletes it.
  delivery->producer = this;
  delivery->done = std::move(done);
  absl::Status refusal = CheckRecords(records, delivery->bytes);
  if (refusal.ok() && bytes_outstanding_ + delivery->bytes > kAppendBytesOutstandingMax)
    refusal = TooMuchOutstanding();
  if (!refusal.ok()) delivery->bytes = 0;
  bytes_outstanding_ += delivery->bytes;
  if (refusal.ok()) {
    delivery->records = std::move(records);
    delivery->positions.resize(delivery->records.size());
    delivery->slots.resize(delivery->records.size());
    delivery->remaining += delivery->records.size();
    std::shared_lock lock(handle_mutex_);
    for (size_t i = 0; i < delivery->records.size() && refusal.ok(); ++i) {
      refusal = Send(handle_.get(), *delivery, i);
      if (!refusal.ok()) delivery->remaining -= delivery->records.size() - i;
    }
  }
  if (!refusal.ok()) Fail(*delivery, std::move(refusal));
  if (--delivery->remaining > 0) return;  // The last delivery report finishes it.
  {
    std::lock_guard lock(finished_mutex_);
    finished_.push_back(delivery);
  }
  std::shared_lock lock(handle_mutex_);
  rd_kafka_queue_yield(main_queue_.get());
}

absl::Status KafkaProducer::Send(rd_kafka_t* handle, Delivery& delivery, size_t index) {
  const NewRecord& record = delivery.records[index];
  const TopicPartition where{record.topic, PartitionForKey(record.topic, record.key)};
  delivery.positions[index].partition = where;
  delivery.slots[index] = {&delivery, index};
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  const std::string topic(Spec(record.topic).name);
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      handle, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(where.partition),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(&delivery.slots[index]), RD_KAFKA_V_END);
  if (error) rd_kafka_headers_destroy(headers);  // Otherwise librdkafka owns them.
  if (error == RD_KAFKA_RESP_ERR__FATAL) fatal_ = true;
  return FromKafka(error, topic);
}

void KafkaProducer::OnDelivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const auto& slot = *static_cast<Delivery::Slot*>(message->_private);
  Delivery& delivery = *slot.delivery;
  LogPosition& position = delivery.positions[slot.index];
  position.offset = message->offset;
  const std::string_view topic = Spec(position.partition.topic).name;
  if (message->err == RD_KAFKA_RESP_ERR__FATAL) delivery.producer->fatal_ = true;
  if (message->err) {
    Fail(delivery, FromKafka(message->err, topic));
  } else if (message->offset < 0) {
    // Durable by an earlier attempt whose answer was lost, and the broker no longer knows where.
    // Nobody could wait for it; so it is appended once more, which is harmless.
    Fail(delivery, FromKafka(RD_KAFKA_RESP_ERR__FAIL, topic, "the offset is not known"));
  }
  if (--delivery.remaining == 0) delivery.producer->Finish(&delivery);
}

void KafkaProducer::Fail(Delivery& delivery, absl::Status error) {
  std::lock_guard lock(delivery.mutex);
  if (delivery.error.ok()) delivery.error = std::move(error);
}

void KafkaProducer::Finish(Delivery* delivery) {
  const std::unique_ptr<Delivery> owned(delivery);
  bytes_outstanding_ -= delivery->bytes;
  if (delivery->error.ok()) {
    delivery->done(std::move(delivery->positions));
  } else {
    delivery->done(std::move(delivery->error));
  }
}

void KafkaProducer::FinishRefused() {
  std::deque<Delivery*> finished;
  {
    std::lock_guard lock(finished_mutex_);
    finished.swap(finished_);
  }
  for (Delivery* delivery : finished) Finish(delivery);
}

void KafkaProducer::Work() {
  while (!stop_) {
    rd_kafka_poll(handle_.get(), TimeoutMs(kServeInterval));
    FinishRefused();
    if (fatal_) ReplaceHandle();
  }
  rd_kafka_flush(handle_.get(), TimeoutMs(kKafkaAppendTimeout));
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle_.get(), TimeoutMs(kServeInterval));
  FinishRefused();
}

// librdkafka's answer to "was it written?" is no longer certain, so what is on its way is refused:
// whoever appended it repeats it. A new producer gets a new identity from the broker.
void KafkaProducer::ReplaceHandle() {
  char text[256] = "";
  rd_kafka_fatal_error(handle_.get(), text, sizeof(text));
  spdlog::warn("kafka: a new producer is made, for the old one failed: {}", text);
  auto handle = MakeHandle();
  if (!handle.ok()) return;  // Once more with the next look.
  KafkaHandle old = *std::move(handle);
  {
    std::unique_lock lock(handle_mutex_);
    std::swap(handle_, old);
    main_queue_.reset(rd_kafka_queue_get_main(handle_.get()));
    fatal_ = false;
  }
  ++generation_;
  rd_kafka_purge(old.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(old.get(), TimeoutMs(kKafkaAppendTimeout));
}

void KafkaProducer::InjectFatalErrorForTest() {
  std::shared_lock lock(handle_mutex_);
  rd_kafka_test_fatal_error(handle_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "injected by a test");
}

}  // namespace overgang
