#include "adapters/log/memory_log.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "adapters/log/log_bounds.h"
#include "core/uuid.h"

namespace overgang {
namespace {

struct Stored {
  NewRecord record;
  absl::Time appended_at;
};

struct Pending {
  std::vector<NewRecord> records;
  AppendDone done;
  absl::Status refusal;  // Not OK: done(refusal) is all there is to do.
};

}  // namespace

struct MemoryLog::State {
  struct Partition {
    std::deque<std::shared_ptr<const Stored>> records;
    int64_t first = 0;
    absl::Time newest = absl::InfinitePast();
    int64_t Next() const { return first + static_cast<int64_t>(records.size()); }
  };

  explicit State(const Clock& clock_in) : clock(clock_in) {}

  const Clock& clock;
  const std::string cluster_id = RandomUuid();
  std::mutex mutex;
  std::condition_variable appended;  // For the worker.
  std::condition_variable written;   // For readers.
  std::deque<Pending> queue;
  std::array<Partition, kPartitionCount> partitions;
  size_t bytes_outstanding = 0;
  bool held = false;
  bool stop = false;
  int fail_appends = 0, drop_acknowledgements = 0, fail_polls = 0;
  absl::Status append_failure, poll_failure, health;
  std::thread worker;

  // With the lock held.
  std::vector<LogPosition> Write(std::vector<NewRecord> records) {
    std::vector<LogPosition> positions;
    positions.reserve(records.size());
    for (NewRecord& record : records) {
      const TopicPartition where{record.topic, PartitionForKey(record.topic, record.key)};
      Partition& partition = partitions[where.Index()];
      partition.newest = std::max(partition.newest, clock.Now());
      positions.push_back({where, partition.Next()});
      partition.records.push_back(
          std::make_shared<const Stored>(Stored{std::move(record), partition.newest}));
    }
    return positions;
  }

  using Result = absl::StatusOr<std::vector<LogPosition>>;

  Result Take(std::vector<NewRecord> records) {
    if (fail_appends > 0) {
      --fail_appends;
      return append_failure;
    }
    auto positions = Write(std::move(records));
    if (drop_acknowledgements > 0) {
      --drop_acknowledgements;
      return absl::UnavailableError(
          "memory log: the acknowledgement was lost, as told by the test");
    }
    return positions;
  }

  void Work() {
    std::unique_lock lock(mutex);
    while (true) {
      appended.wait(lock, [&] { return stop || (!queue.empty() && !held); });
      if (queue.empty()) return;
      Pending pending = std::move(queue.front());
      queue.pop_front();
      for (const NewRecord& record : pending.records) bytes_outstanding -= RecordBytes(record);
      Result result =
          pending.refusal.ok() ? Take(std::move(pending.records)) : Result(pending.refusal);
      lock.unlock();
      written.notify_all();
      pending.done(std::move(result));
      lock.lock();
    }
  }
};

namespace {

class MemoryReader final : public LogReader {
 public:
  MemoryReader(std::shared_ptr<MemoryLog::State> state, const Offsets& next,
               std::vector<TopicPartition> partitions, const ReadOptions& options)
      : state_(std::move(state)),
        next_(next),
        partitions_(std::move(partitions)),
        options_(options) {}

  absl::StatusOr<RecordBatch> Poll(absl::Duration wait) override {
    std::unique_lock lock(state_->mutex);
    state_->written.wait_for(
        lock, absl::ToChronoNanoseconds(std::max(wait, absl::ZeroDuration())),
        [&] { return interrupted_ || state_->fail_polls > 0 || SomethingToRead(); });
    interrupted_ = false;
    if (state_->fail_polls > 0) {
      --state_->fail_polls;
      return state_->poll_failure;
    }
    RecordBatch batch;
    auto owned = std::make_shared<std::vector<std::shared_ptr<const Stored>>>();
    size_t bytes = 0;
    for (const TopicPartition& where : partitions_) {
      const auto& partition = state_->partitions[where.Index()];
      int64_t& next = next_[where.Index()];
      if (next < partition.first || next > partition.Next()) {
        return absl::DataLossError(std::string(Spec(where.topic).name) + ": offset " +
                                   std::to_string(next) + " is not held by this memory log");
      }
      while (next < partition.Next() && batch.records.size() < options_.records_max &&
             bytes < options_.bytes_max) {
        owned->push_back(partition.records[static_cast<size_t>(next - partition.first)]);
        batch.records.push_back(View(*owned->back(), where, next++));
        bytes += owned->back()->record.key.size() + owned->back()->record.value.size();
      }
    }
    batch.keep_alive = std::move(owned);
    batch.at_end = !SomethingToRead();
    return batch;
  }

