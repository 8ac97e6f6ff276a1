// Three small folds: how old each source is, what is parked, and which idempotency keys were used.
// Threads: one. They keep changed rows in memory until the epoch ends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/event_log.h"
#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/decode.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

using SourcesView = std::map<std::string, rows::Source>;
// A file of history.
inline bool IsImport(std::string_view source) { return source.starts_with("import:"); }

class SourcesFold {
 public:
  SourcesFold() : view_(std::make_shared<SourcesView>()) {}
  void Apply(const std::string& source, const SourceCounts& counts);
  void Load(std::string_view source, const rows::Source& row) {
    changed_[std::string(source)] = row;
  }
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const SourcesView> view() const { return view_; }

 private:
  std::shared_ptr<const SourcesView> view_;
  SourcesView changed_;
};

// What is known of one parked message after a fact.
struct ParkedOutcome {
  std::string parked_id;
  rows::Parked row;
};

class ParkedFold {
 public:
  explicit ParkedFold(const StateStore& store) : store_(store) {}
  // MessageParked, ParkedRetried, ParkedDiscarded; nothing for other facts or ids that are not
  // known.
  absl::StatusOr<std::optional<ParkedOutcome>> Apply(const v1::Envelope& fact, int64_t appended_us);
  // A record of the log that could not be read or used.
  absl::StatusOr<ParkedOutcome> ApplyUnreadable(TopicPartition partition, int64_t offset,
                                                std::string_view key, std::string_view why,
                                                int64_t appended_us);
  void EndEpoch(WriteSet* writes);

 private:
  absl::StatusOr<std::optional<rows::Parked>> Find(const std::string& id) const;
  const StateStore& store_;
  std::map<std::string, rows::Parked> changed_;
};

class ReceiptsFold {
 public:
  explicit ReceiptsFold(const StateStore& store) : store_(store) {}
  [[nodiscard]] absl::Status Apply(const v1::Envelope& fact, TopicPartition partition,
                                   int64_t offset);
  void EndEpoch(WriteSet* writes);
  static std::string Key(std::string_view principal, std::string_view method,
                         std::string_view idempotency_key);

 private:
  const StateStore& store_;
  std::map<std::string, rows::Receipt> changed_;
};

}  // namespace overgang::projections
