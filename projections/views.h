// The read side: whole epochs, one after another. An Epoch is immutable; whoever holds one reads a
// consistent state of memory and rows. Threads: all methods are thread-safe.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/clock.h"
#include "core/cursor.h"
#include "core/state_store.h"
#include "core/stay_lookup.h"
#include "overgang/v1/as_of.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/capacity.h"
#include "projections/cards.h"
#include "projections/census.h"
#include "projections/levels.h"
#include "projections/quality.h"
#include "projections/small_folds.h"
#include "projections/visible.h"

namespace overgang::projections {

struct Epoch {
  Cursor cursor;
  int64_t number = 0;  // Counts from 1 in this process.
  int64_t newest_fact_us = 0;
  bool caught_up = false;  // Nothing more was waiting in the log.
  bool past = false;       // Of what was known once: see History.
  CensusView census;
  std::shared_ptr<const CapacityView> capacity;
  std::shared_ptr<const CardsView> cards;
  std::shared_ptr<const LevelsView> levels;
  std::shared_ptr<const SourcesView> sources;
  std::shared_ptr<const QualityView> quality;
  // Clusters whose open matters changed in this epoch, with what is open now.
  std::shared_ptr<const std::vector<Matters>> matters_changed;
  std::shared_ptr<const StateSnapshot> rows;
};

inline constexpr absl::Duration kCaughtUpWithin = absl::Seconds(5);
inline constexpr size_t kWaitersMax = 10'000;  // Queries that wait for a cursor at once.
inline constexpr absl::Duration kWaitForMax =
    absl::Seconds(10);  // Longest that one waits, its deadline aside.
// After so long without a word a source is stale. ADT of a hospital never pauses for long; the
// others do at night, and a file of history is not waited for.
inline constexpr absl::Duration kAdtStaleAfter = absl::Minutes(30);
inline constexpr absl::Duration kOtherStaleAfter = absl::Hours(24);

class Views final : public StayLookup {
 public:
  explicit Views(const Clock& clock) : clock_(clock) {}

  // Null until the first epoch.
  std::shared_ptr<const Epoch> Current() const;
  // By the runner, after the commit.
  void Publish(std::shared_ptr<const Epoch> epoch);
  // Why the views do not go on; OK: they do. Answers then say that they are stale.
  void SetTrouble(absl::Status trouble);
  // They never go on in this process: nothing that comes after clears this trouble.
  void StopFor(const absl::Status& why);
  absl::Status Trouble() const;
  // Whether the views were level with the log within kCaughtUpWithin: under load there is always
  // something waiting.
  bool CaughtUp() const;

  // Calls `then` once with an epoch that covers `wait_for` (any epoch where it is empty), or why
  // not: on this thread if it is there already, else on the runner's, so be brief.
  // DEADLINE_EXCEEDED, INVALID_ARGUMENT, FAILED_PRECONDITION, UNAVAILABLE.
  using Then = std::function<void(absl::StatusOr<std::shared_ptr<const Epoch>>)>;
  // `field`: how the question calls the cursor.
  void WhenCovers(const std::string& wait_for, absl::Time deadline, Then then,
                  const char* field = "wait_for");
  // To be called now and then: ends waits whose time is over.
  void ExpireWaits();
  // Ends all waits, and all that would begin to wait from now on, with `why`: the hub stops.
  void EndWaits(const absl::Status& why);

  // Called after each epoch, on the runner's thread: be brief. Returns an id for RemoveListener,
  // after which it is not called any more.
  int AddListener(std::function<void(const std::shared_ptr<const Epoch>&)> listener);
  void RemoveListener(int id);

  // What every answer says of itself. `now`: the now of what it counts. Sources are as old as they
  // are; in an epoch of the past as old as they were at that now.
  v1::AsOf AsOf(const Epoch& epoch, absl::Time now) const;
  // The same of the sources that this caller is told of.
  v1::AsOf AsOf(const Epoch& epoch, absl::Time now, const Caller& caller,
                const Directory& directory) const;

  // Of the kommune that the stay is of now; moves may be told ahead.
  absl::StatusOr<StaySubject> FindStay(std::string_view stay_id) const override;
  absl::StatusOr<StaySubject> FindOpenStay(std::string_view patient_ref,
                                           std::string_view hospital) const override;
  absl::StatusOr<std::optional<IntakeReceipt>> FindReceipt(
      std::string_view principal, std::string_view method,
      std::string_view idempotency_key) const override;
  absl::StatusOr<std::vector<std::string>> HeldFacts(std::string_view patient_ref) const override;

 private:
  using Shown = std::function<SourceShown(std::string_view source)>;
  v1::AsOf AsOf(const Epoch& epoch, absl::Time now, const Shown& shown) const;
  struct Waiter {
    Cursor cursor;
    absl::Time deadline;
    Then then;
    const char* field;
  };
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Epoch> current_;
  absl::Status trouble_;
  absl::Status stopped_for_;  // Not OK: for good.
  absl::Status waits_ended_;  // Not OK: nobody waits any more.
  absl::Time caught_up_at_ = absl::InfinitePast();
  std::list<Waiter> waiters_;
  std::recursive_mutex listeners_mutex_;
  std::map<int, std::function<void(const std::shared_ptr<const Epoch>&)>> listeners_;
  int next_listener_ = 1;
};

// Where a stay stands in the store.
struct StayPlace {
  Uuid stay_id;
  PatientRef home;
  v1::Stay stay;
};
// By id or alias, the first where two persons share it. NOT_FOUND.
absl::StatusOr<StayPlace> FindStayRow(const StateSnapshot& rows, std::string_view stay_id);
// The cluster that holds this reference. NOT_FOUND.
absl::StatusOr<Cluster> FindCluster(const StateSnapshot& rows, const PatientRef& ref);
// The person of the cluster that a reference means, as in ClusterStays::person_of: who has it, else
// who is known by it as an alias. NOT_FOUND; FAILED_PRECONDITION where it may be more than one.
absl::StatusOr<int> PersonMeant(const Cluster& cluster, const ClusterStays& stays,
                                const PatientRef& ref, std::string_view field);

}  // namespace overgang::projections
