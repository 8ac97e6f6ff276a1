#include "app/open_log.h"

#include "adapters/log/embedded_log.h"
#include "adapters/log/kafka_log.h"

namespace overgang {

absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(const Config& config, const Clock& clock) {
  if (config.log_kind == "embedded") {
    auto log = EmbeddedLog::Open(config.data_dir + "/log", clock);
    if (!log.ok()) return log.status();
    return *std::move(log);
  }
  KafkaConfig kafka;
  kafka.bootstrap_servers = config.kafka_bootstrap_servers;
  kafka.replication_factor = config.kafka_replication_factor;
  kafka.security = config.kafka_security;
  auto log = KafkaLog::Open(kafka);
  if (!log.ok()) return log.status();
  return *std::move(log);
}

}  // namespace overgang
