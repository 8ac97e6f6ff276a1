// The loop that keeps the levels: it measures what each level rests on, after every epoch and by
// the clock, and on the hub that decides it appends what is due: levels that changed, overrides
// that ended, rules that came into force. Every hub measures, so that one that takes over knows how
// long a threshold has been passed; a hub that starts, or wakes, begins to count anew.
//
// One batch is under way at a time, as in deciding/doer.h: the next is made when the views hold the
// last, so nothing is under way twice. Of a revision the first record in the log counts.
//
// Threads: one of its own; Start and Stop belong to one thread. What it is given must outlive it.
// Errors: logged with the remedy and counted; it always goes on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "consumers/deciding/turn.h"
#include "consumers/escalation/machine.h"
#include "consumers/escalation/measure.h"
#include "consumers/escalation/rules.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/leadership.h"
#include "core/metrics.h"
#include "projections/views.h"

namespace overgang::escalation {

// Between two rounds: under load there are hundreds of epochs a second.
inline constexpr absl::Duration kRoundGapMin = absl::Milliseconds(20);
// A loop that was away for longer does not know what was passed meanwhile.
inline constexpr absl::Duration kUnwatchedMax = absl::Minutes(1);
inline constexpr absl::Duration kComeBackWithin = absl::Seconds(30);
inline constexpr absl::Duration kPauseMin = absl::Milliseconds(500);  // After a failure.
inline constexpr absl::Duration kPauseMax = absl::Minutes(5);

class LevelKeeper {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Leadership& leadership;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const RulesHolder& rules;
  };
  explicit LevelKeeper(const Parts& parts);
  ~LevelKeeper();

  void Start();
  // Begins nothing more.
  void Stop();

 private:
  struct Mailbox;
  // A batch under way.
  struct Flight {
    absl::Duration since;          // SinceBoot.
    std::optional<Cursor> cursor;  // Where it lies in the log, once that is known.
  };

  void Run();
  void Round();
  void Watch(const projections::Epoch& epoch, absl::Time now, std::vector<v1::Envelope>* due);
  void TakeScopes();
  void Activate(const projections::Epoch& epoch, absl::Time now, std::vector<v1::Envelope>* due);
  void FollowFlight(const projections::Epoch& epoch);
  void Fail(const absl::Status& why);
  void Append(const std::vector<v1::Envelope>& facts);
  void Forget();

  const Parts parts_;
  const std::shared_ptr<Mailbox> mailbox_;  // Shared with whoever tells; may outlive this.
  deciding::Turn turn_;
  prometheus::Counter& changes_total_;
  prometheus::Counter& failures_total_;
  int listener_ = 0;
  std::thread thread_;

  // The thread's own.
  std::shared_ptr<const Directory> directory_;
  std::shared_ptr<const Rules> rules_;  // Machines point into them.
  std::vector<LevelScope> scopes_;
  std::map<std::string, Machine> machines_;  // By scope.
  std::map<std::string, prometheus::Gauge*> gauges_;
  absl::Duration watched_at_;  // SinceBoot.
  absl::Time watched_now_ = absl::InfinitePast();
  std::optional<Flight> flight_;
  absl::Duration not_before_;
  int failures_ = 0;  // In a row.
};

}  // namespace overgang::escalation
