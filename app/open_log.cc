#include "app/open_log.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "adapters/log/embedded_log.h"
#include "adapters/log/kafka_leadership.h"
#include "adapters/log/kafka_log.h"

namespace overgang {
namespace {

KafkaConfig KafkaOf(const Config& config) {
  KafkaConfig kafka;
  kafka.bootstrap_servers = config.kafka_bootstrap_servers;
  kafka.replication_factor = config.kafka_replication_factor;
  kafka.security = config.kafka_security;
  return kafka;
}

// Machine and folder, which no two hubs share.
std::string HubName(const Config& config) {
  char machine[256] = "";
  gethostname(machine, sizeof(machine) - 1);
  return absl::StrCat(machine, ":", config.data_dir);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(const Config& config, const Clock& clock) {
  if (config.log_kind == "embedded") {
    auto log = EmbeddedLog::Open(config.data_dir + "/log", clock);
    if (!log.ok()) return log.status();
    return *std::move(log);
  }
  auto log = KafkaLog::Open(KafkaOf(config));
  if (!log.ok()) return log.status();
  return *std::move(log);
}

absl::StatusOr<std::unique_ptr<Leadership>> JoinLeadership(const Config& config) {
  if (config.log_kind == "embedded") return std::make_unique<SoleLeadership>(HubName(config));
  auto member = KafkaLeadership::Join(KafkaOf(config), HubName(config));
  if (!member.ok()) return member.status();
  return *std::move(member);
}

}  // namespace overgang
