#include "adapters/log/kafka_handle.h"

#include <algorithm>

#include "core/errors.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

constexpr size_t kErrorTextMax = 512;

const KafkaSettings& CommonSettings() {
  static const auto* const settings = new KafkaSettings{
      {"client.id", "overgang"},
      {"reconnect.backoff.ms", "100"},
      {"reconnect.backoff.max.ms", "500"},  // Back within a second of the broker.
      {"socket.connection.setup.timeout.ms", "2000"},
      {"socket.timeout.ms", "10000"},
      {"socket.nagle.disable", "true"},
  };
  return *settings;
}

bool IsSecuritySetting(std::string_view name) {
  return name.starts_with("security.") || name.starts_with("sasl.") || name.starts_with("ssl.") ||
         name.starts_with("enable.ssl.");
}

void Log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  // Syslog levels. What a broker that is down causes is expected, and Health() says it; the rest is
  // a warning.
  const auto severity = level <= 3   ? spdlog::level::warn
                        : level <= 5 ? spdlog::level::info
                                     : spdlog::level::debug;
  spdlog::log(severity, "kafka: {}: {}", facility, text);
}

absl::Status Set(rd_kafka_conf_t* conf, const KafkaSettings& settings) {
  char text[kErrorTextMax];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof(text)) !=
        RD_KAFKA_CONF_OK) {
      return FieldError(absl::StatusCode::kInvalidArgument, "[log.kafka] " + name, text,
                        "see librdkafka's CONFIGURATION.md");
    }
  }
  return absl::OkStatus();
}

absl::Status SetAll(rd_kafka_conf_t* conf, const KafkaConfig& config,
                    const KafkaSettings& settings) {
  for (const auto& [name, value] : config.security) {
    if (!IsSecuritySetting(name)) {
      return FieldError(
          absl::StatusCode::kInvalidArgument, "[log.kafka] " + name, "is not a security setting",
          "give only security.*, sasl.*, ssl.* and enable.ssl.*; the rest is the hub's own");
    }
  }
  absl::Status status = Set(conf, CommonSettings());
  if (status.ok()) status = Set(conf, {{"bootstrap.servers", config.bootstrap_servers}});
  if (status.ok()) status = Set(conf, config.security);
  if (status.ok()) status = Set(conf, settings);
  return status;
}

}  // namespace

absl::StatusOr<KafkaHandle> MakeKafkaHandle(rd_kafka_type_t type, const KafkaConfig& config,
                                            const KafkaSettings& settings,
                                            const SetCallbacks& callbacks) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  if (absl::Status status = SetAll(conf, config, settings); !status.ok()) {
    rd_kafka_conf_destroy(conf);
    return status;
  }
  rd_kafka_conf_set_log_cb(conf, &Log);
  if (callbacks) callbacks(conf);
  char text[kErrorTextMax];
  rd_kafka_t* const handle = rd_kafka_new(type, conf, text, sizeof(text));
  if (!handle) {
    rd_kafka_conf_destroy(conf);
    return FieldError(absl::StatusCode::kInvalidArgument, "[log.kafka]", text,
                      "correct the security settings");
  }
  return KafkaHandle(handle);
}

absl::Status FromKafka(rd_kafka_resp_err_t error, std::string_view place, std::string_view detail) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  const std::string text = detail.empty() ? rd_kafka_err2str(error) : std::string(detail);
  using absl::StatusCode;
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return FieldError(
          StatusCode::kDataLoss, place, "an offset is not held by the broker (" + text + ")",
          "the topic was truncated or is another one: restore it, or rebuild the views from it");
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return FieldError(StatusCode::kDataLoss, place, "a record is corrupt (" + text + ")",
                        "restore the partition from a replica");
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return FieldError(StatusCode::kInvalidArgument, place,
                        "the record is too large (" + text + ")",
                        "raise max.message.bytes of the topic");
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      return FieldError(StatusCode::kUnavailable, place,
                        "too few replicas are in sync for an append (" + text + ")",
                        "start the missing brokers; the hub goes on by itself");
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return FieldError(StatusCode::kResourceExhausted, place, "too much waits to become durable",
                        "repeat later");
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return FieldError(StatusCode::kFailedPrecondition, place,
                        "the broker refuses the hub (" + text + ")",
                        "correct [log.kafka] security or the broker's access rules");
    default:
      return FieldError(
          StatusCode::kUnavailable, place,
          "the Kafka cluster cannot be reached or used (" + text + ")",
          "start its brokers or correct [log.kafka] bootstrap_servers; the hub goes on by itself");
  }
}

int TimeoutMs(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(
      absl::Ceil(std::max(duration, absl::ZeroDuration()), absl::Milliseconds(1))));
}

}  // namespace overgang
