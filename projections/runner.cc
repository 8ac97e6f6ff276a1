#include "projections/runner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "projections/replay.h"
#include "spdlog/spdlog.h"

namespace overgang::projections {
namespace {

constexpr absl::Duration kPollWait = absl::Milliseconds(200);
constexpr int64_t kCheckRecordsMax =
    5'000'000;  // Read at most so many to find the first records again.

// The digests of the records at `offsets` (-1: none wanted), by partition.
absl::StatusOr<std::array<std::string, kPartitionCount>> DigestsAt(EventLog& log,
                                                                   const Offsets& offsets) {
  std::array<std::string, kPartitionCount> digests;
  std::vector<TopicPartition> partitions;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    if (offsets[i] >= 0) partitions.push_back(PartitionAt(i));
  }
  if (partitions.empty()) return digests;
  auto reader = log.NewReader(offsets, partitions, {});
  if (!reader.ok()) return reader.status();
  size_t missing = partitions.size();
  for (int64_t records = 0; missing > 0 && records < kCheckRecordsMax;) {
    auto batch = (*reader)->Poll(absl::Seconds(5));
    if (!batch.ok()) return batch.status();
    for (const LogRecord& record : batch->records) {
      const size_t index = record.partition.Index();
      if (record.offset != offsets[index] || !digests[index].empty()) continue;
      digests[index] = RecordDigest(record);
      --missing;
    }
    records += static_cast<int64_t>(batch->records.size());
    if (batch->records.empty() && batch->at_end) break;
    if (batch->records.empty())
      return absl::UnavailableError(
          "the log gives no records to know it again by; it may be out of reach");
  }
  return digests;
}

absl::Status OtherLog(size_t index, std::string_view what) {
  const TopicPartition partition = PartitionAt(index);
  return FieldError(absl::StatusCode::kFailedPrecondition, "data_dir/views",
                    absl::StrCat("the views were folded from another log: ",
                                 std::string(Spec(partition.topic).name), "[", partition.partition,
                                 "] ", std::string(what)),
                    "point [log] at the log they belong to, or delete the folder views in data_dir "
                    "to fold this log anew");
}

}  // namespace

absl::Status CheckSameLog(EventLog& log, const rows::Meta& meta) {
  auto ends = log.Ends();
  if (!ends.ok()) return ends.status();
  Offsets first;
  Offsets last;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const int64_t next = meta.next_offset(static_cast<int>(i));
    if (ends->next[i] < next)
      return OtherLog(i, absl::StrCat("ends at ", ends->next[i], ", the views are at ", next));
    first[i] = meta.first_offset(static_cast<int>(i));
    last[i] = meta.last_digest(static_cast<int>(i)).empty() ? -1 : next - 1;
    if (first[i] < ends->first[i]) first[i] = -1;  // Past its retention.
    if (last[i] < ends->first[i]) last[i] = -1;
  }
  auto first_digests = DigestsAt(log, first);
  if (!first_digests.ok()) return first_digests.status();
  auto last_digests = DigestsAt(log, last);
  if (!last_digests.ok()) return last_digests.status();
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const int index = static_cast<int>(i);
    if (first[i] >= 0 && (*first_digests)[i] != meta.first_digest(index))
      return OtherLog(i, "begins with another record");
    if (last[i] >= 0 && (*last_digests)[i] != meta.last_digest(index))
      return OtherLog(i, "holds another record where the views ended");
  }
  return absl::OkStatus();
}

Runner::Runner(EventLog& log, StateStore& store, Views& views, Metrics& metrics,
               std::string incarnation)
    : log_(log),
      store_(store),
      views_(views),
      projector_(store, std::move(incarnation), log.ClusterId()),
      facts_total_(metrics.Counter("overgang_projection_facts_total",
                                   "Records of the log that were folded.")),
      epochs_total_(metrics.Counter("overgang_projection_epochs_total", "Commits of the views.")),
      largest_cluster_(metrics.Gauge("overgang_projection_largest_cluster_facts",
                                     "Facts of the largest set of linked persons that changed "
                                     "since the start; 0 while all are "
                                     "of the size of a person.")) {}

Runner::~Runner() { Stop(); }

absl::Status Runner::Start() {
  if (absl::Status status = projector_.Load(); !status.ok()) return status;
  if (absl::Status status = CheckSameLog(log_, projector_.meta()); !status.ok()) return status;
  auto from = FirstToRead(log_, projector_.next());
  if (!from.ok()) return from.status();
  auto reader = log_.NewReader(*from, {}, {});
  if (!reader.ok()) return reader.status();
  reader_ = *std::move(reader);
  Publish();
  read_thread_ = std::thread([this] { ReadLoop(); });
  fold_thread_ = std::thread([this] { FoldLoop(); });
  return absl::OkStatus();
}

