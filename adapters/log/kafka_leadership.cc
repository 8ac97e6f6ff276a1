#include "adapters/log/kafka_leadership.h"

#include <atomic>
#include <thread>
#include <utility>

#include "adapters/log/kafka_handle.h"
#include "core/clock.h"
#include "core/topics.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

constexpr int kPollMs = 100;
// Kafka's numbers of the requests whose answer says that the session goes on.
constexpr int16_t kHeartbeat = 12;
constexpr int16_t kSyncGroup = 14;

KafkaSettings MemberSettings() {
  return {
      {"group.id", kLeaderGroup},
      {"session.timeout.ms", std::to_string(TimeoutMs(kLeaderSession))},
      {"heartbeat.interval.ms", "2000"},
      {"partition.assignment.strategy", "range"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "latest"},
      {"fetch.wait.max.ms", "5000"},  // Nothing is expected.
  };
}

using PartitionList = rd_kafka_topic_partition_list_t;
using OwnPartitionList =
    std::unique_ptr<PartitionList, KafkaDeleter<rd_kafka_topic_partition_list_destroy>>;
using OwnMessage = std::unique_ptr<rd_kafka_message_t, KafkaDeleter<rd_kafka_message_destroy>>;

}  // namespace

class KafkaLeadership::Member {
 public:
  explicit Member(std::string name) : name_(std::move(name)) {}
  ~Member();

  absl::Status Start(const KafkaConfig& config);
  bool IsDoer() const {
    return assigned_ && SinceBoot() < absl::Nanoseconds(answered_ns_.load()) + kLeaderSession;
  }
  const std::string& name() const { return name_; }

 private:
  static void OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what, PartitionList* partitions,
                          void* opaque);
  static rd_kafka_resp_err_t OnNew(rd_kafka_t* handle, const rd_kafka_conf_t*, void* opaque, char*,
                                   size_t);
  static rd_kafka_resp_err_t OnResponse(rd_kafka_t*, int, const char*, int32_t, int16_t request,
                                        int16_t, int32_t, size_t, int64_t took_us,
                                        rd_kafka_resp_err_t error, void* opaque);
  void PollLoop();

  const std::string name_;
  KafkaHandle handle_;
  std::atomic<bool> assigned_ = false;
  std::atomic<int64_t> answered_ns_ = 0;  // When that was asked what was answered last; SinceBoot.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

KafkaLeadership::Member::~Member() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  assigned_ = false;
  if (handle_) rd_kafka_consumer_close(handle_.get());
}

absl::Status KafkaLeadership::Member::Start(const KafkaConfig& config) {
  const auto callbacks = [this](rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(conf, &Member::OnRebalance);
    rd_kafka_conf_interceptor_add_on_new(conf, "overgang", &Member::OnNew, this);
  };
  auto handle = MakeKafkaHandle(RD_KAFKA_CONSUMER, config, MemberSettings(), callbacks);
  if (!handle.ok()) return handle.status();
  handle_ = *std::move(handle);
  rd_kafka_poll_set_consumer(handle_.get());
  const std::string topic(Spec(Topic::kLeader).name);
  const OwnPartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(handle_.get(), topics.get()))
    return FromKafka(error, topic);
  thread_ = std::thread([this] { PollLoop(); });
  return absl::OkStatus();
}

// On the thread that polls (when closing, on the one that closes).
void KafkaLeadership::Member::OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                                          PartitionList* partitions, void* opaque) {
  auto* const self = static_cast<Member*>(opaque);
  if (what != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    self->assigned_ = false;  // Before the group learns that it may go to another.
    rd_kafka_assign(handle, nullptr);
    return;
  }
  // From the end, so that no committed offset is asked for and none can be missing.
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
  rd_kafka_assign(handle, partitions);
  self->assigned_ = partitions->cnt > 0;
}

rd_kafka_resp_err_t KafkaLeadership::Member::OnNew(rd_kafka_t* handle, const rd_kafka_conf_t*,
                                                   void* opaque, char*, size_t) {
  return rd_kafka_interceptor_add_on_response_received(handle, "overgang", &Member::OnResponse,
                                                       opaque);
}

// What lay unread while the process was frozen was asked long ago, and says nothing of now.
rd_kafka_resp_err_t KafkaLeadership::Member::OnResponse(rd_kafka_t*, int, const char*, int32_t,
                                                        int16_t request, int16_t, int32_t, size_t,
                                                        int64_t took_us, rd_kafka_resp_err_t error,
                                                        void* opaque) {
  if (error || took_us < 0 || (request != kHeartbeat && request != kSyncGroup))
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  const absl::Duration asked = SinceBoot() - absl::Microseconds(took_us);
  static_cast<Member*>(opaque)->answered_ns_ = absl::ToInt64Nanoseconds(asked);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaLeadership::Member::PollLoop() {
  rd_kafka_resp_err_t said = RD_KAFKA_RESP_ERR_NO_ERROR;
  while (!stopping_) {
    const OwnMessage message(rd_kafka_consumer_poll(handle_.get(), kPollMs));
    if (!message || message->err == said) continue;
    said = message->err;
    if (said == RD_KAFKA_RESP_ERR_NO_ERROR) continue;  // A record, which is of no interest here.
    spdlog::warn("who decides cannot be agreed on, trying on: {}",
                 FromKafka(said, std::string("group ") + kLeaderGroup,
                           rd_kafka_message_errstr(message.get()))
                     .ToString());
  }
}

KafkaLeadership::KafkaLeadership(std::unique_ptr<Member> member) : member_(std::move(member)) {}
KafkaLeadership::~KafkaLeadership() = default;

absl::StatusOr<std::unique_ptr<KafkaLeadership>> KafkaLeadership::Join(const KafkaConfig& config,
                                                                       std::string name) {
  auto member = std::make_unique<Member>(std::move(name));
  if (absl::Status status = member->Start(config); !status.ok()) return status;
  return std::unique_ptr<KafkaLeadership>(new KafkaLeadership(std::move(member)));
}

bool KafkaLeadership::IsDoer() const { return member_->IsDoer(); }
std::string KafkaLeadership::Name() const { return member_->name(); }

}  // namespace overgang
