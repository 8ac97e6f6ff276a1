#include "consumers/escalation/read_topic.h"

#include <utility>

namespace overgang::escalation {
namespace {

constexpr absl::Duration kPollWait = absl::Milliseconds(200);

}  // namespace

absl::Status Stopped() {
  return absl::CancelledError("the hub stops; ask again when it has been started");
}

absl::Status ReadTopic(EventLog& log, Topic topic, const projections::Epoch& epoch,
                       const std::stop_token& stop,
                       const std::function<void(std::shared_ptr<v1::Envelope>)>& visit) {
  const TopicPartition partition{topic, 0};
  const int64_t end = epoch.cursor.next[partition.Index()];
  if (end == 0) return absl::OkStatus();
  auto reader = log.NewReader({}, {partition}, {});
  if (!reader.ok()) return reader.status();
  for (int64_t next = 0; next < end;) {
    if (stop.stop_requested()) return Stopped();
    auto batch = (*reader)->Poll(kPollWait);
    if (!batch.ok()) return batch.status();
    for (const LogRecord& record : batch->records) {
      next = record.offset + 1;
      if (record.offset >= end) break;
      auto fact = std::make_shared<v1::Envelope>();
      if (fact->ParseFromArray(record.value.data(), static_cast<int>(record.value.size())))
        visit(std::move(fact));
    }
    // Offsets at the end may hold no records.
    if (batch->records.empty() && batch->at_end) break;
  }
  return absl::OkStatus();
}

}  // namespace overgang::escalation
