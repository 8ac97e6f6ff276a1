#include "projections/verify.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "projections/replay.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

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
  Projector projector(scratch, epoch.cursor.incarnation, log.ClusterId());
  if (absl::Status status = Replay(log, {epoch.cursor.next}, projector, scratch, stop);
      !status.ok())
    return status;
  VerifyResult result;
  result.equal = true;
  result.facts = projector.facts();
  const auto anew = scratch.Snapshot();
  for (Table table : kTables) {
    // By its offsets: records past their retention give other first digests.
    if (table == kMeta) continue;
    if (absl::Status status = Compare(table, *epoch.rows, *anew, stop, &result); !status.ok())
      return status;
  }
  return result;
}

}  // namespace overgang::projections
