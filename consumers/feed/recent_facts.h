// The newest facts of the log, ready to be sent, for all who read at its end: read and made once,
// whatever the number of subscribers.
//
// A place in it is a number that only grows; the oldest are given up when there are too many, and
// whoever still stands before them has to read the log. Whoever asks whose facts are reads those of
// which that has been found out, not too long ago. Threads: one appends, one resolves; everybody
// reads.
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
    absl::Duration resolved_at{};                // When it was found out whose it is.
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

  // Facts in a row, from a place on; null as in Entry.
  struct Piece {
    uint64_t from = 0;
    std::vector<std::shared_ptr<const FeedMessage>> messages;
  };

  // What is appended begins at `at`; no effect where it has begun.
  void Begin(const Offsets& at);
  void Stop();  // Forgets everything.
  bool begun() const;
  // What is to be read next.
  Offsets head() const;
  void Append(std::vector<Entry> entries);
  // Whose facts are: from now on it is found out for every one that comes (Resolver), or no more.
  void SetResolving(bool resolving);
  // The next ones of which it is to be found out; none that the views, which have everything before
  // `known`, do not have yet.
  Piece Unresolved(const Offsets& known, size_t at_most) const;
  // It has been, of these.
  void SetResolved(const Piece& piece, absl::Duration now);
  // What was found out before then is too old for whoever has not read it yet.
  void ForgetResolved(absl::Duration before);
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
  uint64_t Next() const { return first_ + entries_.size(); }
  // From where to where this one may read.
  uint64_t FirstFor(const Selection& selection) const {
    return selection.asks_whose() ? resolved_first_ : first_;
  }
  uint64_t NextFor(const Selection& selection) const {
    return selection.asks_whose() ? resolved_next_ : Next();
  }
  const Offsets& BaseFor(const Selection& selection) const {
    return selection.asks_whose() ? resolved_base_ : base_;
  }
  bool JoinsLocked(const Selection& selection, const Offsets& covered) const;

  mutable std::shared_mutex mutex_;
  bool begun_ = false;
  bool up_to_date_ = false;
  uint64_t first_ = 1;  // Place of the oldest entry.
  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  Offsets base_{};  // Before the oldest entry.
  Offsets head_{};  // After the newest.
  // Of those [resolved_first_, resolved_next_) it is known whose they are.
  bool resolving_ = false;
  uint64_t resolved_first_ = 1;
  uint64_t resolved_next_ = 1;
  Offsets resolved_base_{};  // Before the first of these.
};

}  // namespace overgang::feed
