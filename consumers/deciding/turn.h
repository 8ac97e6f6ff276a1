// Whether this hub is to decide now: it is the doer, as far as it knows, and its views are level
// with what the log held when it became so, or woke after it was away. None of this is needed for
// what is true (the first record of a decision counts); it spares records that count for nothing.
//
// Threads: one. What it is given must outlive it.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/cursor.h"
#include "core/event_log.h"
#include "core/leadership.h"
#include "projections/views.h"

namespace overgang::deciding {

// A loop that was away for longer was frozen, with all of the process.
inline constexpr absl::Duration kAwayMax = absl::Seconds(3);
// Where the log's last offsets hold no records the views never cover them; then it decides all the
// same.
inline constexpr absl::Duration kCatchUpMax = absl::Seconds(30);
inline constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(500);  // The log, for its end.

class Turn {
 public:
  Turn(const Leadership& leadership, const projections::Views& views, EventLog& log,
       std::string incarnation);

  // At the beginning of each round. True: whether it is the doer is another answer than before.
  bool Notice();
  bool IsDoer() const { return is_doer_ == true; }
  // Whether it may decide.
  bool Has();
  // It may have been another's meanwhile: what the log holds now is waited for.
  void Lose();
  // At the end of each round.
  void Rest();

 private:
  bool CaughtUp();

  const Leadership& leadership_;
  const projections::Views& views_;
  EventLog& log_;
  const std::string incarnation_;
  std::optional<bool> is_doer_;
  bool behind_ = true;              // The views have to catch up first, with
  std::optional<Cursor> catch_up_;  // what the log held at
  absl::Duration catch_up_since_;   // then.
  absl::Duration ask_again_;        // Where the log did not say.
  absl::Duration rested_at_;
};

}  // namespace overgang::deciding
