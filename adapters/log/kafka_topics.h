// The topics on a Kafka cluster: created where absent, checked where present.
#pragma once

#include "absl/status/status.h"
#include "adapters/log/kafka_handle.h"

namespace overgang {

// After OK every topic is there with the settings that the hub relies on, and every partition has a
// leader. FAILED_PRECONDITION names topic, setting and remedy; UNAVAILABLE: not so within
// kKafkaOpenTimeout. `client` must be a consumer: a producer's questions make brokers create
// topics.
absl::Status EnsureTopics(rd_kafka_t* client, const KafkaConfig& config);

// OK where every partition of every topic has a leader. Asks the cluster.
absl::Status CheckLeaders(rd_kafka_t* client, std::string_view cluster, absl::Duration timeout);

}  // namespace overgang
