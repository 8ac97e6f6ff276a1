#include "consumers/operations/log_stream.h"

#include <algorithm>

#include "core/oslo_time.h"

namespace overgang::operations {

LogStream::LogStream(OpenRange open_range, LogRange range, Wake wake,
                     std::shared_ptr<std::atomic<int>> open)
    : open_range_(std::move(open_range)),
      range_(std::move(range)),
      wake_(std::move(wake)),
      open_(std::move(open)) {
  thread_ = std::thread([this] { Read(); });
}

LogStream::~LogStream() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (reader_ != nullptr) reader_->Interrupt();
  }
  changed_.notify_all();
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
  const size_t bytes = message->ByteSizeLong();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return stopping_ || (ready_.size() < kReadAheadMax && ready_bytes_ < kReadAheadBytesMax);
  });
  if (stopping_) return false;
  const bool was_empty = ready_.empty();
  ready_.push_back({std::move(message), bytes});
  ready_bytes_ += bytes;
  ++sent_;
  lock.unlock();
  // Whoever found nothing waits to be told, however many more of this batch are to come.
  if (was_empty) wake_();
  return true;
}

void LogStream::Read() {
  if (!ReadRange()) return;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_();
}

bool LogStream::ReadRange() {
  auto reader = open_range_(&range_);
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    status_ = reader.status();
    if (!reader.ok()) return true;
    reader_ = *std::move(reader);
  }
  bool over = AtEnd();
  while (!over) {
    auto batch = reader_->Poll(absl::Milliseconds(200));
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return false;
      status_ = batch.status();
      if (!batch.ok()) return true;
    }
    for (const LogRecord& record : batch->records) {
      if (!range_.follow && record.offset >= range_.until[record.partition.Index()]) continue;
      if (!Put(record)) return false;
      over = range_.limit != 0 && sent_ >= range_.limit;
      if (over) break;
    }
    over = over || AtEnd();
  }
  return true;
}

absl::StatusOr<StreamStep> LogStream::Next() {
  std::lock_guard lock(mutex_);
  if (!ready_.empty()) {
    StreamStep step{.message = std::move(ready_.front().message)};
    ready_bytes_ -= ready_.front().bytes;
    ready_.pop_front();
    changed_.notify_all();
    return step;
  }
  if (!status_.ok()) return status_;
  return StreamStep{.message = nullptr, .end = ended_};
}

}  // namespace overgang::operations
