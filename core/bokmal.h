// Dates, clock times and lengths of time as Norwegians write them, for text in bokmål. Pure; dates
// and clock times are Oslo's.
#pragma once

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace overgang::bokmal {

// "2. mars 2026".
std::string Date(absl::CivilDay day);
// "2. mars", with the year where it is not that of `near`.
std::string Date(absl::CivilDay day, absl::CivilDay near);
// "mandag 2. mars 2026".
std::string LongDate(absl::CivilDay day);
// From and including `first` to and including `last`: "mandag 2. mars 2026" where they are one,
// else "fra og med mandag 2. mars til og med onsdag 4. mars 2026".
std::string Dates(absl::CivilDay first, absl::CivilDay last);
// "13.05", and in the hour that comes twice in autumn "02.30 (sommertid)" or "02.30 (normaltid)".
std::string Clock(absl::Time time);
// "mandag 2. mars 2026 kl. 13.05".
std::string Moment(absl::Time time);
// Two units at most, cut off below: "3 døgn 4 t", "1 t 20 min", "12 min", "under 1 min".
std::string Length(absl::Duration length);
// "104,5"; one decimal at most, and none where there is none.
std::string Decimal(double value);
// "a", "a og b", "a, b og c".
std::string Joined(const std::vector<std::string>& parts);

}  // namespace overgang::bokmal
