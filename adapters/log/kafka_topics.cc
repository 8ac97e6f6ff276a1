#include "adapters/log/kafka_topics.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "core/errors.h"
#include "core/topics.h"

namespace overgang {
namespace {

constexpr size_t kErrorTextMax = 512;
constexpr int kAdminTriesMax = 3;
const absl::Duration kAdminTryTimeout = kKafkaRequestTimeout / kAdminTriesMax;
constexpr absl::Duration kLeaderRetryInterval = absl::Milliseconds(100);
constexpr int64_t kRecordOverheadBytesMax =
    64 << 10;  // What Kafka's batch format may add to a record.
// From this replication on the hub insists that what is acknowledged is on two brokers, so that the
// loss of any one loses nothing; with two replicas appends would then end with either broker.
constexpr int kReplicationSafeMin = 3;
constexpr int kInSyncSafeMin = 2;

using Metadata =
    std::unique_ptr<const rd_kafka_metadata_t, KafkaDeleter<rd_kafka_metadata_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, KafkaDeleter<rd_kafka_event_destroy>>;
using TopicSettings = std::map<std::string, std::string>;

TopicSettings WantedSettings(const TopicSpec& spec) {
  return {{"cleanup.policy", "delete"},
          {"message.timestamp.type", "LogAppendTime"},
          {"retention.bytes", "-1"},
          {"retention.ms", std::to_string(spec.retention_ms)}};
}

TopicSettings NewTopicSettings(const TopicSpec& spec, const KafkaConfig& config) {
  TopicSettings settings = WantedSettings(spec);
  settings["unclean.leader.election.enable"] = "false";
  if (config.replication_factor >= kReplicationSafeMin)
    settings["min.insync.replicas"] = std::to_string(kInSyncSafeMin);
  return settings;
}

absl::StatusOr<Metadata> AskMetadata(rd_kafka_t* client, bool all_topics, std::string_view cluster,
                                     absl::Duration timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, all_topics, nullptr, &metadata, TimeoutMs(timeout));
  if (error) return FromKafka(error, cluster);
  return Metadata(metadata);
}

const rd_kafka_metadata_topic_t* Find(const rd_kafka_metadata_t& metadata, std::string_view name) {
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    if (metadata.topics[i].topic == name) return &metadata.topics[i];
  }
  return nullptr;
}

absl::Status CheckPartition(const rd_kafka_metadata_partition_t& partition, std::string_view topic,
                            std::string_view cluster, int min_in_sync) {
  const std::string name = std::string(topic) + "-" + std::to_string(partition.id);
  if (partition.leader < 0) {
    return FromKafka(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, cluster, "no leader for " + name);
  }
  // Brokers count no more than there are replicas at all.
  const int needed = std::min(min_in_sync, partition.replica_cnt);
  if (partition.isr_cnt >= needed) return absl::OkStatus();
  return FromKafka(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, cluster,
                   name + " has " + std::to_string(partition.isr_cnt) + " of " +
                       std::to_string(partition.replica_cnt) + ", min.insync.replicas is " +
                       std::to_string(min_in_sync));
}

// Runs one admin request and hands its result on; one that can be made again without harm. It now
// and then waits for a controller that the client knows already, until it times out
// (librdkafka 2.0.2).
absl::StatusOr<Event> Ask(
    rd_kafka_t* client, rd_kafka_admin_op_t kind, std::string_view cluster,
    const std::function<void(const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send) {
  const KafkaQueue queue(rd_kafka_queue_new(client));
  const std::unique_ptr<rd_kafka_AdminOptions_t, KafkaDeleter<rd_kafka_AdminOptions_destroy>>
      options(rd_kafka_AdminOptions_new(client, kind));
  char text[kErrorTextMax];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), TimeoutMs(kAdminTryTimeout), text,
                                            sizeof(text));
  for (int tries_left = kAdminTriesMax;; --tries_left) {
    send(options.get(), queue.get());
    Event event(rd_kafka_queue_poll(queue.get(), TimeoutMs(kAdminTryTimeout + absl::Seconds(1))));
    const auto error = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (error == RD_KAFKA_RESP_ERR__TIMED_OUT && tries_left > 1) continue;
    if (!event) return FromKafka(error, cluster);
    if (error) return FromKafka(error, cluster, rd_kafka_event_error_string(event.get()));
    return event;
  }
}

