#include "projections/replay.h"

#include <algorithm>
#include <vector>

#include "projections/runner.h"

namespace overgang::projections {
namespace {

// The partitions of which something is still wanted, and from where on.
class Wanted {
 public:
  Wanted(const Offsets& from, const ReplayUntil& until) : from_(from), until_(until) {
    Narrow(from);
  }

  // Takes what comes too late out of what is wanted.
  void Cut(const RecordBatch& batch) {
    for (const LogRecord& record : batch.records) {
      const size_t index = record.partition.Index();
      const int64_t appended_us = absl::ToUnixMicros(record.appended_at);
      if (appended_us > until_.appended_us)
        until_.next[index] = std::min(until_.next[index], record.offset);
    }
  }
  // What is folded is not wanted any more. True where a partition was wanted and is not any more.
  bool Narrow(const Offsets& next) {
    std::vector<TopicPartition> still;
    for (size_t i = 0; i < kPartitionCount; ++i) {
      from_[i] = std::max(from_[i], next[i]);
      if (from_[i] < until_.next[i]) still.push_back(PartitionAt(i));
    }
    const bool fewer = still.size() < partitions_.size();
    partitions_ = std::move(still);
    return fewer;
  }

  const Offsets& from() const { return from_; }
  const Offsets& next() const { return until_.next; }
  const std::vector<TopicPartition>& partitions() const { return partitions_; }

 private:
  Offsets from_;
  ReplayUntil until_;
  std::vector<TopicPartition> partitions_;
};

}  // namespace

absl::StatusOr<Offsets> FirstToRead(EventLog& log, Offsets next) {
  auto ends = log.Ends();
  if (!ends.ok()) return ends.status();
  for (size_t i = 0; i < kPartitionCount; ++i) {
    if (Spec(PartitionAt(i).topic).retention_ms >= 0) next[i] = std::max(next[i], ends->first[i]);
  }
  return next;
}

absl::Status Replay(EventLog& log, const ReplayUntil& until, Projector& projector,
                    StateStore& store, const std::stop_token& stop) {
  auto from = FirstToRead(log, projector.next());
  if (!from.ok()) return from.status();
  Wanted wanted(*from, until);
  std::unique_ptr<LogReader> reader;
  int64_t in_epoch = 0;
  bool fewer = false;  // Since the reader was made.
  while (!wanted.partitions().empty()) {
    if (reader == nullptr) {
      auto made = log.NewReader(wanted.from(), wanted.partitions(), {});
      if (!made.ok()) return made.status();
      reader = *std::move(made);
      fewer = false;
    }
    auto batch = reader->Poll(absl::Seconds(1));
    if (stop.stop_requested())
      return absl::CancelledError("the hub stops; ask again when it has been started");
    if (!batch.ok()) return batch.status();
    wanted.Cut(*batch);
    DecodedBatch decoded = Decode(*batch, &wanted.next());
    const auto facts = static_cast<int64_t>(decoded.records.size());
    in_epoch += facts;
    if (absl::Status status = projector.Apply(std::move(decoded)); !status.ok()) return status;
    fewer |= wanted.Narrow(projector.next());
    // Partitions that are done may go on for years: where only they had something to say, they are
    // not read any more.
    if (facts == 0 && fewer) reader.reset();
    if (in_epoch < kEpochFactsMax && projector.dirty_bytes() < kEpochBytesMax) continue;
    in_epoch = 0;
    if (absl::Status status = store.Commit(projector.EndEpoch()); !status.ok()) return status;
  }
  return store.Commit(projector.EndEpoch());
}

Epoch EpochOf(const Projector& projector, const StateStore& store) {
  Epoch epoch;
  epoch.cursor = {projector.meta().incarnation(), projector.next()};
  epoch.newest_fact_us = projector.newest_fact_us();
  epoch.census = projector.census();
  epoch.capacity = projector.capacity();
  epoch.cards = projector.cards();
  epoch.levels = projector.levels();
  epoch.sources = projector.sources();
  epoch.quality = projector.quality();
  epoch.matters_changed = projector.matters_changed();
  epoch.rows = store.Snapshot();
  return epoch;
}

}  // namespace overgang::projections
