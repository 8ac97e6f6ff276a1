// What the tests of the Kafka log share: one broker for the whole program, and an operator who
// changes its topics.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/log/kafka_handle.h"
#include "adapters/log/kafka_log.h"
#include "tests/adapters/broker_fixture.h"
#include "tests/adapters/log_harness.h"

namespace overgang {

inline BrokerEnvironment* const kEnvironment = BrokerEnvironment::Add();

inline KafkaConfig ConfigOf(const Broker& broker) { return {broker.bootstrap_servers(), 1, {}}; }

// A broker that was just started may take longer on a busy machine than one try waits.
inline std::unique_ptr<KafkaLog> OpenLog(const Broker& broker) {
  auto log = KafkaLog::Open(ConfigOf(broker));
  for (const absl::Time deadline = absl::Now() + kPatience;
       absl::IsUnavailable(log.status()) && absl::Now() < deadline;)
    log = KafkaLog::Open(ConfigOf(broker));
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? *std::move(log) : nullptr;
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
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
    Ask([&](auto* options) {
      rd_kafka_CreateTopics(handle_.get(), &made, 1, options, queue_.get());
    });
    rd_kafka_NewTopic_destroy(made);
  }
  void Delete(const std::string& topic) {
    rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
    Ask([&](auto* options) {
      rd_kafka_DeleteTopics(handle_.get(), &gone, 1, options, queue_.get());
    });
    rd_kafka_DeleteTopic_destroy(gone);
  }
  void Alter(const std::string& topic, const std::map<std::string, std::string>& settings) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
    for (const auto& [name, value] : settings)
      rd_kafka_ConfigResource_set_config(resource, name.c_str(), value.c_str());
    Ask([&](auto* options) {
      rd_kafka_AlterConfigs(handle_.get(), &resource, 1, options, queue_.get());
    });
    rd_kafka_ConfigResource_destroy(resource);
  }
  void DeleteRecordsBefore(const std::string& topic, int32_t partition, int64_t offset) {
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
    auto* request = rd_kafka_DeleteRecords_new(list);
    Ask([&](auto* options) {
      rd_kafka_DeleteRecords(handle_.get(), &request, 1, options, queue_.get());
    });
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
  }

 private:
  // A second request of one client now and then waits for a controller that it knows already, until
  // it times out (librdkafka 2.0.2): that one is made again.
  template <typename Request>
  void Ask(Request request) {
    rd_kafka_AdminOptions_t* options =
        rd_kafka_AdminOptions_new(handle_.get(), RD_KAFKA_ADMIN_OP_ANY);
    char text[200];
    EXPECT_EQ(rd_kafka_AdminOptions_set_request_timeout(options, kAdminTryMs, text, sizeof(text)),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    std::string error = "no answer";
    EXPECT_TRUE(Eventually([&] {
      request(options);
      rd_kafka_event_t* event = rd_kafka_queue_poll(queue_.get(), 2 * kAdminTryMs);
      if (event == nullptr) return false;
      const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
      error = code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_event_error_string(event);
      const bool exists = IsThereStill(event);
      if (exists) error = "the topic is there still";
      rd_kafka_event_destroy(event);
      return code != RD_KAFKA_RESP_ERR__TIMED_OUT && !exists;
    }));
    EXPECT_EQ(error, "");
    rd_kafka_AdminOptions_destroy(options);
  }

  // A topic that was deleted is there for a moment more.
  static bool IsThereStill(rd_kafka_event_t* event) {
    const rd_kafka_CreateTopics_result_t* result = rd_kafka_event_CreateTopics_result(event);
    if (result == nullptr) return false;
    size_t count = 0;
    const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
    return count == 1 &&
           rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
  }

  static constexpr int kAdminTryMs = 2'000;
  KafkaHandle handle_;
  KafkaQueue queue_;
};

class BrokerTest : public ::testing::Test {
 protected:
  Broker& broker_ = kEnvironment->broker();
};

}  // namespace overgang
