// The newest facts of the log, ready to be sent, for all who read at its end: read and made once,
// whatever the number of subscribers.
//
// A place in it is a number that only grows; the oldest are given up when there are too many, and
// whoever still stands before them has to read the log. Threads: one appends; everybody reads.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "consumers/feed/feed_message.h"
#include "consumers/feed/selection.h"

namespace overgang::feed {

inline constexpr size_t kRecentFactsMax = 16'384;
inline constexpr size_t kRecentBytesMax = 16 << 20;  // Of the records' values; one may exceed it.

class RecentFacts {
 public:
  struct Entry {
    TopicPartition partition;
    int64_t offset = 0;
    std::shared_ptr<const FeedMessage> message;  // Null: a record that the feed does not have.
  };
  // Where a subscriber stands: before `place`, with everything before `covered` had.
  struct Reader {
    uint64_t place = 0;
    Offsets covered{};
  };
  enum class Ahead { kWanted, kNothing, kGone };
  struct Taken {
    std::shared_ptr<const FeedMessage> message;
    bool level = false;  // Its cursor is the subscriber's; else it has read something else besides.
    bool more = false;   // The next one is wanted, too.
  };

  // What is appended begins at `at`; no effect where it has begun.
  void Begin(const Offsets& at);
  void Stop();  // Forgets everything.
  bool begun() const;
  // What is to be read next.
  Offsets head() const;
  void Append(std::vector<Entry> entries);
  // Whether the log held no more when it was last read.
  void SetUpToDate(bool up_to_date);

  // Whether a subscriber that has had everything before `covered` can go on here.
  bool CanJoin(const Selection& selection, const Offsets& covered) const;
  // Begins there; where it wants nothing of a partition, it has had all that came before.
  std::optional<Reader> Join(const Selection& selection, const Offsets& covered) const;
  // Goes on to the next fact that is wanted and not had; kGone: the reader was overtaken.
  Ahead Advance(const Selection& selection, Reader* reader) const;
  // The fact in front of a reader whose Advance said kWanted; empty where it is gone since.
  std::optional<Taken> Take(const Selection& selection, Reader* reader) const;
  // Whether nothing is in front of the reader, and the log held no more.
  bool IsUpToDate(const Reader& reader) const;

 private:
  bool Holds(uint64_t place) const { return place >= first_ && place < Next(); }
  uint64_t Next() const { return first_ + entries_.size(); }
  bool JoinsLocked(const Selection& selection, const Offsets& covered) const;

  mutable std::shared_mutex mutex_;
  bool begun_ = false;
  bool up_to_date_ = false;
  uint64_t first_ = 1;  // Place of the oldest entry.
  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  Offsets base_{};  // Before the oldest entry.
  Offsets head_{};  // After the newest.
};

}  // namespace overgang::feed
