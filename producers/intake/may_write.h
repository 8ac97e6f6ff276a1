// Whose word a fact is: a kommune answers for stays and places of its own, a hospital speaks of its
// own stays and beds. Pure functions. Errors: PERMISSION_DENIED with the field.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "core/access.h"
#include "core/directory.h"
#include "overgang/v1/capacity.pb.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::intake {

[[nodiscard]] absl::Status MayWriteOfHospital(const Scope& scope, const std::string& hospital,
                                              const std::string& field);
// A unit of the directory is that of its kommuner, and is shared by these; a new one bears the
// number of its kommune in front ("5001-oya"), so that nobody reports on another's. `path` stands
// before the names of the fields.
[[nodiscard]] absl::Status MayWriteOfPlaces(const Scope& scope, const Directory& directory,
                                            const v1::PlacesReported& places,
                                            const std::string& path);
// A fact as another system made it.
[[nodiscard]] absl::Status MayAppend(const Scope& scope, const Directory& directory,
                                     const v1::Envelope& fact, const std::string& path);

}  // namespace overgang::intake
