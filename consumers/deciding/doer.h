// The loop that decides: what the fold says is open and due becomes facts in the log.
//
// It collects the open matters of every epoch, on every hub; on the one that is the doer, while the
// views are level with the log, those that are due are made into decisions and appended. One batch
// is under way at a time: the next is made when the last was folded, so that no decision is under
// way twice, and deciding never takes more of the log and the fold than one batch. A batch that
// fails, or is not seen in the views within come_back_within, is decided anew after a pause that
// doubles. When it may decide is turn.h's.
//
// Threads: one of its own; Start and Stop belong to one thread. What it is given must outlive it.
// Errors: logged with the remedy and counted; it always goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "consumers/deciding/agenda.h"
#include "consumers/deciding/turn.h"
#include "core/clock.h"
#include "core/fact_writer.h"
#include "core/leadership.h"
#include "core/metrics.h"
#include "projections/views.h"

namespace overgang::deciding {

inline constexpr size_t kDecisionsPerAppendMax = 500;
inline constexpr size_t kClustersOnAgendaMax = 200'000;  // Some 20 MiB.
inline constexpr size_t kChangesWaitingMax = 20'000;     // Clusters; more, and all rows are read.
inline constexpr absl::Duration kComeBackWithin = absl::Seconds(30);
inline constexpr absl::Duration kPauseMin = absl::Milliseconds(500);  // After a failure.
inline constexpr absl::Duration kPauseMax = absl::Minutes(5);
inline constexpr absl::Duration kDrainMax = absl::Seconds(10);  // Of what is under way, at Stop.
// A decision that was changed so often is a mistake in rules or data, and is left as it is.
inline constexpr int kRevisionsMax = 100;

class Doer {
 public:
  struct Parts {
    projections::Views& views;
    FactWriter& writer;
    EventLog& log;
    const Leadership& leadership;
    const Clock& clock;
    Metrics& metrics;
  };
  // The bounds above, for tests.
  struct Bounds {
    size_t decisions_per_append_max = kDecisionsPerAppendMax;
    size_t clusters_on_agenda_max = kClustersOnAgendaMax;
    size_t changes_waiting_max = kChangesWaitingMax;
    absl::Duration come_back_within = kComeBackWithin;
  };

  explicit Doer(const Parts& parts) : Doer(parts, Bounds{}) {}
  Doer(const Parts& parts, const Bounds& bounds);
  ~Doer();

  void Start();
  // Begins nothing more and waits for what is under way.
  void Stop();

 private:
  struct Mailbox;
  // A batch under way.
  struct Flight {
    std::vector<projections::PatientRef> clusters;
    absl::flat_hash_set<std::string> ids;
    absl::Duration since;          // SinceBoot.
    std::optional<Cursor> cursor;  // Where it lies in the log, once that is known.
  };

  void Run();
  void TakeNews();
  void TakeAnswer(absl::StatusOr<Cursor> answer);
  void NoticeWhoDecides();
  bool MayDecide();
  void FollowFlight();
  void Land(const projections::Epoch& epoch);
  void Fail(const absl::Status& why);
  void Scan(const projections::Epoch& epoch);
  void Learn(const projections::Matters& matters);
  void Decide();
  absl::Status DecideCluster(const projections::Epoch& epoch,
                             const projections::PatientRef& cluster, absl::Time now,
                             const std::string& cursor, std::vector<v1::Envelope>* facts);
  void Append(const std::vector<v1::Envelope>& facts);

  const Parts parts_;
  const Bounds bounds_;
  const std::shared_ptr<Mailbox> mailbox_;  // Shared with whoever tells; may outlive this.
  prometheus::Gauge& is_doer_;
  prometheus::Gauge& on_agenda_;
  prometheus::Counter& deadlines_total_;
  prometheus::Counter& readmissions_total_;
  prometheus::Counter& failures_total_;
  int listener_ = 0;
  std::thread thread_;

  // The thread's own.
  Agenda agenda_;
  int64_t scanned_ = 0;  // Number of the epoch whose rows were read; 0: none yet.
  Turn turn_;
  absl::Duration not_before_;  // The pause after a failure.
  int failures_ = 0;           // In a row.
  std::optional<Flight> flight_;
};

}  // namespace overgang::deciding
