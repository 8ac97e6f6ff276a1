#include "adapters/log/embedded_log.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "adapters/log/embedded_db.h"
#include "adapters/log/embedded_reader.h"
#include "adapters/log/embedded_record.h"
#include "adapters/log/log_bounds.h"
#include "adapters/store/rocksdb_status.h"
#include "rocksdb/env.h"

namespace overgang {
namespace {

// Longest that a commit waits for as many appends as the last one had: who was just answered sends
// the next message within that time, and shares a sync instead of waiting for one more.
constexpr auto kGatherMax = std::chrono::microseconds(200);
constexpr size_t kProbeBytes =
    1 << 20;  // Room that must be there before the log opens itself anew.

struct PendingRecord {
  TopicPartition where;
  std::string body;
};

struct PendingAppend {
  std::vector<PendingRecord> records;
  size_t bytes = 0;
  AppendDone done;
  absl::Status refusal;  // Not OK: done(refusal) is all there is to do.
};

class EmbeddedReader;

}  // namespace

// Locks, in this order: database_mutex_ (shared: reading; exclusive: closing and opening), mutex_
// (the rest).
class EmbeddedLog::Impl {
 public:
  Impl(std::string dir, const Clock& clock, rocksdb::Env* env)
      : dir_(std::move(dir)), clock_(clock), env_(env ? env : rocksdb::Env::Default()) {}
  ~Impl();

  absl::Status Start();
  void Append(std::vector<NewRecord> records, AppendDone done);
  absl::StatusOr<LogEnds> Ends();
  absl::Status Health();
  const std::string& cluster_id() const { return cluster_id_; }
  absl::Status Checkpoint(const std::string& dir);

  // For readers.
  void Register(EmbeddedReader* reader);
  void Unregister(EmbeddedReader* reader);
  void Interrupt(bool& interrupted);
  absl::StatusOr<RecordBatch> Poll(EmbeddedPositions& positions, bool& interrupted,
                                   absl::Duration wait);

 private:
  using Group = std::vector<PendingAppend>;

  absl::StatusOr<std::unique_ptr<EmbeddedDb>> OpenDatabase();
  void Work();
  void Gather(std::unique_lock<std::mutex>& lock);
  Group TakeGroup();              // With mutex_ held.
  bool CommitGroup(Group group);  // Whether it is durable.
  void Refuse(Group group, const absl::Status& status);
  void TrimWhenDue();
  void Fail(absl::Status failure);
  void TryToReopen();
  absl::Status ProbeDisk();

  const std::string dir_;
  const Clock& clock_;
  rocksdb::Env* const env_;
  std::string cluster_id_;

  std::shared_mutex database_mutex_;
  std::unique_ptr<EmbeddedDb>
      database_;  // Null while it cannot be opened. Changed by the writer only.
  std::set<EmbeddedReader*> readers_;  // Guarded by database_mutex_, exclusively.

  std::mutex mutex_;
  std::condition_variable work_;     // For the writer.
  std::condition_variable durable_;  // For readers.
  std::deque<PendingAppend> queue_;
  size_t bytes_outstanding_ = 0;
  size_t wanted_ = 1;     // Appends in the queue for which the writer is woken.
  LogEnds ends_;          // Durable.
  bool readable_ = true;  // database_ is there.
  absl::Status failure_;  // Not OK: nothing is written until the log is open anew.
  bool stop_ = false;
  size_t group_size_ = 1;  // Appends of the last commit. The writer's own, as all below.
  absl::Time next_trim_ = absl::InfinitePast();
  std::chrono::steady_clock::time_point next_attempt_;
  std::thread writer_;
};

namespace {

class EmbeddedReader final : public LogReader {
 public:
  EmbeddedReader(EmbeddedLog::Impl& log, EmbeddedPositions positions)
      : log_(log), positions_(std::move(positions)) {
    log_.Register(this);
  }
  ~EmbeddedReader() override { log_.Unregister(this); }

  absl::StatusOr<RecordBatch> Poll(absl::Duration wait) override {
    return log_.Poll(positions_, interrupted_, wait);
  }
  void Interrupt() override { log_.Interrupt(interrupted_); }
  void ReleaseIterators() { positions_.ReleaseIterators(); }

 private:
  EmbeddedLog::Impl& log_;
  EmbeddedPositions positions_;
  bool interrupted_ = false;  // Guarded by the log's mutex.
};

}  // namespace

EmbeddedLog::Impl::~Impl() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  if (writer_.joinable()) writer_.join();
  database_.reset();  // While closing it may still report an error to *this.
}

