#include "adapters/log/kafka_topics.h"

#include <deque>

#include "absl/strings/match.h"
#include "core/errors.h"
#include "gmock/gmock.h"
#include "tests/adapters/log/kafka_fixture.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;

TEST(KafkaSettings, ASettingThatIsNotSecurityIsRefused) {
  const auto log = KafkaLog::Open({"127.0.0.1:1", 1, {{"acks", "0"}}});
  EXPECT_EQ(log.status().code(), absl::StatusCode::kInvalidArgument) << log.status();
  EXPECT_EQ(PlaceOf(log.status()).field, "[log.kafka] acks");
}

TEST(KafkaSettings, AWrongSecuritySettingIsNamed) {
  const auto log = KafkaLog::Open({"127.0.0.1:1", 1, {{"security.protocol", "carrier pigeon"}}});
  EXPECT_EQ(log.status().code(), absl::StatusCode::kInvalidArgument) << log.status();
  EXPECT_EQ(PlaceOf(log.status()).field, "[log.kafka] security.protocol");
}

TEST(KafkaSettings, OurPartitionIsTheOneThatLibrdkafkaPicks) {
  auto handle = MakeKafkaHandle(RD_KAFKA_PRODUCER, {"127.0.0.1:1", 1, {}}, {});
  ASSERT_TRUE(handle.ok());
  const KafkaTopic topic(rd_kafka_topic_new(handle->get(), "overgang.pathway.v1", nullptr));
  for (int i = 0; i < 1000; ++i) {
    const std::string key(static_cast<size_t>(i % 40) + 1, static_cast<char>(i * 7));
    EXPECT_EQ(PartitionForKey(Topic::kPathway, key),
              rd_kafka_msg_partitioner_murmur2(topic.get(), key.data(), key.size(), 12, nullptr,
                                               nullptr));
  }
}

TEST(KafkaSettings, AClusterThatIsNotThereIsUnavailable) {
  const auto log = KafkaLog::Open({"127.0.0.1:1", 1, {}});
  EXPECT_EQ(log.status().code(), absl::StatusCode::kUnavailable) << log.status();
  EXPECT_THAT(PlaceOf(log.status()).remedy, HasSubstr("bootstrap_servers"));
}

// What a cluster of three brokers answers, every partition with `replicas` and `in_sync` of them.
class Answer {
 public:
  Answer(int replicas, int in_sync) {
    for (const TopicSpec& spec : kTopics) {
      auto& partitions = partitions_.emplace_back(static_cast<size_t>(spec.partitions));
      for (size_t i = 0; i < partitions.size(); ++i) {
        partitions[i] = {};
        partitions[i].id = static_cast<int32_t>(i);
        partitions[i].leader = 1;
        partitions[i].replica_cnt = replicas;
        partitions[i].isr_cnt = in_sync;
      }
      names_.push_back(std::string(spec.name));
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      topics_.push_back({names_[i].data(), static_cast<int>(partitions_[i].size()),
                         partitions_[i].data(), RD_KAFKA_RESP_ERR_NO_ERROR});
    }
    metadata_.topics = topics_.data();
    metadata_.topic_cnt = static_cast<int>(topics_.size());
  }
  rd_kafka_metadata_partition_t& Partition(Topic topic, size_t partition) {
    return partitions_[static_cast<size_t>(topic)][partition];
  }
  absl::Status Check(int min_in_sync) const {
    MinInSync all;
    all.fill(min_in_sync);
    return CheckPartitions(metadata_, "cluster", all);
  }

 private:
  std::vector<std::vector<rd_kafka_metadata_partition_t>> partitions_;
  std::deque<std::string> names_;
  std::vector<rd_kafka_metadata_topic_t> topics_;
  rd_kafka_metadata_t metadata_{};
};

TEST(KafkaPartitions, TooFewReplicasInSyncAreToldWithTheRemedy) {
  Answer answer(3, 2);
  EXPECT_TRUE(answer.Check(2).ok()) << answer.Check(2);
  answer.Partition(Topic::kPathway, 7).isr_cnt = 1;
  const absl::Status status = answer.Check(2);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("overgang.pathway.v1-7 has 1 of 3"));
  EXPECT_THAT(PlaceOf(status).remedy, HasSubstr("start the missing brokers"));
  EXPECT_TRUE(answer.Check(1).ok());
}

TEST(KafkaPartitions, ATopicOfOneReplicaNeedsNoMoreThanThat) {
  EXPECT_TRUE(Answer(1, 1).Check(2).ok());
}

TEST(KafkaPartitions, APartitionWithoutALeaderIsNamed) {
  Answer answer(3, 3);
  answer.Partition(Topic::kStatus, 0).leader = -1;
  EXPECT_THAT(std::string(answer.Check(2).message()),
              HasSubstr("no leader for overgang.status.v1-0"));
}

