#include "consumers/feed/recent_facts.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace overgang::feed {
namespace {

bool IsWanted(const Selection& selection, const RecentFacts::Entry& entry,
              const RecentFacts::Reader& reader) {
  return entry.message != nullptr && entry.offset >= reader.covered[entry.partition.Index()] &&
         selection.Wants(*entry.message);
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
  base_ = head_ = resolved_base_ = at;
}

void RecentFacts::Stop() {
  const std::unique_lock lock(mutex_);
  begun_ = false;
  up_to_date_ = false;
  first_ = Next() + 1;  // Nobody's place.
  resolved_first_ = resolved_next_ = first_;
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
  if (resolved_first_ < first_) {
    resolved_first_ = first_;
    resolved_next_ = std::max(resolved_next_, first_);
    resolved_base_ = base_;
  }
}

void RecentFacts::SetResolving(bool resolving) {
  const std::unique_lock lock(mutex_);
  if (std::exchange(resolving_, resolving) == resolving) return;
  resolved_first_ = resolved_next_ = Next();
  resolved_base_ = head_;
}

RecentFacts::Piece RecentFacts::Unresolved(const Offsets& known, size_t at_most) const {
  const std::shared_lock lock(mutex_);
  Piece piece{resolved_next_, {}};
  if (!resolving_) return piece;
  for (uint64_t place = piece.from; place < Next() && piece.messages.size() < at_most; ++place) {
    const Entry& entry = entries_[place - first_];
    if (IsOfPatients(entry.partition.topic) && entry.offset >= known[entry.partition.Index()])
      break;
    piece.messages.push_back(entry.message);
  }
  return piece;
}

void RecentFacts::SetResolved(const Piece& piece, absl::Duration now) {
  const std::unique_lock lock(mutex_);
  // Some may have been given up meanwhile.
  for (const uint64_t end = piece.from + piece.messages.size(); resolved_next_ < end;
       ++resolved_next_)
    entries_[resolved_next_ - first_].resolved_at = now;
}

void RecentFacts::ForgetResolved(absl::Duration before) {
  const std::unique_lock lock(mutex_);
  for (; resolved_first_ < resolved_next_; ++resolved_first_) {
    const Entry& entry = entries_[resolved_first_ - first_];
    if (entry.resolved_at >= before) return;
    resolved_base_[entry.partition.Index()] = entry.offset + 1;
  }
}

void RecentFacts::SetUpToDate(bool up_to_date) {
  const std::unique_lock lock(mutex_);
  up_to_date_ = up_to_date;
}

bool RecentFacts::JoinsLocked(const Selection& selection, const Offsets& covered) const {
  return begun_ && std::ranges::all_of(selection.partitions(), [&](const TopicPartition& wanted) {
           return covered[wanted.Index()] >= BaseFor(selection)[wanted.Index()];
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
  Reader reader{FirstFor(selection), covered};
  for (size_t i = 0; i < kPartitionCount; ++i)
    reader.covered[i] = std::max(reader.covered[i], BaseFor(selection)[i]);
  return reader;
}

RecentFacts::Ahead RecentFacts::Advance(const Selection& selection, Reader* reader) const {
  const std::shared_lock lock(mutex_);
  if (reader->place < FirstFor(selection)) return Ahead::kGone;
  while (reader->place < NextFor(selection)) {
    const Entry& entry = entries_[reader->place - first_];
    if (IsWanted(selection, entry, *reader)) return Ahead::kWanted;
    Pass(entry, reader);
  }
  return Ahead::kNothing;
}

std::optional<RecentFacts::Taken> RecentFacts::Take(const Selection& selection,
                                                    Reader* reader) const {
  const std::shared_lock lock(mutex_);
  const uint64_t next = NextFor(selection);
  if (reader->place < FirstFor(selection) || reader->place >= next) return std::nullopt;
  const Entry& entry = entries_[reader->place - first_];
  Taken taken{.message = entry.message, .level = false, .more = false};
  Pass(entry, reader);
  taken.level = reader->covered == entry.message->after();
  taken.more =
      reader->place < next && IsWanted(selection, entries_[reader->place - first_], *reader);
  return taken;
}

bool RecentFacts::IsUpToDate(const Reader& reader) const {
  const std::shared_lock lock(mutex_);
  return up_to_date_ && reader.place == Next();
}

}  // namespace overgang::feed