absl::StatusOr<std::unique_ptr<EmbeddedDb>> EmbeddedLog::Impl::OpenDatabase() {
  return EmbeddedDb::Open(dir_, env_, [this](const absl::Status& failure) { Fail(failure); });
}

absl::Status EmbeddedLog::Impl::Start() {
  auto database = OpenDatabase();
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  cluster_id_ = database_->cluster_id();
  ends_ = database_->ends();
  writer_ = std::thread([this] { Work(); });
  return absl::OkStatus();
}

void EmbeddedLog::Impl::Append(std::vector<NewRecord> records, AppendDone done) {
  PendingAppend pending;
  pending.refusal = CheckRecords(records, pending.bytes);
  pending.done = std::move(done);
  if (pending.refusal.ok()) {
    pending.records.reserve(records.size());
    for (const NewRecord& record : records) {
      pending.records.push_back(
          {{record.topic, PartitionForKey(record.topic, record.key)}, EncodeBody(record)});
    }
  }
  {
    std::lock_guard lock(mutex_);
    if (pending.refusal.ok() && bytes_outstanding_ + pending.bytes > kAppendBytesOutstandingMax) {
      pending.refusal = TooMuchOutstanding();
    }
    if (!pending.refusal.ok()) pending.bytes = 0;
    bytes_outstanding_ += pending.bytes;
    queue_.push_back(std::move(pending));
    if (queue_.size() < wanted_) return;
  }
  work_.notify_one();
}

void EmbeddedLog::Impl::Work() {
  TrimWhenDue();
  std::unique_lock lock(mutex_);
  while (true) {
    const bool failed = !failure_.ok();
    const absl::Duration wait = failed ? kEmbeddedReopenInterval : kEmbeddedTrimInterval;
    work_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                   [&] { return stop_ || !queue_.empty() || failure_.ok() == failed; });
    if (queue_.empty() && stop_) return;
    if (!failed) Gather(lock);
    Group group = TakeGroup();
    const absl::Status failure = failure_;
    lock.unlock();
    if (failure.ok()) {
      // After a failed write the database counts records that are not there.
      if (CommitGroup(std::move(group))) TrimWhenDue();
    } else {
      Refuse(std::move(group), failure);
      if (std::chrono::steady_clock::now() >= next_attempt_) TryToReopen();
    }
    lock.lock();
  }
}

void EmbeddedLog::Impl::Gather(std::unique_lock<std::mutex>& lock) {
  wanted_ = group_size_;
  work_.wait_for(lock, kGatherMax, [&] { return stop_ || queue_.size() >= wanted_; });
  wanted_ = 1;
  group_size_ = queue_.size();
}

EmbeddedLog::Impl::Group EmbeddedLog::Impl::TakeGroup() {
  Group group;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < kEmbeddedCommitBytesMax) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  bytes_outstanding_ -= bytes;
  return group;
}

bool EmbeddedLog::Impl::CommitGroup(Group group) {
  if (group.empty()) return true;
  rocksdb::WriteBatch batch;
  std::vector<std::vector<LogPosition>> positions;
  positions.reserve(group.size());
  const absl::Time now = clock_.Now();
  for (const PendingAppend& pending : group) {
    auto& of_append = positions.emplace_back();
    of_append.reserve(pending.records.size());
    for (const PendingRecord& record : pending.records) {
      of_append.push_back(database_->Add(batch, record.where, record.body, now));
    }
  }
  if (batch.Count() > 0) {
    if (absl::Status status = database_->Write(batch); !status.ok()) {
      Fail(status);
      Refuse(std::move(group), status);
      return false;
    }
    {
      std::lock_guard lock(mutex_);
      ends_ = database_->ends();
    }
    durable_.notify_all();
  }
  for (size_t i = 0; i < group.size(); ++i) {
    if (!group[i].refusal.ok()) {
      group[i].done(std::move(group[i].refusal));
    } else {
      group[i].done(std::move(positions[i]));
    }
  }
  return true;
}

void EmbeddedLog::Impl::Refuse(Group group, const absl::Status& status) {
  for (PendingAppend& pending : group)
    pending.done(pending.refusal.ok() ? status : pending.refusal);
}

void EmbeddedLog::Impl::TrimWhenDue() {
  const absl::Time now = clock_.Now();
  if (now < next_trim_) return;
  next_trim_ = now + kEmbeddedTrimInterval;
  if (absl::Status status = database_->Trim(now); !status.ok()) return Fail(status);
  std::lock_guard lock(mutex_);
  ends_ = database_->ends();
}