TEST(KafkaTopics, AbsentOnesAreMadeAndStartAtZero) {
  Broker broker;
  broker.Start();
  auto log = OpenLog(broker);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->Ends()->next, Offsets{});
  EXPECT_EQ(AppendAndWait(*log, {Record("p", "v")})->at(0).offset, 0);
}

TEST_F(BrokerTest, AWrongNumberOfPartitionsIsRefusedAndTheRemedyWorks) {
  OpenLog(broker_);
  Operator op(broker_);
  op.Delete("overgang.status.v1");
  op.Create("overgang.status.v1", 3, {});
  absl::Status status;
  EXPECT_TRUE(Eventually([&] {  // The broker's own view of its topics lags a moment.
    status = KafkaLog::Open(ConfigOf(broker_)).status();
    return absl::IsFailedPrecondition(status);
  })) << status;
  EXPECT_EQ(PlaceOf(status).field, "overgang.status.v1");
  EXPECT_THAT(std::string(status.message()), HasSubstr("3 partitions"));
  op.Delete("overgang.status.v1");
  EXPECT_NE(OpenLog(broker_), nullptr);
}

TEST_F(BrokerTest, EverySettingThatTheHubReliesOnIsCheckedAndTheRemedyWorks) {
  OpenLog(broker_);
  const std::map<std::string, std::string> right = {{"cleanup.policy", "delete"},
                                                    {"message.timestamp.type", "LogAppendTime"},
                                                    {"retention.bytes", "-1"},
                                                    {"retention.ms", "-1"},
                                                    {"max.message.bytes", "1048588"}};
  const std::map<std::string, std::string> wrong = {{"cleanup.policy", "compact"},
                                                    {"message.timestamp.type", "CreateTime"},
                                                    {"retention.bytes", "1000000"},
                                                    {"retention.ms", "1000000"},
                                                    {"max.message.bytes", "1000"}};
  Operator op(broker_);
  for (const auto& [name, value] : wrong) {
    auto settings = right;
    settings[name] = value;
    op.Alter("overgang.capacity.v1", settings);
    absl::Status status;
    // The broker's own view of its settings lags a moment.
    EXPECT_TRUE(Eventually([&] {
      return !(status = KafkaLog::Open(ConfigOf(broker_)).status()).ok();
    })) << name;
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(PlaceOf(status).field, "overgang.capacity.v1");
    EXPECT_THAT(std::string(status.message()), HasSubstr(name + " is " + value));
    EXPECT_THAT(PlaceOf(status).remedy, HasSubstr("--add-config " + name));
  }
  op.Alter("overgang.capacity.v1", right);
  EXPECT_TRUE(Eventually([&] { return KafkaLog::Open(ConfigOf(broker_)).ok(); }));
}

TEST_F(BrokerTest, WithThreeReplicasTopicsMustKeepWhatIsAcknowledged) {
  OpenLog(broker_);
  KafkaConfig three = ConfigOf(broker_);
  three.replication_factor = 3;
  std::map<std::string, std::string> settings = {{"message.timestamp.type", "LogAppendTime"},
                                                 {"retention.bytes", "-1"}};
  Operator op(broker_);
  const auto alter = [&] {
    for (const TopicSpec& spec : kTopics) {
      settings["retention.ms"] = std::to_string(spec.retention_ms);
      op.Alter(std::string(spec.name), settings);
    }
  };
  const auto says = [&](const std::string& what) {
    absl::Status status;
    EXPECT_TRUE(Eventually([&] {
      status = KafkaLog::Open(three).status();
      return absl::StrContains(status.message(), what);
    })) << what
        << ", but: " << status;
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return PlaceOf(status);
  };
  EXPECT_THAT(says("min.insync.replicas is 1 and must be 2").remedy,
              HasSubstr("--add-config min.insync.replicas=2"));
  settings["min.insync.replicas"] = "2";
  settings["unclean.leader.election.enable"] = "true";
  alter();
  EXPECT_THAT(says("unclean.leader.election.enable is true and must be false").remedy,
              HasSubstr("--add-config unclean.leader.election.enable=false"));
  settings["unclean.leader.election.enable"] = "false";
  alter();
  const ErrorPlace place = says("partition 0 has 1 replicas");
  EXPECT_EQ(place.field, "overgang.pathway.v1");
  EXPECT_THAT(place.remedy, HasSubstr("kafka-reassign-partitions.sh"));

  // Brokers ask for no more than there are, so with one replica all goes on.
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  EXPECT_TRUE(AppendAndWait(*log, {Record("p", "v")}).ok());
  EXPECT_TRUE(log->Health().ok()) << log->Health();
  settings.erase("min.insync.replicas");
  alter();
}

}  // namespace
}  // namespace overgang
