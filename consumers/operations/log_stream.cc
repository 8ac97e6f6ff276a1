#include "consumers/operations/log_stream.h"

#include <algorithm>

#include "core/oslo_time.h"

namespace overgang::operations {

LogStream::LogStream(std::unique_ptr<LogReader> reader, LogRange range, Wake wake,
                     std::shared_ptr<std::atomic<int>> open)
    : reader_(std::move(reader)),
      range_(std::move(range)),
      wake_(std::move(wake)),
      open_(std::move(open)) {
  thread_ = std::thread([this] { Read(); });
}

LogStream::~LogStream() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  reader_->Interrupt();
  thread_.join();
  --*open_;
}

bool LogStream::AtEnd() const {
  if (range_.follow) return false;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const bool wanted =
        range_.partitions.empty() ||
        std::ranges::find(range_.partitions, PartitionAt(i)) != range_.partitions.end();
    if (wanted && range_.from.next[i] < range_.until[i]) return false;
  }
  return true;
}

bool LogStream::Put(const LogRecord& record) {
  auto message = std::make_shared<v1::ReadLogResponse>();
  message->set_topic(std::string(Spec(record.partition.topic).name));
  message->set_partition(record.partition.partition);
  message->set_offset(record.offset);
  *message->mutable_appended_at() = ToProto(record.appended_at);
  message->set_key(std::string(record.key));
  for (const auto& [name, value] : record.headers)
    (*message->mutable_headers())[std::string(name)] = std::string(value);
  if (!message->mutable_fact()->ParseFromArray(record.value.data(),
                                               static_cast<int>(record.value.size()))) {
    message->clear_fact();
    message->set_unreadable("the record is not an overgang.v1.Envelope");
  }
  range_.from.next[record.partition.Index()] = record.offset + 1;
  message->set_cursor(range_.from.Encode());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || ready_.size() < kReadAheadMax; });
  if (stopping_) return false;
  ready_.push_back(std::move(message));
  ++sent_;
  return true;
}

void LogStream::Read() {
  bool over = AtEnd();
  while (!over) {
    auto batch = reader_->Poll(absl::Milliseconds(200));
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (!batch.ok()) status_ = batch.status();
    }
    if (!batch.ok()) break;
    for (const LogRecord& record : batch->records) {
      if (!range_.follow && record.offset >= range_.until[record.partition.Index()]) continue;
      if (!Put(record)) return;
      over = range_.limit != 0 && sent_ >= range_.limit;
      if (over) break;
    }
    over = over || AtEnd();
    if (!batch->records.empty()) wake_();
  }
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_();
}

absl::StatusOr<StreamStep> LogStream::Next() {
  std::lock_guard lock(mutex_);
  if (!ready_.empty()) {
    StreamStep step{.message = std::move(ready_.front())};
    ready_.pop_front();
    changed_.notify_all();
    return step;
  }
  if (!status_.ok()) return status_;
  return StreamStep{.message = nullptr, .end = ended_};
}

}  // namespace overgang::operations
