// Leadership among the hubs of a Kafka cluster: the doer is whoever holds the one partition of
// overgang.leader in the group overgang-leader.
//
// Of that partition nothing is read and no offset is committed; the group is only asked whose it
// is. Who stops orderly hands over at once; who is killed or frozen, when its session of
// kLeaderSession is over. A hub that has not been answered within a session, counted from when the
// question was sent, does not take itself for the doer, whatever librdkafka still believes: after a
// SIGSTOP it is the last to know. While the cluster cannot be reached nobody is the doer.
// Threads: a thread of its own polls; all methods are thread-safe. Errors: Join fails with
// INVALID_ARGUMENT where librdkafka refuses a setting; what comes later is logged, and tried on.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/log/kafka_log.h"
#include "core/leadership.h"

namespace overgang {

inline constexpr char kLeaderGroup[] = "overgang-leader";
inline constexpr absl::Duration kLeaderSession = absl::Seconds(10);

class KafkaLeadership final : public Leadership {
 public:
  // `name`: how this hub is called. Returns at once; it joins in the background.
  static absl::StatusOr<std::unique_ptr<KafkaLeadership>> Join(const KafkaConfig& config,
                                                               std::string name);
  // Leaves the group, so that another hub takes over at once.
  ~KafkaLeadership() override;

  bool IsDoer() const override;
  std::string Name() const override;

  class Member;  // Private to the implementation.

 private:
  explicit KafkaLeadership(std::unique_ptr<Member> member);
  std::unique_ptr<Member> member_;
};

}  // namespace overgang
