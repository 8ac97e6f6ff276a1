// What a capacity meeting had before it: frozen when it is held, and compared ever after with what
// is known of that moment. Pure functions of an epoch. Errors: the store's; RESOURCE_EXHAUSTED.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/directory.h"
#include "core/payment_terms.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::meeting {

inline constexpr int kSnapshotVersion = 1;                      // See MeetingSnapshot.version,
inline constexpr int kCountsLongWaitsSince = 1;                 // which says what was counted.
inline constexpr size_t kSnapshotBytesMax = size_t{700} << 10;  // A record has room for it.

struct Basis {
  const projections::Epoch& epoch;
  const Directory& directory;
  const PaymentTerms& terms;
  absl::Time now;  // Of everything counted relative to now.
};

// Everything of a hospital as of one cursor: counted from its own patients. Of cards it keeps how
// they stand, not what they ask for, which never changes and is put back by PutBack, nor which
// roles it went by, which nobody is shown of a meeting.
absl::StatusOr<v1::MeetingSnapshot> Freeze(const Basis& basis, const v1::AsOf& as_of,
                                           const std::string& hospital);
absl::Status PutBack(const projections::Epoch& epoch, v1::MeetingSnapshot* snapshot);

bool CountsLongWaits(const v1::MeetingSnapshot& snapshot);

// What counts otherwise today of the moment of the snapshot. What was reported of beds and places
// is left out: nobody keeps what had been reported of a moment, only what was known at it.
absl::StatusOr<std::vector<v1::MeetingCorrection>> CorrectionsOf(
    const Basis& basis, const v1::MeetingSnapshot& snapshot);

}  // namespace overgang::meeting
