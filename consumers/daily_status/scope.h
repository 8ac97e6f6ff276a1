// Whose a status is, and what is of its business. Pure. Errors: INVALID_ARGUMENT.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/directory.h"
#include "overgang/v1/as_of.pb.h"

namespace overgang::daily_status {

struct Scope {
  bool is_kommune = true;  // Else a hospital.
  std::string id;          // 4 digits, or an organisation number.

  std::string Text() const { return (is_kommune ? "k:" : "h:") + id; }
  // "k:5001", "h:974749025".
  static absl::StatusOr<Scope> Parse(std::string_view text);
};

using IdSet = std::set<std::string, std::less<>>;

// By the regions of the directory.
IdSet HospitalsInRegionOf(std::string_view kommune, const Directory& directory);
IdSet KommunerInRegionOf(std::string_view hospital, const Directory& directory);

// The same with only those sources that are of these hospitals or of the kommune ("": none): the
// others are nobody else's business. Stale where one of them is, or where the views lag.
v1::AsOf AsOfScope(const v1::AsOf& all, const IdSet& hospitals, std::string_view kommune,
                   const Directory& directory);

}  // namespace overgang::daily_status
