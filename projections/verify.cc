#include "projections/verify.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "projections/projector.h"
#include "projections/runner.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

// kMeta is compared by its offsets: records past their retention give other first digests.
constexpr Table kCompared[] = {kCluster,    kRef,      kStay,         kStayAlias, kOpenStay,
                               kClosedStay, kLongStay, kMatter,       kQuality,   kSource,
                               kUnit,       kParked,   kParkedByTime, kReceipt};

bool Covers(const Offsets& next, const Offsets& until) {
  for (size_t i = 0; i < kPartitionCount; ++i) {
    if (next[i] < until[i]) return false;
  }
  return true;
}

void Differ(Table table, std::string_view key, std::string_view how, VerifyResult* result) {
  result->equal = false;
  if (result->differences.size() < kDifferencesMax) {
    result->differences.push_back(absl::StrCat("table ", std::string(1, static_cast<char>(table)),
                                               " key ", absl::BytesToHexString(std::string(key)),
                                               ": ", std::string(how)));
  }
}

absl::Status Stopped() {
  return absl::CancelledError("the hub stops; ask again when it has been started");
}

absl::Status Compare(Table table, const StateSnapshot& live, const StateSnapshot& anew,
                     const std::stop_token& stop, VerifyResult* result) {
  absl::Status inner;
  absl::Status status = live.Scan(table, "", "", [&](std::string_view key, std::string_view value) {
    ++result->rows;
    auto other = anew.Get(table, key);
    inner = stop.stop_requested() ? Stopped() : other.status();
    if (!inner.ok()) return false;
    if (!other->has_value()) {
      Differ(table, key, "not in the rebuild", result);
    } else if (**other != value) {
      Differ(table, key, "other bytes in the rebuild", result);
    }
    return true;
  });
  if (status.ok()) status = inner;
  if (!status.ok()) return status;
  status = anew.Scan(table, "", "", [&](std::string_view key, std::string_view) {
    auto other = live.Get(table, key);
    inner = stop.stop_requested() ? Stopped() : other.status();
    if (inner.ok() && !other->has_value()) Differ(table, key, "only in the rebuild", result);
    return inner.ok();
  });
  return status.ok() ? inner : status;
}

}  // namespace

absl::StatusOr<VerifyResult> VerifyRebuild(EventLog& log, const Epoch& epoch, StateStore& scratch,
                                           const std::stop_token& stop) {
  const Offsets& until = epoch.cursor.next;
  auto ends = log.Ends();
  if (!ends.ok()) return ends.status();
  Offsets from = ends->first;
  Projector projector(scratch, epoch.cursor.incarnation, log.ClusterId());
  auto reader = log.NewReader(from, {}, {});
  if (!reader.ok()) return reader.status();
  VerifyResult result;
  int64_t in_epoch = 0;
  // A partition that holds nothing any more (retention) ends where it begins.
  const auto done = [&] {
    Offsets next = projector.next();
    for (size_t i = 0; i < kPartitionCount; ++i) next[i] = std::max(next[i], from[i]);
    return Covers(next, until);
  };
  while (!done()) {
    auto batch = (*reader)->Poll(absl::Seconds(1));
    if (stop.stop_requested()) return Stopped();
    if (!batch.ok()) return batch.status();
    DecodedBatch decoded = Decode(*batch, &until);
    in_epoch += static_cast<int64_t>(decoded.records.size());
    if (absl::Status status = projector.Apply(std::move(decoded)); !status.ok()) return status;
    if (in_epoch < kEpochFactsMax) continue;
    in_epoch = 0;
    if (absl::Status status = scratch.Commit(projector.EndEpoch()); !status.ok()) return status;
  }
  if (absl::Status status = scratch.Commit(projector.EndEpoch()); !status.ok()) return status;
  result.equal = true;
  result.facts = projector.facts();
  const auto anew = scratch.Snapshot();
  for (Table table : kCompared) {
    if (absl::Status status = Compare(table, *epoch.rows, *anew, stop, &result); !status.ok())
      return status;
  }
  return result;
}

}  // namespace overgang::projections