absl::Status CreateTopics(rd_kafka_t* client, const KafkaConfig& config,
                          const std::vector<const TopicSpec*>& absent) {
  using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, KafkaDeleter<rd_kafka_NewTopic_destroy>>;
  std::vector<NewTopic> owned;
  std::vector<rd_kafka_NewTopic_t*> topics;
  char text[kErrorTextMax];
  for (const TopicSpec* spec : absent) {
    NewTopic topic(rd_kafka_NewTopic_new(std::string(spec->name).c_str(), spec->partitions,
                                         config.replication_factor, text, sizeof(text)));
    if (!topic) {
      return FieldError(absl::StatusCode::kInvalidArgument, "[log.kafka] replication_factor", text,
                        "give 1 or more");
    }
    for (const auto& [name, value] : NewTopicSettings(*spec, config)) {
      rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    }
    topics.push_back(topic.get());
    owned.push_back(std::move(topic));
  }
  auto event = Ask(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, config.bootstrap_servers,
                   [&](auto* options, auto* queue) {
                     rd_kafka_CreateTopics(client, topics.data(), topics.size(), options, queue);
                   });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    // Another hub that starts at the same time may have been first.
    if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const std::string name = rd_kafka_topic_result_name(results[i]);
    const char* why = rd_kafka_topic_result_error_string(results[i]);
    if (error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) {
      return FieldError(absl::StatusCode::kFailedPrecondition, name,
                        std::string("cannot be created (") + why + ")",
                        "set [log.kafka] replication_factor to at most the number of brokers");
    }
    return FromKafka(error, name, why ? why : "");
  }
  return absl::OkStatus();
}

absl::Status WrongSetting(std::string_view topic, const std::string& name, const std::string& is,
                          const std::string& wanted) {
  return FieldError(absl::StatusCode::kFailedPrecondition, topic,
                    name + " is " + is + " and must be " + wanted,
                    "set it with kafka-configs.sh --alter --entity-type topics --entity-name " +
                        std::string(topic) + " --add-config " + name + "=" + wanted);
}

// What only counts where there are replicas enough; see kReplicationSafeMin.
absl::Status CheckReplicaSettings(const TopicSpec& spec, int min_in_sync,
                                  const std::string& unclean) {
  if (min_in_sync < kInSyncSafeMin) {
    return WrongSetting(spec.name, "min.insync.replicas", std::to_string(min_in_sync),
                        std::to_string(kInSyncSafeMin));
  }
  if (unclean == "true")
    return WrongSetting(spec.name, "unclean.leader.election.enable", unclean, "false");
  return absl::OkStatus();
}

// Returns min.insync.replicas.
absl::StatusOr<int> CheckSettings(const TopicSpec& spec, const KafkaConfig& config,
                                  const rd_kafka_ConfigResource_t* resource) {
  if (const auto error = rd_kafka_ConfigResource_error(resource))
    return FromKafka(error, spec.name);
  size_t count = 0;
  const auto** entries = rd_kafka_ConfigResource_configs(resource, &count);
  const TopicSettings wanted = WantedSettings(spec);
  int min_in_sync = 1;
  std::string unclean;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigEntry_name(entries[i]);
    const char* const text = rd_kafka_ConfigEntry_value(entries[i]);
    const std::string value = text ? text : "";
    if (const auto it = wanted.find(name); it != wanted.end() && it->second != value) {
      return WrongSetting(spec.name, name, value, it->second);
    }
    const int64_t bytes_min = kRecordBytesMax + kRecordOverheadBytesMax;
    if (int64_t bytes = 0;
        name == "max.message.bytes" && absl::SimpleAtoi(value, &bytes) && bytes < bytes_min) {
      return WrongSetting(spec.name, name, value, std::to_string(bytes_min));
    }
    if (int number = 0; name == "min.insync.replicas" && absl::SimpleAtoi(value, &number))
      min_in_sync = number;
    if (name == "unclean.leader.election.enable") unclean = value;
  }
  if (config.replication_factor >= kReplicationSafeMin) {
    if (absl::Status status = CheckReplicaSettings(spec, min_in_sync, unclean); !status.ok())
      return status;
  }
  return min_in_sync;
}

