// Folds the log anew, up to where an epoch stands, and compares all rows with that epoch's, byte
// for byte.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/event_log.h"
#include "core/state_store.h"
#include "projections/views.h"

namespace overgang::projections {

inline constexpr size_t kDifferencesMax = 20;  // Told; all are counted in `equal`.

struct VerifyResult {
  bool equal = false;
  int64_t facts = 0;
  int64_t rows = 0;
  std::vector<std::string> differences;  // "table s key 0a1b..: missing in the rebuild"
};

// `scratch` is an empty store. Blocks for as long as the fold takes; never on a thread of the log
// or a server. CANCELLED within a second or so after `stop` asks for it.
absl::StatusOr<VerifyResult> VerifyRebuild(EventLog& log, const Epoch& epoch, StateStore& scratch,
                                           const std::stop_token& stop = {});

}  // namespace overgang::projections
