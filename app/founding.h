// The first record of a log: which incarnation it is and which keys belong to it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/event_log.h"
#include "core/pseudonymizer.h"
#include "core/sealer.h"

namespace overgang {

struct Founding {
  std::string incarnation;
  absl::Time at;
};

// Reads LogFounded, or writes it into an empty log; where several hubs do so at once the first one
// counts. FAILED_PRECONDITION where the log was founded with a pseudonym key that is none of those
// given, or with another originals key.
absl::StatusOr<Founding> FoundOrJoinLog(EventLog& log, const Pseudonymizer& pseudonymizer,
                                        const Sealer& sealer, const Clock& clock);

}  // namespace overgang
