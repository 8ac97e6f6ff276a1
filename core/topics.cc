#include "core/topics.h"

namespace overgang {
namespace {

// MurmurHash2 with the seed of Java's Kafka clients.
uint32_t Murmur2(std::string_view data) {
  constexpr uint32_t kMix = 0x5bd1e995;
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(data[i]));
  };
  uint32_t hash = 0x9747b28c ^ static_cast<uint32_t>(data.size());
  size_t i = 0;
  for (; i + 4 <= data.size(); i += 4) {
    uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kMix;
    k ^= k >> 24;
    k *= kMix;
    hash = hash * kMix ^ k;
  }
  const size_t rest = data.size() - i;
  if (rest >= 3) hash ^= byte(i + 2) << 16;
  if (rest >= 2) hash ^= byte(i + 1) << 8;
  if (rest >= 1) hash = (hash ^ byte(i)) * kMix;
  hash ^= hash >> 13;
  hash *= kMix;
  return hash ^ hash >> 15;
}

}  // namespace

std::optional<Topic> TopicByName(std::string_view name) {
  for (const TopicSpec& spec : kTopics) {
    if (spec.name == name) return spec.topic;
  }
  return std::nullopt;
}

TopicPartition PartitionAt(size_t index) {
  for (const TopicSpec& spec : kTopics) {
    const auto count = static_cast<size_t>(spec.partitions);
    if (index < count) return {spec.topic, static_cast<int32_t>(index)};
    index -= count;
  }
  return {Topic::kLeader, 0};
}

int32_t PartitionForKey(Topic topic, std::string_view key) {
  if (key.empty()) return 0;
  return static_cast<int32_t>((Murmur2(key) & 0x7fffffff) %
                              static_cast<uint32_t>(Spec(topic).partitions));
}

}  // namespace overgang
