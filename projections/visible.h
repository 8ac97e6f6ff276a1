// What of the views a caller is told: of stays, and of how old the sources are. Pure but for
// reading rows.
#pragma once

#include "core/access.h"
#include "core/directory.h"
#include "core/rpc.h"
#include "core/state_store.h"
#include "overgang/v1/as_of.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/pathway/entry.h"

namespace overgang::projections {

// A stay is its hospital's, its stay kommune's, and that of every kommune that it had a UKP period
// in, which pays for it: each from its time on.
bool MaySee(const Scope& scope, const StayEntry& entry, int64_t now_us);

// By id or alias; false too where there is no such stay.
bool MaySeeStayId(const Scope& scope, const StateSnapshot& rows, const std::string& stay_id);

// Takes away what tells of other stays that the caller may not see: which stay this one is a
// readmission after and how long, and the first of its episode.
void LeaveOutOthers(const Scope& scope, const StateSnapshot& rows, v1::Stay* stay);

// Which sources a caller is told of. A kommune is told how old each hospital's are, as its own
// patients may be there, though not how many facts came; of others' sources nobody else is told.
enum class SourceShown : unsigned char { kNo, kAge, kWhole };
SourceShown ShownTo(const Caller& caller, const Directory& directory, std::string_view source);

}  // namespace overgang::projections
