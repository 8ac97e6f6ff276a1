// The appending half of the Kafka log: one idempotent producer and the thread that hears what
// became of records.
//
// Threads: Append from any thread; `done` runs on the producer's own thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/log/kafka_handle.h"
#include "core/event_log.h"

namespace overgang {

class KafkaProducer {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaProducer>> Start(const KafkaConfig& config);
  // Waits at most kKafkaAppendTimeout for what was appended; the rest is done(UNAVAILABLE).
  ~KafkaProducer();

  void Append(std::vector<NewRecord> records, AppendDone done);
  // As if the broker had made librdkafka give up, for tests.
  void InjectFatalErrorForTest();

  // How many producers there have been.
  int generation() const { return generation_; }

 private:
  // One Append on its way. Lives until every record's fate is known.
  struct Delivery {
    struct Slot {
      Delivery* delivery;
      size_t index;
    };
    KafkaProducer* producer = nullptr;
    std::vector<NewRecord> records;  // librdkafka sends from here.
    std::vector<Slot> slots;
    std::vector<LogPosition> positions;
    size_t bytes = 0;
    AppendDone done;
    std::atomic<size_t> remaining = 1;  // Records, and one for Append itself.
    std::mutex mutex;
    absl::Status error;  // Guarded by mutex; the first one.
  };

  explicit KafkaProducer(const KafkaConfig& config) : config_(config) {}
  static void OnDelivered(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);
  absl::StatusOr<KafkaHandle> MakeHandle();
  absl::Status Send(rd_kafka_t* handle, Delivery& delivery, size_t index);
  static void Fail(Delivery& delivery, absl::Status error);
  void Finish(Delivery* delivery);
  void Work();
  void FinishRefused();
  void ReplaceHandle();

  const KafkaConfig config_;
  std::shared_mutex
      handle_mutex_;  // Shared: producing. Exclusive: putting another handle in its place.
  KafkaHandle handle_;
  KafkaQueue main_queue_;  // To wake the thread.
  std::atomic<size_t> bytes_outstanding_ = 0;
  std::atomic<bool> fatal_ = false, stop_ = false;
  std::atomic<int> generation_ = 1;
  std::mutex finished_mutex_;
  std::deque<Delivery*> finished_;  // By Append itself; done on the thread.
  std::thread thread_;
};

}  // namespace overgang
