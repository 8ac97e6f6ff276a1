// The reading half of the Kafka log: a consumer of its own per reader, with no group.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/log/kafka_handle.h"
#include "core/event_log.h"

namespace overgang {

absl::StatusOr<std::unique_ptr<LogReader>> MakeKafkaReader(
    const KafkaConfig& config, const Offsets& from, const std::vector<TopicPartition>& partitions,
    const ReadOptions& options);

}  // namespace overgang
