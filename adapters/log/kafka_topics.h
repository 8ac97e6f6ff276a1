// The topics on a Kafka cluster: created where absent, checked where present.
#pragma once

#include <array>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/log/kafka_handle.h"
#include "core/topics.h"

namespace overgang {

// Each topic's min.insync.replicas, in the order of kTopics: with fewer in step the brokers refuse
// appends.
using MinInSync = std::array<int, kTopics.size()>;

// After OK every topic is there with the settings that the hub relies on, and every partition has a
// leader. FAILED_PRECONDITION names topic, setting and remedy; UNAVAILABLE: not so within
// kKafkaOpenTimeout. `client` must be a consumer: a producer's questions make brokers create
// topics.
absl::StatusOr<MinInSync> EnsureTopics(rd_kafka_t* client, const KafkaConfig& config);

// OK where every partition of every topic has a leader and replicas enough for appends. Asks the
// cluster.
absl::Status CheckPartitions(rd_kafka_t* client, std::string_view cluster,
                             const MinInSync& min_in_sync, absl::Duration timeout);
// The same of an answer that the cluster gave.
absl::Status CheckPartitions(const rd_kafka_metadata_t& metadata, std::string_view cluster,
                             const MinInSync& min_in_sync);

}  // namespace overgang