void Runner::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (reader_) reader_->Interrupt();
  if (read_thread_.joinable()) read_thread_.join();
  if (fold_thread_.joinable()) fold_thread_.join();
  reader_.reset();
}

void Runner::Fail(const absl::Status& status) {
  spdlog::error("projection stopped: {}", status.ToString());
  views_.StopFor(status);
}

bool Runner::WaitForStop(absl::Duration wait) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(wait), [this] { return stopping_; });
}

bool Runner::Push(DecodedBatch batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || queue_.size() < kDecodedBatchesMax; });
  if (stopping_) return false;
  queue_.push_back(std::move(batch));
  changed_.notify_all();
  return true;
}

bool Runner::Pop(absl::Duration wait, std::optional<DecodedBatch>* batch) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMicroseconds(wait),
                    [this] { return stopping_ || !queue_.empty(); });
  if (stopping_) return false;
  if (!queue_.empty()) {
    *batch = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
  }
  return true;
}

void Runner::ReadLoop() {
  bool in_trouble = false;
  bool said_end = false;
  for (;;) {
    auto batch = reader_->Poll(kPollWait);
    absl::Status status = batch.ok() ? log_.Health() : batch.status();
    if (status.code() == absl::StatusCode::kDataLoss ||
        status.code() == absl::StatusCode::kFailedPrecondition)
      return Fail(status);
    if (!status.ok() || in_trouble) views_.SetTrouble(status);
    if (!status.ok() && !in_trouble)
      spdlog::warn("log not reachable, trying on: {}", status.ToString());
    in_trouble = !status.ok();
    if (!batch.ok()) {
      if (WaitForStop(kRetryAfter)) return;
      continue;
    }
    if (batch->records.empty() && (!batch->at_end || said_end)) {
      if (WaitForStop(absl::ZeroDuration())) return;
      continue;
    }
    said_end = batch->at_end;
    if (!Push(Decode(*batch))) return;
  }
}

bool Runner::EpochIsOver() const {
  const absl::Time now = absl::Now();
  if (at_end_ && now >= committed_at_ + kEpochGapMin) return true;
  // More is always waiting under load; so few facts in that time are no catching up.
  if (now - epoch_began_ >= kEpochLiveMax && epoch_facts_ < kBulkFactsMin) return true;
  return epoch_facts_ >= kEpochFactsMax || projector_.dirty_bytes() >= kEpochBytesMax;
}

void Runner::FoldLoop() {
  for (;;) {
    std::optional<DecodedBatch> batch;
    const absl::Time due = committed_at_ + kEpochGapMin;
    absl::Duration wait = kPollWait;
    // An open epoch that is read to the end waits for nothing but its distance from the last one.
    if (epoch_facts_ > 0)
      wait = at_end_ ? std::max(due - absl::Now(), absl::ZeroDuration()) : absl::Milliseconds(10);
    if (!Pop(wait, &batch)) break;
    if (batch.has_value()) {
      if (epoch_facts_ == 0) epoch_began_ = absl::Now();
      const bool was_at_end = at_end_;
      at_end_ = batch->at_end;
      epoch_facts_ += static_cast<int64_t>(batch->records.size());
      facts_total_.Increment(static_cast<double>(batch->records.size()));
      if (absl::Status status = projector_.Apply(*std::move(batch)); !status.ok())
        return Fail(status);
      if (epoch_facts_ == 0 && at_end_ != was_at_end) Publish();
    }
    if (epoch_facts_ > 0 && EpochIsOver() && !Commit()) return;
    views_.ExpireWaits();
  }
  // What is folded and not committed is folded again.
}

bool Runner::Commit() {
  const WriteSet writes = projector_.EndEpoch();
  for (;;) {
    absl::Status status = store_.Commit(writes);
    if (status.ok()) break;
    spdlog::error("views cannot be written, trying on: {}", status.ToString());
    views_.SetTrouble(status);
    if (WaitForStop(kRetryAfter)) return false;
  }
  epoch_facts_ = 0;
  committed_at_ = absl::Now();
  epochs_total_.Increment();
  TellLargeClusters();
  Publish();
  return true;
}

void Runner::TellLargeClusters() {
  for (const LargeCluster& cluster : projector_.large_clusters()) {
    largest_cluster_facts_ = std::max(largest_cluster_facts_, cluster.facts);
    largest_cluster_.Set(static_cast<double>(largest_cluster_facts_));
    if (!cluster.doubled) continue;
    spdlog::warn(
        "{} facts under {} linked references are computed as one whenever one of them comes; a "
        "source may be using one identifier for many persons: see IDENTITY_AMBIGUOUS in "
        "GetDataQuality",
        cluster.facts, cluster.references);
  }
}

void Runner::Publish() {
  auto epoch = std::make_shared<Epoch>(EpochOf(projector_, store_));
  epoch->number = ++epoch_number_;
  epoch->caught_up = at_end_;
  views_.Publish(std::move(epoch));
}

}  // namespace overgang::projections
