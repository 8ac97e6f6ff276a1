// EventLog over a real Kafka cluster, with librdkafka.
//
// Open creates the topics of core/topics.h where they are absent and checks their settings where
// they are present. Appends go through one idempotent producer with acks=all; each reader is a
// consumer of its own with manually assigned partitions and no group. What it reads is not copied:
// a RecordBatch holds librdkafka's messages. appended_at is the broker's LogAppendTime, as a
// running maximum per partition and reader.
//
// Threads and errors: as core/event_log.h says. While the cluster cannot be reached, or has too few
// replicas in sync, Health() says so within two seconds, appends are done(UNAVAILABLE) after
// kKafkaAppendTimeout, readers just read nothing; all goes on by itself. A fatal producer error
// makes a new producer. FAILED_PRECONDITION names topic, setting and remedy.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/event_log.h"

namespace overgang {

inline constexpr absl::Duration kKafkaAppendTimeout =
    absl::Seconds(5);  // From Append to done, at most about this.
inline constexpr absl::Duration kKafkaRequestTimeout =
    absl::Seconds(10);  // Of one question (Ends, settings).
inline constexpr absl::Duration kKafkaOpenTimeout =
    absl::Seconds(30);  // Until topics exist and have leaders.
inline constexpr absl::Duration kKafkaHealthInterval =
    absl::Seconds(1);  // Between looks at the cluster.

struct KafkaConfig {
  std::string bootstrap_servers;  // "host:port,host:port".
  // Of topics that are created, and the least of those that are there; from 3 on what is
  // acknowledged must be on two brokers. -1: the cluster's default.replication.factor.
  int replication_factor = -1;
  // librdkafka's own settings, of the families security.*, sasl.*, ssl.* and enable.ssl.* only.
  std::map<std::string, std::string> security;
};

class KafkaLog final : public EventLog {
 public:
  // INVALID_ARGUMENT: a setting that librdkafka refuses. UNAVAILABLE: not reachable.
  // FAILED_PRECONDITION: a topic has other settings than the hub needs.
  static absl::StatusOr<std::unique_ptr<KafkaLog>> Open(const KafkaConfig& config);
  // Waits at most kKafkaAppendTimeout for what was appended.
  ~KafkaLog() override;

  void Append(std::vector<NewRecord> records, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> NewReader(
      const Offsets& from, const std::vector<TopicPartition>& partitions,
      const ReadOptions& options) override;
  absl::StatusOr<LogEnds> Ends() override;
  absl::Status Health() override;
  std::string ClusterId() const override;

  class Impl;  // Private to the implementation.

 private:
  explicit KafkaLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace overgang
