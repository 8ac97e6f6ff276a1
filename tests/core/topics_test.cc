#include "core/topics.h"

#include <gtest/gtest.h>

#include <set>

namespace overgang {
namespace {

TEST(Topics, KeysGoWhereKafkasJavaClientsPutThem) {
  // Hashes from the tests of Apache Kafka's Utils.murmur2.
  const std::pair<const char*, int32_t> known[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [key, hash] : known) {
    EXPECT_EQ(PartitionForKey(Topic::kPathway, key), (hash & 0x7fffffff) % 12) << key;
  }
}

TEST(Topics, OnePartitionAndNoKeyMeanPartitionZero) {
  EXPECT_EQ(PartitionForKey(Topic::kParked, "hl7v2:STO"), 0);
  EXPECT_EQ(PartitionForKey(Topic::kPathway, ""), 0);
}

TEST(Topics, EveryPartitionHasOneIndex) {
  std::set<size_t> seen;
  for (const TopicSpec& spec : kTopics) {
    for (int32_t p = 0; p < spec.partitions; ++p) {
      const TopicPartition partition{spec.topic, p};
      EXPECT_TRUE(seen.insert(partition.Index()).second);
      EXPECT_EQ(PartitionAt(partition.Index()), partition);
    }
  }
  EXPECT_EQ(seen.size(), kPartitionCount);
  EXPECT_EQ(*seen.rbegin(), kPartitionCount - 1);
}

TEST(Topics, AreFoundByName) {
  for (const TopicSpec& spec : kTopics) {
    EXPECT_EQ(TopicByName(spec.name), spec.topic);
    EXPECT_EQ(Spec(spec.topic).name, spec.name);
  }
  EXPECT_FALSE(TopicByName("overgang.pathway").has_value());
}

}  // namespace
}  // namespace overgang
