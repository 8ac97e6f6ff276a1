// The loop that decides on cards: issues, renews, hands on, tells what is overdue, and closes.
//
// It looks at every epoch in which cards, levels or meetings changed, and four times a second, as
// time alone makes much of it due. On the hub that decides, while its views are level with the log,
// it appends what is due; the next look at that is when the views know of it, so nothing is under
// way twice. Nothing relies on one hub doing it.
//
// Threads: one of its own; Start and Stop belong to one thread. What it is given must outlive it.
// Errors: logged with the remedy and counted; it always goes on, after a pause that doubles.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "consumers/deciding/turn.h"
#include "consumers/tiltakskort/cards.h"
#include "core/clock.h"
#include "core/fact_writer.h"
#include "core/leadership.h"
#include "core/metrics.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

inline constexpr size_t kCardFactsPerAppendMax = 500;
inline constexpr absl::Duration kComeBackWithin = absl::Seconds(30);  // Into the views.
inline constexpr absl::Duration kPauseMin = absl::Milliseconds(500);  // After a failure.
inline constexpr absl::Duration kPauseMax = absl::Minutes(5);
inline constexpr absl::Duration kDrainMax = absl::Seconds(10);  // Of what is under way, at Stop.

class Dealer {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Leadership& leadership;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const CardsHolder& cards;
    const RolesHolder& roles;
  };
  explicit Dealer(const Parts& parts);
  ~Dealer();

  void Start();
  // Begins nothing more and waits for what is under way.
  void Stop();

 private:
  struct Mailbox;
  using EpochPtr = std::shared_ptr<const projections::Epoch>;

  void Run();
  void Round();
  bool IsUnderWay(const projections::Epoch& epoch);
  void Fail(const absl::Status& why);
  void Append(const std::vector<v1::Envelope>& facts);
  void Tell(const v1::Envelope& fact);

  const Parts parts_;
  const std::shared_ptr<Mailbox> mailbox_;  // Shared with whoever tells; may outlive this.
  prometheus::Gauge& open_;
  prometheus::Counter& issued_total_;
  prometheus::Counter& decided_total_;
  prometheus::Counter& failures_total_;
  int listener_ = 0;
  std::thread thread_;

  // The thread's own.
  deciding::Turn turn_;
  absl::Duration not_before_;  // The pause after a failure.
  int failures_ = 0;           // In a row.
  bool under_way_ = false;
  absl::Duration under_way_since_;
  std::set<std::string> decided_;   // Ids of the last batch.
  std::optional<Cursor> appended_;  // Where what is under way lies in the log, once that is known.
};

}  // namespace overgang::tiltakskort
