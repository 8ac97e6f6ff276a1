#include "adapters/log/embedded_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/log/embedded_record.h"

namespace overgang {
namespace {

constexpr size_t kChunkBytesMax = 1 << 20;
constexpr int64_t kReadAheadRecordsMin = 1000;  // From here on reading is a scan.

absl::Status Lost(const EmbeddedDb& db, TopicPartition where, int64_t offset,
                  std::string_view what) {
  return db.Convert(rocksdb::Status::Corruption(std::string(Spec(where.topic).name) + "-" +
                                                std::to_string(where.partition) + " offset " +
                                                std::to_string(offset) + " " + std::string(what)));
}

}  // namespace

std::string_view BatchBytes::Copy(std::string_view bytes) {
  if (bytes.size() > free_bytes_) {
    free_bytes_ = std::max(next_chunk_bytes_, bytes.size());
    chunks_.emplace_back(new char[free_bytes_]);  // Not make_unique: it would write zeros first.
    free_ = chunks_.back().get();
    next_chunk_bytes_ = std::min(next_chunk_bytes_ * 4, kChunkBytesMax);
  }
  char* const copy = free_;
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  free_ += bytes.size();
  free_bytes_ -= bytes.size();
  return {copy, bytes.size()};
}

EmbeddedPositions::EmbeddedPositions(const Offsets& from, std::vector<TopicPartition> partitions,
                                     const ReadOptions& options)
    : next_(from), partitions_(std::move(partitions)), options_(options) {}

bool EmbeddedPositions::SomethingToRead(const LogEnds& durable) const {
  return std::any_of(partitions_.begin(), partitions_.end(), [&](const TopicPartition& where) {
    return next_[where.Index()] != durable.next[where.Index()];
  });
}

bool EmbeddedPositions::Full(const Filling& filling) const {
  return filling.batch.records.size() >= options_.records_max || filling.size >= options_.bytes_max;
}

absl::StatusOr<RecordBatch> EmbeddedPositions::Fetch(const EmbeddedDb& db, const LogEnds& durable) {
  Filling filling;
  const Offsets before = next_;
  for (size_t i = 0; i < partitions_.size() && !Full(filling); ++i) {
    const TopicPartition where = partitions_[(turn_ + i) % partitions_.size()];
    if (absl::Status status = FetchPartition(db, durable, where, filling); !status.ok()) {
      // What was taken goes with `filling`; the next call must give it again, with iterators that
      // stand there.
      next_ = before;
      ReleaseIterators();
      return status;
    }
  }
  turn_ = (turn_ + 1) % partitions_.size();
  filling.batch.keep_alive = std::move(filling.bytes);
  filling.batch.at_end = !SomethingToRead(durable);
  return std::move(filling.batch);
}

absl::Status EmbeddedPositions::FetchPartition(const EmbeddedDb& db, const LogEnds& durable,
                                               TopicPartition where, Filling& filling) {
  int64_t& next = next_[where.Index()];
  const int64_t end = durable.next[where.Index()];
  if (next == end) return absl::OkStatus();
  if (next > end) return Lost(db, where, next, "is after the log's end " + std::to_string(end));
  if (next < durable.first[where.Index()]) return Lost(db, where, next, "is no longer held");
  auto& records = filling.batch.records;
  records.reserve(std::min(options_.records_max, records.size() + static_cast<size_t>(end - next)));
  auto& it = iterators_[where.Index()];
  while (next < end && !Full(filling)) {
    if (!it || !it->Valid()) {  // None yet, or one that was made when the log ended here.
      it = db.NewIterator(where.Index(), end - next >= kReadAheadRecordsMin);
      const OffsetKey key = EncodeOffset(next);
      it->Seek(rocksdb::Slice(key.data(), key.size()));
    }
    if (absl::Status status = TakeRecord(db, where, *it, filling); !status.ok()) return status;
    it->Next();
  }
  if (next == end) it.reset();  // It holds old files.
  return absl::OkStatus();
}

absl::Status EmbeddedPositions::TakeRecord(const EmbeddedDb& db, TopicPartition where,
                                           rocksdb::Iterator& it, Filling& filling) {
  int64_t& next = next_[where.Index()];
  if (!it.Valid() && !it.status().ok()) return db.Convert(it.status());
  if (!it.Valid() || DecodeOffset(it.key().ToStringView()) != next)
    return Lost(db, where, next, "is missing");
  LogRecord& record = filling.batch.records.emplace_back();
  record.partition = where;
  record.offset = next;
  if (!DecodeRecord(filling.bytes->Copy(it.value().ToStringView()), options_.headers, record)) {
    return Lost(db, where, next, "cannot be decoded");
  }
  filling.size += record.key.size() + record.value.size();
  ++next;
  return absl::OkStatus();
}

void EmbeddedPositions::ReleaseIterators() {
  for (auto& it : iterators_) it.reset();
}

}  // namespace overgang
