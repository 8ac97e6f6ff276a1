// The census: which stays are open, by kommune and hospital, and what they count for at a given
// now.
//
// CensusView is immutable and shared: a view of one epoch. Buckets that did not change are the same
// objects in the next view, which is how a watcher tells what changed. Counting reads only the
// stays of the buckets asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  // Copies the bucket once per epoch and changes the copy.
  Bucket* Edit(std::string_view key);
  // Buckets edited so far become immutable; empty ones go.
  void EndEpoch();

 private:
  std::vector<Item> items_;
  std::vector<std::pair<std::string, std::shared_ptr<Bucket>>> edited_;
};

struct CensusView {
  BucketIndex by_stay_kommune;
  BucketIndex by_residence_kommune;
  BucketIndex by_hospital;
};

class CensusFold {
 public:
  // Takes the old contributions away and adds the new ones.
  void Apply(const std::vector<StayChange>& changes);
  // What a restart finds in the store.
  void Load(std::shared_ptr<const Contribution> open_stay) { Put(open_stay, true); }
  void EndEpoch();
  const CensusView& view() const { return view_; }

 private:
  void Put(const std::shared_ptr<const Contribution>& stay, bool add);
  CensusView view_;
};

// Relative to when things are counted. Live: what sources say to have happened counts at once, even
// if their clock is ahead of ours; otherwise only what had happened by `now`.
struct CountAt {
  int64_t now_us = 0;
  bool live = true;
};

inline constexpr int64_t kDayUs = int64_t{24} * 3600 * 1'000'000;

bool IsInpatient(const Contribution& stay, CountAt at);
// The UKP period that goes on; null where the patient is not utskrivningsklar.
const rows::UkpSpan* OpenSpan(const Contribution& stay, CountAt at);
// Adds one stay to the counts; nothing where it is not open then.
void Count(const Contribution& stay, CountAt at, v1::KommuneCensus* census);
void Count(const Contribution& stay, CountAt at, v1::HospitalCensus* census);

}  // namespace overgang::projections