absl::StatusOr<MinInSync> CheckAllSettings(rd_kafka_t* client, const KafkaConfig& config) {
  using Resource =
      std::unique_ptr<rd_kafka_ConfigResource_t, KafkaDeleter<rd_kafka_ConfigResource_destroy>>;
  std::vector<Resource> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const TopicSpec& spec : kTopics) {
    owned.emplace_back(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, std::string(spec.name).c_str()));
    resources.push_back(owned.back().get());
  }
  auto event =
      Ask(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, config.bootstrap_servers,
          [&](auto* options, auto* queue) {
            rd_kafka_DescribeConfigs(client, resources.data(), resources.size(), options, queue);
          });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const auto** results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  MinInSync min_in_sync{};
  for (size_t i = 0; i < count; ++i) {
    const auto topic = TopicByName(rd_kafka_ConfigResource_name(results[i]));
    if (!topic) continue;
    const auto needed = CheckSettings(Spec(*topic), config, results[i]);
    if (!needed.ok()) return needed.status();
    min_in_sync[static_cast<size_t>(*topic)] = *needed;
  }
  return min_in_sync;
}

absl::Status CheckPartitionCounts(const rd_kafka_metadata_t& metadata) {
  for (const TopicSpec& spec : kTopics) {
    const auto* topic = Find(metadata, spec.name);
    if (!topic || topic->partition_cnt == spec.partitions) continue;
    return FieldError(
        absl::StatusCode::kFailedPrecondition, spec.name,
        "has " + std::to_string(topic->partition_cnt) + " partitions and must have " +
            std::to_string(spec.partitions),
        "the number cannot be changed without parting keys from their past: name a cluster of the "
        "hub's own in [log.kafka] bootstrap_servers, or delete the topic if it holds nothing");
  }
  return absl::OkStatus();
}

absl::Status CheckReplicaCounts(const rd_kafka_metadata_t& metadata, int wanted) {
  for (const TopicSpec& spec : kTopics) {
    const auto* topic = Find(metadata, spec.name);
    for (int i = 0; topic && i < topic->partition_cnt; ++i) {
      const int count = topic->partitions[i].replica_cnt;
      if (count >= wanted) continue;
      return FieldError(
          absl::StatusCode::kFailedPrecondition, spec.name,
          "partition " + std::to_string(topic->partitions[i].id) + " has " + std::to_string(count) +
              " replicas and [log.kafka] replication_factor is " + std::to_string(wanted),
          "give it more with kafka-reassign-partitions.sh, or lower replication_factor "
          "and accept that the loss of a broker may lose facts");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPartitions(const rd_kafka_metadata_t& metadata, std::string_view cluster,
                             const MinInSync& min_in_sync) {
  for (const TopicSpec& spec : kTopics) {
    const auto* topic = Find(metadata, spec.name);
    if (!topic || topic->err) {
      return FromKafka(topic ? topic->err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, spec.name);
    }
    for (int i = 0; i < topic->partition_cnt; ++i) {
      if (absl::Status status = CheckPartition(topic->partitions[i], spec.name, cluster,
                                               min_in_sync[static_cast<size_t>(spec.topic)]);
          !status.ok())
        return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPartitions(rd_kafka_t* client, std::string_view cluster,
                             const MinInSync& min_in_sync, absl::Duration timeout) {
  const auto metadata = AskMetadata(client, false, cluster, timeout);
  return metadata.ok() ? CheckPartitions(**metadata, cluster, min_in_sync) : metadata.status();
}

absl::StatusOr<MinInSync> EnsureTopics(rd_kafka_t* client, const KafkaConfig& config) {
  const std::string& cluster = config.bootstrap_servers;
  auto metadata = AskMetadata(client, true, cluster, kKafkaRequestTimeout);
  if (!metadata.ok()) return metadata.status();
  const absl::Time deadline = absl::Now() + kKafkaOpenTimeout;
  for (;;) {
    // Asked anew each time: a topic that is just being deleted is still told for a moment.
    std::vector<const TopicSpec*> absent;
    for (const TopicSpec& spec : kTopics) {
      if (metadata.ok() && !Find(**metadata, spec.name)) absent.push_back(&spec);
    }
    if (!absent.empty()) {
      if (absl::Status status = CreateTopics(client, config, absent); !status.ok()) return status;
    }
    metadata = AskMetadata(client, true, cluster, kKafkaRequestTimeout);
    const absl::Status leaders =
        metadata.ok() ? CheckPartitions(**metadata, cluster, MinInSync{}) : metadata.status();
    if (leaders.ok()) break;
    if (absl::Now() > deadline) return leaders;
    absl::SleepFor(kLeaderRetryInterval);
  }
  if (absl::Status status = CheckPartitionCounts(**metadata); !status.ok()) return status;
  auto min_in_sync = CheckAllSettings(client, config);
  if (!min_in_sync.ok()) return min_in_sync.status();
  if (absl::Status status = CheckReplicaCounts(**metadata, config.replication_factor); !status.ok())
    return status;
  return min_in_sync;
}

}  // namespace overgang
