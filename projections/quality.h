// How many stays bear which data quality flag because of which source: sums of the stays' findings.
// Threads: one; views are immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/state_store.h"
#include "projections/pathway/contributions.h"

namespace overgang::projections {

// Source and flag -> stays; those that are not 0.
using QualityView = std::map<std::pair<std::string, int>, int64_t>;

class QualityFold {
 public:
  QualityFold() : view_(std::make_shared<QualityView>()) {}
  // Takes the old findings away and adds the new ones.
  void Apply(const std::vector<StayChange>& changes);
  // What a restart finds in the store.
  void Load(std::string_view key, std::string_view value);
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const QualityView> view() const { return view_; }

 private:
  void Add(const Contribution& stay, int64_t by);
  std::shared_ptr<const QualityView> view_;
  QualityView change_;
};

}  // namespace overgang::projections
