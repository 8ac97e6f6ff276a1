// Where a mail stands, and when something is to be done about it. Pure: of what the log says, of
// who gets mails, and of now. What the doer does and what an operator is shown both come from here.
//
// Units: absl::Time; instants of the log are the log's clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "consumers/daily_status/status_numbers.h"
#include "projections/deliveries.h"

namespace overgang::daily_status {

// A status is tried for so long from when it was issued, corrected or asked for: from 07:30 until
// noon.
inline constexpr absl::Duration kTryFor = absl::Minutes(270);
inline constexpr int kAttemptsMax = 80;  // Of one mail; fewer than projections::kTriesKept.
// How often an answer may be missing: the mail and its one repetition.
inline constexpr int kUncertainMax = 2;
// After a refusal of this very mail for now (greylisting, a full mailbox), doubling.
inline constexpr absl::Duration kRefusedPauseMin = absl::Minutes(2);
inline constexpr absl::Duration kRefusedPauseMax = absl::Minutes(30);
// After the server was in trouble: what spares it is that only one mail tries (see outbox.h).
inline constexpr absl::Duration kTroublePause = absl::Seconds(20);

struct Policy {
  TimeOfDay send_at;                                  // 07:30.
  TimeOfDay late_until{12, 0};                        // What was not issued by then is missed.
  absl::Duration uncertain_after = absl::Minutes(5);  // From an attempt that nothing came of.
  // What sources could not say while the hub was away they say when it is back: a status that is
  // due then waits until they have said nothing more for so long, and at most so long.
  absl::Duration quiet_for = absl::Seconds(15);
  absl::Duration hear_at_most = absl::Minutes(2);
  int correct_from = 2;  // By how many stays or days a number must differ.
  absl::Duration correct_every = absl::Minutes(30);

  // The parts of uncertain_after within which the doer itself learns what became of an attempt, so
  // that no other hub takes for lost what is still under way.
  absl::Duration begin_within() const { return uncertain_after / 5; }
  absl::Duration send_max() const { return uncertain_after / 5; }  // And as long for the answer.
};

enum class DeliveryState : unsigned char {
  kDue,
  kAttempted,
  kAccepted,
  kRejected,
  kUncertain,
  kPaused,
  kMissed
};
inline constexpr size_t kDeliveryStates = 7;
std::string_view DeliveryStateName(DeliveryState state);  // "due", ...

struct Standing {
  DeliveryState state = DeliveryState::kDue;
  absl::Time at;                           // When it was reached.
  int attempts = 0;                        // So far.
  std::string reply;                       // The server's last word.
  std::optional<absl::Time> next_try;      // Absent: it is not sent (again).
  std::optional<absl::Time> uncertain_at;  // Of kAttempted: when it is to be told uncertain.
};

// Why a mail is to be.
struct Wanted {
  absl::Time since;                     // Issued or corrected.
  std::optional<absl::Time> requested;  // When a person asked for it.
  bool held = false;                    // Paused, or nobody gets it any more.
  absl::Duration try_for = kTryFor;     // From the later of the two on.
};

// `mail`: null where it was never tried.
Standing StandingOf(const rows::Mail* mail, const Wanted& wanted, const Policy& policy,
                    absl::Time now);

// How many of its attempts before `attempt` were never answered.
int UnansweredBefore(const rows::Mail& mail, int attempt);

// Whether a pause holds at `now`.
bool Holds(const rows::Pause& pause, absl::Time now);

}  // namespace overgang::daily_status
