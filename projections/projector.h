// All folds together: decoded records in, one write set per epoch out. Pure but for reading cold
// rows from the store; the same records in any batches give the same rows. Threads: one. Errors:
// the store's (UNAVAILABLE, DATA_LOSS); FAILED_PRECONDITION where the rows belong to another log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/cursor.h"
#include "core/state_store.h"
#include "projections/capacity.h"
#include "projections/cards.h"
#include "projections/census.h"
#include "projections/decode.h"
#include "projections/deliveries.h"
#include "projections/levels.h"
#include "projections/pathway/pathway_fold.h"
#include "projections/published.h"
#include "projections/quality.h"
#include "projections/small_folds.h"

namespace overgang::projections {

// Whether this version can go on with the rows of a store; false: another version wrote them.
absl::StatusOr<bool> CanRead(const StateStore& store);

class Projector {
 public:
  // `incarnation` and `cluster_id` say which log the records come from.
  Projector(const StateStore& store, std::string incarnation, std::string cluster_id);

  // Reads what the views keep in memory. FAILED_PRECONDITION: rows of another log or version, with
  // the remedy.
  [[nodiscard]] absl::Status Load();

  // Records before the next offset of their partition are ignored.
  [[nodiscard]] absl::Status Apply(DecodedBatch batch);
  // The rows that changed, with the new offsets among them. Views below are of this epoch.
  [[nodiscard]] WriteSet EndEpoch();

  const Offsets& next() const { return next_; }
  const rows::Meta& meta() const { return meta_; }
  int64_t newest_fact_us() const { return meta_.newest_fact_us(); }
  int64_t facts() const { return facts_; }  // Applied since construction.
  size_t dirty_bytes() const { return pathway_.dirty_bytes(); }

  const CensusView& census() const { return census_.view(); }
  std::shared_ptr<const CapacityView> capacity() const { return capacity_.view(); }
  std::shared_ptr<const CardsView> cards() const { return cards_.view(); }
  std::shared_ptr<const LevelsView> levels() const { return levels_.view(); }
  std::shared_ptr<const SourcesView> sources() const { return sources_.view(); }
  std::shared_ptr<const QualityView> quality() const { return quality_.view(); }
  // Of the clusters whose open matters changed in the last epoch.
  std::shared_ptr<const std::vector<Matters>> matters_changed() const { return matters_changed_; }
  // Clusters that changed in the last epoch and are larger than a person's should be.
  const std::vector<LargeCluster>& large_clusters() const { return large_clusters_; }

 private:
  absl::Status ApplyOne(DecodedRecord record);
  absl::Status ApplyEnvelope(const DecodedRecord& record, const v1::Envelope& envelope);
  absl::Status ApplyUnreadable(const DecodedRecord& record, const Unreadable& unreadable);
  absl::Status FlagPerson(const ParkedOutcome& outcome, std::string_view hospital,
                          std::string_view visit_key);
  absl::Status LoadOpenStays(const StateSnapshot& rows);

  const StateStore& store_;
  rows::Meta meta_;
  Offsets next_{};
  int64_t facts_ = 0;
  PathwayFold pathway_;
  CensusFold census_;
  CapacityFold capacity_;
  LevelsFold levels_;
  CardsFold cards_;
  SourcesFold sources_;
  QualityFold quality_;
  std::shared_ptr<const std::vector<Matters>> matters_changed_ =
      std::make_shared<std::vector<Matters>>();
  std::vector<LargeCluster> large_clusters_;
  PublishedFold published_;
  DeliveriesFold deliveries_;
  ParkedFold parked_;
  ReceiptsFold receipts_;
};

}  // namespace overgang::projections