void EmbeddedLog::Impl::Fail(absl::Status failure) {
  // An append is to be repeated whatever went wrong; the text says what an operator has to do.
  if (failure.code() != absl::StatusCode::kUnavailable)
    failure = absl::UnavailableError(failure.message());
  std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  work_.notify_one();
}

// After a failed sync nobody knows what is on the disk, whatever reads say. Opening anew replays
// what RocksDB's log file holds into new, synced files; so what is readable afterwards is durable.
void EmbeddedLog::Impl::TryToReopen() {
  next_attempt_ =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(kEmbeddedReopenInterval);
  absl::Status status = ProbeDisk();
  if (status.ok()) {
    std::unique_lock database_lock(database_mutex_);
    for (EmbeddedReader* reader : readers_) reader->ReleaseIterators();
    {
      std::lock_guard lock(mutex_);
      readable_ = false;
    }
    database_.reset();
    auto database = OpenDatabase();
    status = database.status();
    if (database.ok()) database_ = *std::move(database);
  }
  if (!status.ok()) return Fail(std::move(status));
  std::lock_guard lock(mutex_);
  failure_ = absl::OkStatus();
  readable_ = true;
  ends_ = database_->ends();
  durable_.notify_all();
}

absl::Status EmbeddedLog::Impl::ProbeDisk() {
  const std::string path = dir_ + "/PROBE";
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env_->NewWritableFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Append(std::string(kProbeBytes, '\0'));
  if (status.ok()) status = file->Sync();
  if (file) file->Close().PermitUncheckedError();
  env_->DeleteFile(path).PermitUncheckedError();
  return FromRocksdb(status, dir_, kEmbeddedCorruptRemedy);
}

absl::StatusOr<RecordBatch> EmbeddedLog::Impl::Poll(EmbeddedPositions& positions, bool& interrupted,
                                                    absl::Duration wait) {
  LogEnds durable;
  {
    std::unique_lock lock(mutex_);
    durable_.wait_for(lock, absl::ToChronoNanoseconds(std::max(wait, absl::ZeroDuration())), [&] {
      return interrupted || (readable_ && positions.SomethingToRead(ends_));
    });
    interrupted = false;
    durable = ends_;
  }
  std::shared_lock database_lock(database_mutex_);
  if (!database_) return Health();
  return positions.Fetch(*database_, durable);
}

absl::StatusOr<LogEnds> EmbeddedLog::Impl::Ends() {
  std::lock_guard lock(mutex_);
  return ends_;
}

absl::Status EmbeddedLog::Impl::Health() {
  std::lock_guard lock(mutex_);
  return failure_;
}

absl::Status EmbeddedLog::Impl::Checkpoint(const std::string& dir) {
  std::shared_lock database_lock(database_mutex_);
  return database_ ? database_->Checkpoint(dir) : Health();
}

void EmbeddedLog::Impl::Register(EmbeddedReader* reader) {
  std::unique_lock database_lock(database_mutex_);
  readers_.insert(reader);
}

void EmbeddedLog::Impl::Unregister(EmbeddedReader* reader) {
  std::unique_lock database_lock(database_mutex_);
  reader->ReleaseIterators();
  readers_.erase(reader);
}

void EmbeddedLog::Impl::Interrupt(bool& interrupted) {
  std::lock_guard lock(mutex_);
  interrupted = true;
  durable_.notify_all();
}

EmbeddedLog::EmbeddedLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedLog::~EmbeddedLog() = default;

absl::StatusOr<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open(const std::string& dir,
                                                               const Clock& clock,
                                                               rocksdb::Env* env) {
  auto impl = std::make_unique<Impl>(dir, clock, env);
  if (absl::Status status = impl->Start(); !status.ok()) return status;
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(std::move(impl)));
}

void EmbeddedLog::Append(std::vector<NewRecord> records, AppendDone done) {
  impl_->Append(std::move(records), std::move(done));
}

absl::StatusOr<std::unique_ptr<LogReader>> EmbeddedLog::NewReader(
    const Offsets& from, const std::vector<TopicPartition>& partitions,
    const ReadOptions& options) {
  return std::make_unique<EmbeddedReader>(
      *impl_, EmbeddedPositions(from, PartitionsToRead(partitions), options));
}

absl::StatusOr<LogEnds> EmbeddedLog::Ends() { return impl_->Ends(); }
absl::Status EmbeddedLog::Health() { return impl_->Health(); }
std::string EmbeddedLog::ClusterId() const { return impl_->cluster_id(); }
absl::Status EmbeddedLog::Checkpoint(const std::string& dir) { return impl_->Checkpoint(dir); }

}  // namespace overgang
