// The topics of the log: names, keys' meaning, partition counts. They never change once a log is
// founded.
//
// Every (topic, partition) also has one fixed dense index, used for cursors and offset tables; new
// topics are only ever added at the end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace overgang {

enum class Topic : uint8_t {
  kPathway,
  kReadmissions,
  kCapacity,
  kEscalation,
  kStatus,
  kParked,
  kOriginals,
  kLeader
};

struct TopicSpec {
  Topic topic;
  std::string_view name;
  int partitions;
  int64_t retention_ms;  // -1: for ever.
};

inline constexpr int64_t kOriginalsRetentionMs = int64_t{400} * 24 * 3600 * 1000;

inline constexpr std::array<TopicSpec, 8> kTopics = {{
    {Topic::kPathway, "overgang.pathway.v1", 12, -1},
    {Topic::kReadmissions, "overgang.readmissions.v1", 1, -1},
    {Topic::kCapacity, "overgang.capacity.v1", 1, -1},
    {Topic::kEscalation, "overgang.escalation.v1", 1, -1},
    {Topic::kStatus, "overgang.status.v1", 1, -1},
    {Topic::kParked, "overgang.parked.v1", 1, -1},
    {Topic::kOriginals, "overgang.originals.v1", 1, kOriginalsRetentionMs},
    {Topic::kLeader, "overgang.leader", 1, -1},
}};

constexpr const TopicSpec& Spec(Topic topic) { return kTopics[static_cast<size_t>(topic)]; }
std::optional<Topic> TopicByName(std::string_view name);

struct TopicPartition {
  Topic topic = Topic::kPathway;
  int32_t partition = 0;

  // Position in the fixed order of all partitions of all topics.
  constexpr size_t Index() const {
    size_t index = 0;
    for (size_t t = 0; t < static_cast<size_t>(topic); ++t)
      index += static_cast<size_t>(kTopics[t].partitions);
    return index + static_cast<size_t>(partition);
  }
  friend constexpr bool operator==(const TopicPartition&, const TopicPartition&) = default;
};

inline constexpr size_t kPartitionCount = TopicPartition{Topic::kLeader, 0}.Index() + 1;
TopicPartition PartitionAt(size_t index);

// The partition of a key: Java's murmur2, as Kafka's own clients and librdkafka's murmur2_random
// place it. An empty key goes to partition 0.
int32_t PartitionForKey(Topic topic, std::string_view key);

}  // namespace overgang
