// A level and what it rests on in words, in bokmål: for mails, papers and pages that the hub makes
// itself. The page (consumers/board/web/levels.js) calls everything the same. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "overgang/v1/escalation.pb.h"

namespace overgang::bokmal {

struct LevelWords {
  const char* of_level = "";  // "Rødt nivå".
  const char* name = "";      // "rød".
  const char* title = "Ikke vurdert";
  const char* css_class = "ingen";
};
LevelWords WordsOf(v1::EscalationLevel level);

// "Belegg 104 % (grensen for rød er 103 %)"; without values "Belegg er over grensen for rød". Where
// it only holds the level: "Belegg 101 % holder nivået (grensen for rød er 103 %, slipper ved
// 100 %)". Where it is unknown: "Belegg: ukjent, ikke hørt siden 2. mars kl. 06.00 (var 104 %)",
// with the year where it is not that of `near`.
std::string InputText(const v1::LevelInput& input, bool with_values, absl::CivilDay near);

// What a level rests on: the inputs past their thresholds, the highest first, those that hold it,
// and those that are unknown.
std::vector<std::string> ReasonsOf(const v1::LevelChanged& level, bool with_values,
                                   absl::CivilDay near);

// "Satt av kari-nordmann: «Stengt sengepost». Gjelder til 2. mars kl. 15.00. Deretter gir
// reglene grønn hvis tallene ikke endrer seg."; empty where no person decided.
std::string DecidedText(const v1::LevelChanged& level, absl::CivilDay near);

}  // namespace overgang::bokmal
