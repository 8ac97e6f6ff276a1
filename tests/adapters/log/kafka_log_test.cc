#include "adapters/log/kafka_log.h"

#include <deque>

#include "adapters/log/kafka_handle.h"
#include "adapters/log/kafka_producer.h"
#include "core/errors.h"
#include "tests/adapters/broker_fixture.h"
#include "tests/adapters/event_log_contract.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;

BrokerEnvironment* const kEnvironment = BrokerEnvironment::Add();

KafkaConfig ConfigOf(const Broker& broker) { return {broker.bootstrap_servers(), 1, {}}; }

std::unique_ptr<KafkaLog> OpenLog(const Broker& broker) {
  auto log = KafkaLog::Open(ConfigOf(broker));
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? *std::move(log) : nullptr;
}

class KafkaHarness final : public LogHarness {
 public:
  std::unique_ptr<EventLog> Open() override { return OpenLog(kEnvironment->broker()); }
};

std::unique_ptr<LogHarness> MakeKafka() { return std::make_unique<KafkaHarness>(); }
INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, ::testing::Values(&MakeKafka));
INSTANTIATE_TEST_SUITE_P(Kafka, DurableLogContract, ::testing::Values(&MakeKafka));

template <typename Condition>
bool Eventually(Condition condition) {
  for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

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

// Changes topics with the admin client, as an operator would.
class Operator {
 public:
  explicit Operator(const Broker& broker)
      : handle_(*MakeKafkaHandle(RD_KAFKA_CONSUMER, ConfigOf(broker), {})),
        queue_(rd_kafka_queue_new(handle_.get())) {}

  void Create(const std::string& topic, int partitions,
              const std::map<std::string, std::string>& settings) {
    char text[200];
    rd_kafka_NewTopic_t* made =
        rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text, sizeof(text));
    for (const auto& [name, value] : settings)
      rd_kafka_NewTopic_set_config(made, name.c_str(), value.c_str());
    rd_kafka_CreateTopics(handle_.get(), &made, 1, nullptr, queue_.get());
    Wait();
    rd_kafka_NewTopic_destroy(made);
  }
  void Delete(const std::string& topic) {
    rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
    rd_kafka_DeleteTopics(handle_.get(), &gone, 1, nullptr, queue_.get());
    Wait();
    rd_kafka_DeleteTopic_destroy(gone);
  }
  void Alter(const std::string& topic, const std::map<std::string, std::string>& settings) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
    for (const auto& [name, value] : settings)
      rd_kafka_ConfigResource_set_config(resource, name.c_str(), value.c_str());
    rd_kafka_AlterConfigs(handle_.get(), &resource, 1, nullptr, queue_.get());
    Wait();
    rd_kafka_ConfigResource_destroy(resource);
  }
  void DeleteRecordsBefore(const std::string& topic, int32_t partition, int64_t offset) {
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
    auto* request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(handle_.get(), &request, 1, nullptr, queue_.get());
    Wait();
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
  }

 private:
  void Wait() {
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue_.get(), 30'000);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR)
        << rd_kafka_event_error_string(event);
    rd_kafka_event_destroy(event);
  }
  KafkaHandle handle_;
  KafkaQueue queue_;
};

class BrokerTest : public ::testing::Test {
 protected:
  Broker& broker_ = kEnvironment->broker();
};

TEST_F(BrokerTest, AbsentTopicsAreMadeAndStartAtZero) {
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->Ends()->next, Offsets{});
  EXPECT_EQ(AppendAndWait(*log, {Record("p", "v")})->at(0).offset, 0);
}

TEST_F(BrokerTest, AWrongNumberOfPartitionsIsRefusedAndTheRemedyWorks) {
  OpenLog(broker_);
  Operator op(broker_);
  op.Delete("overgang.status.v1");
  op.Create("overgang.status.v1", 3, {});
  auto log = KafkaLog::Open(ConfigOf(broker_));
  EXPECT_EQ(log.status().code(), absl::StatusCode::kFailedPrecondition) << log.status();
  EXPECT_EQ(PlaceOf(log.status()).field, "overgang.status.v1");
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("3 partitions"));
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

TEST_F(BrokerTest, ARecordThatRetentionTookIsDataLoss) {
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  const TopicPartition originals{Topic::kOriginals, 0};
  const Offsets start = log->Ends()->next;
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(AppendAndWait(*log, {Record("s", "v", Topic::kOriginals)}).ok());
  const int64_t kept = start[originals.Index()] + 3;
  Operator(broker_).DeleteRecordsBefore("overgang.originals.v1", 0, kept);
  EXPECT_EQ(log->Ends()->first[originals.Index()], kept);
  auto reader = log->NewReader(start, {originals}, {});
  absl::Status status;
  EXPECT_TRUE(Eventually(
      [&] { return !(status = (*reader)->Poll(absl::Milliseconds(100)).status()).ok(); }));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  auto from_first = log->NewReader(log->Ends()->first, {originals}, {});
  EXPECT_EQ(ReadCount(**from_first, 2).size(), 2u);
}

