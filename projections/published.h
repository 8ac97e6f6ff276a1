// The fold of the published tables: of each Oslo date the first record in the log counts, and none
// after it, so that what was told once stays told. Threads: one. Errors: the store's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "core/state_store.h"
#include "overgang/v1/status.pb.h"

namespace overgang::projections {

class PublishedFold {
 public:
  explicit PublishedFold(const StateStore& store) : store_(store) {}

  absl::Status Apply(const v1::TablesPublished& tables);
  void EndEpoch(WriteSet* writes);

 private:
  const StateStore& store_;
  std::map<std::string, std::string> new_;  // By date.
};

// Rows (v1.TablesPublished) of dates from the first (inclusive) to the second (exclusive),
// YYYY-MM-DD, in order, until `visit` returns false.
absl::Status ScanPublished(
    const StateSnapshot& rows, const std::pair<std::string, std::string>& dates,
    const std::function<bool(std::string_view date, std::string_view row)>& visit);

}  // namespace overgang::projections
