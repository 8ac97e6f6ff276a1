// What one subscriber is told: what its filter wants, of what its caller may see. The one place
// where both are asked.
//
// A fact is of a kommune where it is of a stay there (whose.h), of places that the kommune shares,
// of its status, or of a tiltakskort for it; of a hospital likewise. Values; thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "consumers/feed/feed_message.h"
#include "consumers/feed/whose.h"
#include "core/access.h"
#include "core/topics.h"
#include "overgang/v1/feed_service.pb.h"

namespace overgang::feed {

// Whether facts of patients can be among what it asks for.
bool AsksForPatients(const v1::FeedFilter& filter);

class Selection {
 public:
  // `whose` outlives it. INVALID_ARGUMENT names the field; PERMISSION_DENIED where it asks for what
  // is another's, or for types that only principals who see everything may have.
  static absl::StatusOr<Selection> Parse(const v1::FeedFilter& filter, ScopeRef scope,
                                         const Whose& whose);

  bool Wants(const FeedMessage& message) const { return MayWant(message.fact()) && IsIts(message); }
  // As far as the fact itself tells: what is left is whose it is.
  bool MayWant(const v1::Envelope& fact) const;
  // Whether it has to be known of a fact of a patient whose it is, before it can be wanted.
  bool asks_whose() const { return !scope_->everything || !kommuner_.empty(); }
  // As the caller may see it: of a readmission after a stay that is not its own, that it is one.
  std::shared_ptr<const FeedMessage> AsSeen(std::shared_ptr<const FeedMessage> message) const;
  // Where facts that it wants can be; the others need not be read.
  const std::vector<TopicPartition>& partitions() const { return partitions_; }

 private:
  Selection(ScopeRef scope, const Whose& whose) : scope_(std::move(scope)), whose_(&whose) {}
  absl::Status TakeTypes(const v1::FeedFilter& filter);
  absl::Status TakePlaces(const v1::FeedFilter& filter);
  bool IsIts(const FeedMessage& message) const;
  bool MaySee(const FeedMessage& message) const;
  bool OfKommune(const FeedMessage& message) const;
  bool OfHospital(const v1::Envelope& fact) const;

  ScopeRef scope_;
  const Whose* whose_;
  absl::flat_hash_set<int> types_;  // Field numbers of Envelope.fact; empty: all.
  absl::flat_hash_set<std::string> kommuner_;
  absl::flat_hash_set<std::string> hospitals_;
  std::vector<TopicPartition> partitions_;
};

}  // namespace overgang::feed
