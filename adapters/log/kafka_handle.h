// librdkafka's objects with owners, its settings, and its errors in the project's words. For the
// files beside this.
//
// Threads: everything here may be used from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/log/kafka_log.h"
#include "librdkafka/rdkafka.h"

namespace overgang {

template <auto destroy>
struct KafkaDeleter {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDeleter<rd_kafka_destroy>>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, KafkaDeleter<rd_kafka_queue_destroy>>;
using KafkaTopic = std::unique_ptr<rd_kafka_topic_t, KafkaDeleter<rd_kafka_topic_destroy>>;

using KafkaSettings = std::map<std::string, std::string>;
using SetCallbacks = std::function<void(rd_kafka_conf_t*)>;

// A client with `settings`, the configured security, what all of ours have in common, and the
// callbacks that `callbacks` sets. INVALID_ARGUMENT names the setting that librdkafka refuses.
absl::StatusOr<KafkaHandle> MakeKafkaHandle(rd_kafka_type_t type, const KafkaConfig& config,
                                            const KafkaSettings& settings,
                                            const SetCallbacks& callbacks = nullptr);

// `place` is a topic, a partition or the cluster's address; `detail` replaces librdkafka's own
// words.
absl::Status FromKafka(rd_kafka_resp_err_t error, std::string_view place,
                       std::string_view detail = "");

// Rounded up, never negative: a short wait must not become a busy loop.
int TimeoutMs(absl::Duration duration);

}  // namespace overgang