  void Interrupt() override {
    std::lock_guard lock(state_->mutex);
    interrupted_ = true;
    state_->written.notify_all();
  }

 private:
  bool SomethingToRead() const {
    return std::any_of(partitions_.begin(), partitions_.end(), [&](const TopicPartition& where) {
      return state_->partitions[where.Index()].Next() != next_[where.Index()];
    });
  }

  LogRecord View(const Stored& stored, TopicPartition where, int64_t offset) const {
    LogRecord record{where, offset, stored.appended_at, stored.record.key, stored.record.value, {}};
    if (options_.headers)
      record.headers.assign(stored.record.headers.begin(), stored.record.headers.end());
    return record;
  }

  const std::shared_ptr<MemoryLog::State> state_;
  Offsets next_;
  const std::vector<TopicPartition> partitions_;
  const ReadOptions options_;
  bool interrupted_ = false;
};

}  // namespace

MemoryLog::MemoryLog(const Clock& clock) : state_(std::make_shared<State>(clock)) {
  state_->worker = std::thread([state = state_.get()] { state->Work(); });
}

MemoryLog::~MemoryLog() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->appended.notify_all();
  state_->worker.join();
}

void MemoryLog::Append(std::vector<NewRecord> records, AppendDone done) {
  size_t bytes = 0;
  absl::Status refusal = CheckRecords(records, bytes);
  {
    std::lock_guard lock(state_->mutex);
    if (refusal.ok() && state_->bytes_outstanding + bytes > kAppendBytesOutstandingMax)
      refusal = TooMuchOutstanding();
    if (!refusal.ok()) records.clear();  // Refused records are not outstanding.
    for (const NewRecord& record : records) state_->bytes_outstanding += RecordBytes(record);
    state_->queue.push_back({std::move(records), std::move(done), std::move(refusal)});
  }
  state_->appended.notify_one();
}

absl::StatusOr<std::unique_ptr<LogReader>> MemoryLog::NewReader(
    const Offsets& from, const std::vector<TopicPartition>& partitions,
    const ReadOptions& options) {
  return std::make_unique<MemoryReader>(state_, from, PartitionsToRead(partitions), options);
}

absl::StatusOr<LogEnds> MemoryLog::Ends() {
  std::lock_guard lock(state_->mutex);
  LogEnds ends;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    ends.first[i] = state_->partitions[i].first;
    ends.next[i] = state_->partitions[i].Next();
  }
  return ends;
}

absl::Status MemoryLog::Health() {
  std::lock_guard lock(state_->mutex);
  return state_->health;
}

std::string MemoryLog::ClusterId() const { return state_->cluster_id; }

void MemoryLog::FailNextAppends(int n, absl::Status status) {
  std::lock_guard lock(state_->mutex);
  state_->fail_appends = n;
  state_->append_failure = std::move(status);
}

void MemoryLog::DropAcknowledgement(int n) {
  std::lock_guard lock(state_->mutex);
  state_->drop_acknowledgements = n;
}

void MemoryLog::FailNextPolls(int n, absl::Status status) {
  std::lock_guard lock(state_->mutex);
  state_->fail_polls = n;
  state_->poll_failure = std::move(status);
  state_->written.notify_all();
}

void MemoryLog::SetHealth(absl::Status health) {
  std::lock_guard lock(state_->mutex);
  state_->health = std::move(health);
}

void MemoryLog::Hold(bool held) {
  std::lock_guard lock(state_->mutex);
  state_->held = held;
  state_->appended.notify_one();
}

void MemoryLog::Trim(TopicPartition where, int64_t offset) {
  std::lock_guard lock(state_->mutex);
  auto& partition = state_->partitions[where.Index()];
  while (partition.first < offset && !partition.records.empty()) {
    partition.records.pop_front();
    ++partition.first;
  }
}

}  // namespace overgang
