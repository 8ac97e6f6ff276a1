#include "app/founding.h"

#include <optional>

#include "core/errors.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang {
namespace {

constexpr int kPollsMax = 50;  // Of 200 ms each.

absl::StatusOr<std::optional<v1::Envelope>> ReadFounding(EventLog& log) {
  auto ends = log.Ends();
  if (!ends.ok()) return ends.status();
  const TopicPartition leader{Topic::kLeader, 0};
  if (ends->next[leader.Index()] == 0) return std::nullopt;
  auto reader = log.NewReader(ends->first, {leader}, {});
  if (!reader.ok()) return reader.status();
  for (int i = 0; i < kPollsMax; ++i) {
    auto batch = (*reader)->Poll(absl::Milliseconds(200));
    if (!batch.ok()) return batch.status();
    for (const LogRecord& record : batch->records) {
      v1::Envelope envelope;
      if (envelope.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())) &&
          envelope.has_log_founded()) {
        return envelope;
      }
    }
  }
  return absl::UnavailableError(
      "overgang.leader holds records but no LogFounded could be read; is this Overgang's log?");
}

}  // namespace

absl::StatusOr<Founding> FoundOrJoinLog(EventLog& log, const Pseudonymizer& pseudonymizer,
                                        const Sealer& sealer, const Clock& clock) {
  auto founded = ReadFounding(log);
  if (!founded.ok()) return founded.status();
  if (!founded->has_value()) {
    v1::Envelope envelope;
    envelope.set_event_id(RandomUuid());
    envelope.set_schema_version(1);
    envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
    *envelope.mutable_occurred_at() = *envelope.mutable_recorded_at() = ToProto(clock.Now());
    envelope.mutable_log_founded()->set_incarnation(RandomUuid());
    envelope.mutable_log_founded()->set_pseudonym_key_fingerprint(pseudonymizer.Fingerprint());
    envelope.mutable_log_founded()->set_originals_key_fingerprint(sealer.Fingerprint());
    if (auto appended = AppendAndWait(log, {ToRecord(envelope)}); !appended.ok())
      return appended.status();
    founded = ReadFounding(log);
    if (!founded.ok()) return founded.status();
    if (!founded->has_value())
      return absl::UnavailableError("the log was founded but cannot be read yet; start again");
  }
  const v1::LogFounded& told = (*founded)->log_founded();
  // After a change of keys the log's first one is no longer the current one.
  if (!pseudonymizer.HasKey(told.pseudonym_key_fingerprint())) {
    return FieldError(
        absl::StatusCode::kFailedPrecondition, "[privacy] pseudonym_key_file",
        "the log was written with another pseudonym key",
        "give the file with the key of this log: all hubs share it, and its first key "
        "stays in it for ever");
  }
  if (told.originals_key_fingerprint() != sealer.Fingerprint()) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "[privacy] originals_key_file",
                      "the log was written with another originals key",
                      "give the file with the key of this log: all hubs share it");
  }
  return Founding{told.incarnation(), FromProto((*founded)->occurred_at())};
}

}  // namespace overgang
