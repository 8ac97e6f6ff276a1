// The census: which stays are open, by kommune and hospital, and what they count for at a given
// now.
//
// CensusView is immutable and shared: a view of one epoch. Buckets that did not change are the same
// objects in the next view, which is how a watcher tells what changed. Counting reads only the
// stays of the buckets asked for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/payment_terms.h"
#include "overgang/v1/census_service.pb.h"
#include "projections/pathway/contributions.h"

namespace overgang::projections {

using Bucket = std::vector<std::shared_ptr<const Contribution>>;  // Open stays, by place.

// Buckets by kommune or hospital, sorted by that key.
class BucketIndex {
 public:
  using Item = std::pair<std::string, std::shared_ptr<const Bucket>>;
  const Bucket* Find(std::string_view key) const;  // Null: none.
  const std::vector<Item>& items() const { return items_; }
  // Takes effect at the end of the epoch; of several edits of one place the last one counts.
  void Put(const std::string& key, std::shared_ptr<const Contribution> stay);
  void Remove(const std::string& key, const Contribution& stay);
  // Each bucket that was edited is made anew in one pass; empty ones go.
  void EndEpoch();

 private:
  using Place = std::pair<Uuid, PatientRef>;
  using Edits = std::map<Place, std::shared_ptr<const Contribution>>;  // Null: removed.
  static std::shared_ptr<const Bucket> Merge(const Bucket* old, Edits edits);

  std::vector<Item> items_;
  absl::flat_hash_map<std::string, Edits> edited_;
};

struct CensusView {
  BucketIndex by_stay_kommune;  // One that moves is with each of its kommuner: see KommuneAt.
  BucketIndex by_residence_kommune;
  BucketIndex by_hospital;
};

class CensusFold {
 public:
  // Takes the old contributions away and adds the new ones.
  void Apply(const std::vector<StayChange>& changes);
  // What a restart finds in the store.
  void Load(std::shared_ptr<const Contribution> open_stay) { Put(open_stay); }
  void EndEpoch();
  const CensusView& view() const { return view_; }

 private:
  void Put(const std::shared_ptr<const Contribution>& stay);
  void Remove(const Contribution& stay);
  CensusView view_;
};

// What is counted relative to. An admission or an end counts at once, even if its source's clock is
// ahead of ours; UKP and moves when their time comes. A moment past is counted from stays as they
// stood then.
struct CountAt {
  int64_t now_us = 0;
  const PaymentTerms* terms = &PaymentTerms::BuiltIn();  // Outlives the count.
};

inline constexpr int64_t kDayUs = int64_t{24} * 3600 * 1'000'000;

bool IsInpatient(const Contribution& stay);
// Adds one stay to the counts; nothing where it is not open then.
void Count(const Contribution& stay, CountAt at, v1::KommuneCensus* census);
void Count(const Contribution& stay, CountAt at, v1::HospitalCensus* census);

}  // namespace overgang::projections
