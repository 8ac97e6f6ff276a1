#include "consumers/feed/recent_facts.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace overgang::feed {
namespace {

bool IsWanted(const Selection& selection, const RecentFacts::Entry& entry,
              const RecentFacts::Reader& reader) {
  return entry.message != nullptr && entry.offset >= reader.covered[entry.partition.Index()] &&
         selection.Wants(entry.message->fact());
}

void Pass(const RecentFacts::Entry& entry, RecentFacts::Reader* reader) {
  int64_t& covered = reader->covered[entry.partition.Index()];
  covered = std::max(covered, entry.offset + 1);
  ++reader->place;
}

}  // namespace

void RecentFacts::Begin(const Offsets& at) {
  const std::unique_lock lock(mutex_);
  if (begun_) return;
  begun_ = true;
  base_ = head_ = at;
}

void RecentFacts::Stop() {
  const std::unique_lock lock(mutex_);
  begun_ = false;
  up_to_date_ = false;
  first_ = Next() + 1;  // Nobody's place.
  entries_.clear();
  bytes_ = 0;
}

bool RecentFacts::begun() const {
  const std::shared_lock lock(mutex_);
  return begun_;
}

Offsets RecentFacts::head() const {
  const std::shared_lock lock(mutex_);
  return head_;
}

void RecentFacts::Append(std::vector<Entry> entries) {
  std::vector<Entry> given_up;  // Freed when the lock is let go.
  const std::unique_lock lock(mutex_);
  if (!begun_) return;
  for (Entry& entry : entries) {
    head_[entry.partition.Index()] = entry.offset + 1;
    bytes_ += entry.message == nullptr ? 0 : entry.message->bytes();
    entries_.push_back(std::move(entry));
  }
  while (entries_.size() > kRecentFactsMax || (bytes_ > kRecentBytesMax && entries_.size() > 1)) {
    Entry& oldest = entries_.front();
    base_[oldest.partition.Index()] = oldest.offset + 1;
    bytes_ -= oldest.message == nullptr ? 0 : oldest.message->bytes();
    given_up.push_back(std::move(oldest));
    entries_.pop_front();
    ++first_;
  }
}

void RecentFacts::SetUpToDate(bool up_to_date) {
  const std::unique_lock lock(mutex_);
  up_to_date_ = up_to_date;
}

bool RecentFacts::JoinsLocked(const Selection& selection, const Offsets& covered) const {
  return begun_ && std::ranges::all_of(selection.partitions(), [&](const TopicPartition& wanted) {
           return covered[wanted.Index()] >= base_[wanted.Index()];
         });
}

bool RecentFacts::CanJoin(const Selection& selection, const Offsets& covered) const {
  const std::shared_lock lock(mutex_);
  return JoinsLocked(selection, covered);
}

std::optional<RecentFacts::Reader> RecentFacts::Join(const Selection& selection,
                                                     const Offsets& covered) const {
  const std::shared_lock lock(mutex_);
  if (!JoinsLocked(selection, covered)) return std::nullopt;
  Reader reader{first_, covered};
  for (size_t i = 0; i < kPartitionCount; ++i)
    reader.covered[i] = std::max(reader.covered[i], base_[i]);
  return reader;
}

RecentFacts::Ahead RecentFacts::Advance(const Selection& selection, Reader* reader) const {
  const std::shared_lock lock(mutex_);
  if (reader->place < first_) return Ahead::kGone;
  for (; Holds(reader->place);) {
    const Entry& entry = entries_[reader->place - first_];
    if (IsWanted(selection, entry, *reader)) return Ahead::kWanted;
    Pass(entry, reader);
  }
  return Ahead::kNothing;
}

std::optional<RecentFacts::Taken> RecentFacts::Take(const Selection& selection,
                                                    Reader* reader) const {
  const std::shared_lock lock(mutex_);
  if (!Holds(reader->place)) return std::nullopt;
  const Entry& entry = entries_[reader->place - first_];
  Taken taken{.message = entry.message, .level = false, .more = false};
  Pass(entry, reader);
  taken.level = reader->covered == entry.message->after();
  taken.more =
      Holds(reader->place) && IsWanted(selection, entries_[reader->place - first_], *reader);
  return taken;
}

bool RecentFacts::IsUpToDate(const Reader& reader) const {
  const std::shared_lock lock(mutex_);
  return up_to_date_ && reader.place == Next();
}

}  // namespace overgang::feed
