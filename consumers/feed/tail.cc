#include "consumers/feed/tail.h"

#include <memory>
#include <utility>
#include <vector>

#include "spdlog/spdlog.h"

namespace overgang::feed {
namespace {

constexpr ReadOptions kReadOptions = {.headers = false,
                                      .records_max = 1'000,
                                      .bytes_max = 1 << 20,
                                      .ahead_bytes_max = size_t{1} << 20};

std::vector<TopicPartition> FedPartitions() {
  std::vector<TopicPartition> partitions;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const TopicPartition partition = PartitionAt(i);
    if (IsFedTopic(partition.topic)) partitions.push_back(partition);
  }
  return partitions;
}

}  // namespace

Tail::Tail(EventLog& log, RecentFacts& recent, std::string incarnation, Told told)
    : log_(log),
      recent_(recent),
      incarnation_(std::move(incarnation)),
      told_(std::move(told)),
      thread_([this] { Run(); }) {}

Tail::~Tail() { Stop(); }

void Tail::Begin() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Tail::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Tail::Wait(absl::Duration at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(at_most),
                    [this] { return stopping_ || recent_.begun(); });
  return !stopping_;
}

void Tail::Run() {
  while (Wait(absl::Hours(1))) {
    if (!recent_.begun()) continue;
    const absl::Status status = Read();
    recent_.SetUpToDate(false);
    if (status.ok()) continue;
    spdlog::warn("the feed cannot read the log: {}", status.ToString());
    if (!absl::IsUnavailable(status)) told_.lost(status);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(kTailRetry), [this] { return stopping_; });
  }
}

// Until there is nobody to read for, or this is stopped.
absl::Status Tail::Read() {
  auto reader = log_.NewReader(recent_.head(), FedPartitions(), kReadOptions);
  if (!reader.ok()) return reader.status();
  while (!told_.may_rest()) {
    const auto batch = (*reader)->Poll(kTailWait);
    if (!batch.ok()) return batch.status();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return absl::OkStatus();
    }
    Append(*batch);
    recent_.SetUpToDate(batch->at_end && log_.Health().ok());
    if (!batch->records.empty()) told_.appended();
  }
  return absl::OkStatus();
}

void Tail::Append(const RecordBatch& batch) {
  std::vector<RecentFacts::Entry> entries;
  entries.reserve(batch.records.size());
  Cursor cursor{incarnation_, recent_.head()};
  for (const LogRecord& record : batch.records) {
    cursor.next[record.partition.Index()] = record.offset + 1;
    auto message = FeedMessage::OfRecord(record, cursor.next);
    if (message != nullptr) message->SetCursor(cursor);
    entries.push_back({record.partition, record.offset, std::move(message)});
  }
  recent_.Append(std::move(entries));
}

}  // namespace overgang::feed
