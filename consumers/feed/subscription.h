// One subscriber: where it stands, and what it is to be told next.
//
// It begins by reading the log by itself (CatchUp, a bounded piece at a time) and goes over to the
// recent facts, which all share, as soon as these reach back to it; overtaken there, it reads by
// itself again. So nothing is lost and nobody waits for it. Whoever leaves a message untaken for
// kTakeWithin is ended, with the cursor to go on from.
//
// Threads: Next by its transport; the others by the feed's. `wake` is called with no lock held.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/feed/recent_facts.h"
#include "consumers/feed/selection.h"
#include "core/clock.h"
#include "core/cursor.h"
#include "core/rpc.h"

namespace overgang::feed {

inline constexpr size_t kReadyFactsMax = 64;  // Read ahead for one subscriber, and one read beyond.
inline constexpr size_t kReadyFactsLow = 32;  // From here on it is read on.
inline constexpr size_t kReadyBytesMax = 128 << 10;
inline constexpr absl::Duration kTakeWithin = absl::Seconds(30);
inline constexpr absl::Duration kHeartbeatMin = absl::Seconds(1);
inline constexpr absl::Duration kHeartbeatMax = absl::Minutes(5);
inline constexpr absl::Duration kHeartbeatDefault = absl::Seconds(15);

// What a test replaces.
struct FeedTimes {
  absl::Duration take_within = kTakeWithin;
  std::function<absl::Duration()> elapsed = SinceBoot;
};

class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  enum class From { kBeginning, kEnd, kCursor };
  struct Terms {
    std::string principal;  // Whose it is.
    Selection selection;
    From from = From::kEnd;
    Offsets cursor{};  // Of kCursor.
    absl::Duration heartbeat = kHeartbeatDefault;
  };
  struct Parts {
    const RecentFacts& recent;
    const Clock& clock;
    const FeedTimes& times;
    const std::string& incarnation;
    // Has it read on. Called with no lock held.
    std::function<void(std::shared_ptr<Subscription>)> read_on;
  };

  // `id` is its own.
  Subscription(uint64_t id, Terms terms, Parts parts, Wake wake);

  uint64_t id() const { return id_; }
  const std::string& principal() const { return terms_.principal; }
  const Selection& selection() const { return terms_.selection; }
  bool ended() const;

  absl::StatusOr<StreamStep> Next();

  // Facts were appended to the recent ones.
  void OnRecent();
  // Heartbeats, and the end of who takes nothing: true where it is ended for that.
  bool OnTick();
  // The last word; the first one counts.
  void End(absl::Status why);

  // While it is CatchUp's turn with it.
  bool begun() const;
  // Errors are the subscriber's: its cursor is none of this log's.
  [[nodiscard]] absl::Status Begin(const LogEnds& ends);
  bool WantsReading() const;
  Offsets read() const;
  // What was read of what it wants, and up to where; at the end of the log, or before.
  void Put(std::vector<std::shared_ptr<const FeedMessage>> messages, Offsets read, bool at_end);
  // True: it needs another turn at once.
  bool TurnOver();
  // Not now: at the next tick.
  void Rest();

 private:
  // kGreeting: as kReading, but it has not been told yet where it begins.
  enum class Phase { kBeginning, kGreeting, kReading, kRecent, kEnded };

  // With the lock held.
  StreamStep NextRead(bool* read_on);
  StreamStep NextRecent(bool* read_on);
  StreamStep NextHeartbeat();
  bool Rouse();  // False: it is not waiting for a wake.
  bool IsReading() const { return phase_ == Phase::kGreeting || phase_ == Phase::kReading; }
  bool CanJoin() const { return parts_.recent.CanJoin(terms_.selection, read_); }
  Cursor CursorNow() const { return {parts_.incarnation, reader_.covered}; }
  void EndNow(absl::Status why);

  const uint64_t id_;
  const Terms terms_;
  const Parts parts_;
  const Wake wake_;

  mutable std::mutex mutex_;
  Phase phase_ = Phase::kBeginning;
  absl::Status status_;
  RecentFacts::Reader reader_;  // `covered` is what it has been given, in every phase.
  Offsets read_{};              // What has been read for it.
  Offsets ends_{};              // Of the log, when it began.
  std::deque<std::shared_ptr<const FeedMessage>> ready_;
  size_t ready_bytes_ = 0;
  bool queued_ = true;  // CatchUp has it, or is to have it.
  bool idle_ = false;   // It was told that there is nothing, and waits for a wake.
  bool heartbeat_due_ = false;
  absl::Duration moved_;  // When it last came for a message, or was woken.
  absl::Duration told_;   // When it was last given one.
};

}  // namespace overgang::feed