// Appends all the time and remembers what was acknowledged.
class Appender {
 public:
  explicit Appender(EventLog& log) : log_(log), thread_([this] { Work(); }) {}
  std::set<std::string> Finish() {
    stop_ = true;
    thread_.join();
    EXPECT_TRUE(Eventually([&] { return outstanding_ == 0; }));
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  size_t acknowledged() {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }
  size_t refused() const { return refused_; }

 private:
  void Work() {
    for (int i = 0; !stop_; ++i) {
      absl::SleepFor(absl::Microseconds(500));
      if (outstanding_ >= 64) continue;
      ++outstanding_;
      const std::string text = std::to_string(i);
      log_.Append({Record("p" + std::to_string(i % 50), text)}, [this, text](auto result) {
        if (result.ok()) {
          std::lock_guard lock(mutex_);
          acknowledged_.insert(text);
        } else {
          EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
          ++refused_;
        }
        --outstanding_;
      });
    }
  }
  EventLog& log_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> outstanding_ = 0;
  std::atomic<size_t> refused_ = 0;
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::thread thread_;
};

std::set<std::string> Values(const std::vector<ReadBack>& records) {
  std::set<std::string> values;
  for (const ReadBack& record : records) values.insert(record.value);
  return values;
}

TEST_F(BrokerTest, ABrokerThatIsKilledAndComesBackLosesNothingAcknowledged) {
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  const Offsets start = log->Ends()->next;
  auto reader = log->NewReader(start, {}, {});
  Appender appender(*log);
  ASSERT_TRUE(Eventually([&] { return appender.acknowledged() > 100; }));
  broker_.Kill();
  const absl::Time killed = absl::Now();
  EXPECT_TRUE(Eventually([&] { return !log->Health().ok(); }));
  EXPECT_LT(absl::Now() - killed, absl::Seconds(10));
  EXPECT_EQ(log->Health().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(log->Health().message()), HasSubstr(broker_.bootstrap_servers()));
  EXPECT_TRUE(Eventually([&] { return appender.refused() > 0; }))
      << "an append ends in a bounded time";
  broker_.Start();
  EXPECT_TRUE(Eventually([&] { return log->Health().ok(); })) << log->Health();
  const size_t before = appender.acknowledged();
  EXPECT_TRUE(Eventually([&] { return appender.acknowledged() > before + 100; }))
      << "goes on by itself";
  const auto acknowledged = appender.Finish();
  EXPECT_THAT(Values(ReadCount(**reader, acknowledged.size())),
              ::testing::IsSupersetOf(acknowledged))
      << "the reader that was there all the time";
  auto again = log->NewReader(start, {}, {});
  EXPECT_THAT(Values(ReadCount(**again, acknowledged.size())),
              ::testing::IsSupersetOf(acknowledged));
}

TEST_F(BrokerTest, AShortPauseIsBridgedWithoutARefusalOrARepeat) {
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  const Offsets start = log->Ends()->next;
  ASSERT_TRUE(AppendAndWait(*log, {Record("p", "before")}).ok());
  broker_.Freeze();
  std::promise<absl::Status> done;
  log->Append({Record("p", "frozen")}, [&](auto result) { done.set_value(result.status()); });
  absl::SleepFor(absl::Seconds(1));
  broker_.Thaw();
  EXPECT_TRUE(done.get_future().get().ok());
  EXPECT_EQ(ReadCount(**log->NewReader(start, {}, {}), 2).size(), 2u);
}

TEST_F(BrokerTest, ABrokerThatHangsIsNotHealthyAndAppendsEnd) {
  auto log = OpenLog(broker_);
  ASSERT_NE(log, nullptr);
  broker_.Freeze();
  EXPECT_EQ(AppendAndWait(*log, {Record("p", "v")}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_FALSE(log->Health().ok());
  broker_.Thaw();
  EXPECT_TRUE(Eventually([&] { return log->Health().ok(); })) << log->Health();
  EXPECT_TRUE(Eventually([&] { return AppendAndWait(*log, {Record("p", "v")}).ok(); }));
}

TEST(KafkaSettings, AClusterThatIsNotThereIsUnavailable) {
  const auto log = KafkaLog::Open({"127.0.0.1:1", 1, {}});
  EXPECT_EQ(log.status().code(), absl::StatusCode::kUnavailable) << log.status();
  EXPECT_THAT(PlaceOf(log.status()).remedy, HasSubstr("bootstrap_servers"));
}

TEST(KafkaProducerTest, AFatalErrorMakesANewProducer) {
  auto log = OpenLog(kEnvironment->broker());
  ASSERT_NE(log, nullptr);
  auto producer = KafkaProducer::Start(ConfigOf(kEnvironment->broker()));
  ASSERT_TRUE(producer.ok()) << producer.status();
  const auto append = [&] {
    std::promise<absl::Status> done;
    (*producer)->Append({Record("p", "v")}, [&](auto result) { done.set_value(result.status()); });
    return done.get_future().get();
  };
  ASSERT_TRUE(append().ok());
  (*producer)->InjectFatalErrorForTest();
  EXPECT_EQ(append().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Eventually([&] { return append().ok(); }));
  EXPECT_EQ((*producer)->generation(), 2);
}

}  // namespace
}  // namespace overgang
