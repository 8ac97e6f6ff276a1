// Reading and appending on a real broker; topics and settings are in kafka_topics_test.cc.
#include "adapters/log/kafka_log.h"

#include <fstream>
#include <set>
#include <sstream>

#include "adapters/log/kafka_producer.h"
#include "tests/adapters/event_log_contract.h"
#include "tests/adapters/log/kafka_fixture.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;

class KafkaHarness final : public LogHarness {
 public:
  std::unique_ptr<EventLog> Open() override { return OpenLog(kEnvironment->broker()); }
};

std::unique_ptr<LogHarness> MakeKafka() { return std::make_unique<KafkaHarness>(); }
INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, ::testing::Values(&MakeKafka));
INSTANTIATE_TEST_SUITE_P(Kafka, DurableLogContract, ::testing::Values(&MakeKafka));

TEST(KafkaCorruption, NothingOfAPartitionIsReadPastACorruptRecord) {
  Broker broker;
  broker.Start();
  auto log = OpenLog(broker);
  ASSERT_NE(log, nullptr);
  for (int i = 0; i < 6; ++i)  // One after another, so each is a batch of its own.
    ASSERT_TRUE(
        AppendAndWait(*log, {Record("s", "value " + std::to_string(i), Topic::kStatus)}).ok());
  log.reset();
  broker.Stop();
  const std::string file = broker.data_dir() + "/overgang.status.v1-0/00000000000000000000.log";
  std::stringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  const size_t at = content.str().find("value 3");
  ASSERT_NE(at, std::string::npos) << file;
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(at));
  stream << "damage!";
  stream.close();
  broker.Start();
  log = OpenLog(broker);
  ASSERT_NE(log, nullptr);
  auto reader = log->NewReader({}, {{Topic::kStatus, 0}}, {});
  absl::SleepFor(absl::Seconds(1));  // So that what comes after it has come, too.
  std::vector<ReadBack> read;
  absl::Status status;
  EXPECT_TRUE(Eventually([&] {
    const auto batch = (*reader)->Poll(absl::Milliseconds(100));
    if (batch.ok()) {
      for (ReadBack& record : Copy(*batch)) read.push_back(std::move(record));
    }
    return !(status = batch.status()).ok();
  }));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("overgang.status.v1-0 offset 3"));
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read.back().value, "value 2");
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
  // All of it: what was refused may have reached the log all the same.
  const Offsets end = log->Ends()->next;
  size_t held = 0;
  for (size_t i = 0; i < kPartitionCount; ++i) held += static_cast<size_t>(end[i] - start[i]);
  EXPECT_THAT(Values(ReadCount(**reader, held)), ::testing::IsSupersetOf(acknowledged))
      << "the reader that was there all the time";
  auto again = log->NewReader(start, {}, {});
  EXPECT_THAT(Values(ReadCount(**again, held)), ::testing::IsSupersetOf(acknowledged));
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
