// What one subscriber is told: what its filter wants, of what its caller may see. The one place
// where both are asked.
//
// A fact is of a kommune where it is of a stay there (stay_kommune), of places that the kommune
// shares, of its status, or of a tiltakskort for it; of a hospital likewise. Values; thread-safe
// once made.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "core/topics.h"
#include "overgang/v1/feed_service.pb.h"

namespace overgang::feed {

// What the caller may see.
struct Sight {
  bool everything = false;                        // Parked messages too.
  std::function<bool(const v1::Envelope&)> sees;  // Thread-safe; called for every fact.
};

// Whether the feed has facts of this kind: all but originals and the log's own.
bool IsFed(const v1::Envelope& fact);

class Selection {
 public:
  // INVALID_ARGUMENT names the field; PERMISSION_DENIED where types are asked for that only
  // principals who see everything may have.
  static absl::StatusOr<Selection> Parse(const v1::FeedFilter& filter, Sight sight);

  bool Wants(const v1::Envelope& fact) const;
  // Where facts that it wants can be; the others need not be read.
  const std::vector<TopicPartition>& partitions() const { return partitions_; }

 private:
  absl::Status TakeTypes(const v1::FeedFilter& filter);
  bool OfKommune(const v1::Envelope& fact) const;
  bool OfHospital(const v1::Envelope& fact) const;

  Sight sight_;
  absl::flat_hash_set<int> types_;  // Field numbers of Envelope.fact; empty: all.
  absl::flat_hash_set<std::string> kommuner_;
  absl::flat_hash_set<std::string> hospitals_;
  std::vector<TopicPartition> partitions_;
};

}  // namespace overgang::feed
