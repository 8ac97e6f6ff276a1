// The rules of escalation: which numbers make which level, of which hospital or region, at what
// time. Values, made by rules_file.h and checked there; immutable once made. Pure; any thread.
//
// A file has versions, each from its date of effect until the next one's. A version has rules, of
// which the first that names the scope and holds at the time is the one in force. A rule has
// thresholds for some levels; a level is reached when k of its n inputs are past their thresholds
// for as long as it takes (dwell_up), and is left, for the next lower one, when fewer than k of
// them are, or may be, short of their exits (dwell_down).
//
// Units: as Unit() of the input says; durations in microseconds, instants since 1970 UTC.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "core/embedded.h"
#include "overgang/v1/escalation.pb.h"

namespace overgang::escalation {

enum class Input : unsigned char {
  kUkp,                 // Utskrivningsklare patients in hospital.
  kUkpOver24h,          // Of these, those who have waited for more than 24 hours.
  kUkpShareOfBeds,      // Utskrivningsklare, per hundred available beds.
  kOccupancy,           // Occupied, per hundred available beds.
  kCorridor,            // Patients in corridors.
  kWaitingOver1h,       // In the emergency department.
  kLongestWaitMinutes,  // In the emergency department.
  kFreeKommunePlaces,   // In units of the region's kommuner, each unit once. Few are bad.
};
inline constexpr size_t kInputs = 8;

struct InputSpec {
  Input input;
  std::string_view name;
  bool few_are_bad = false;    // The level rises when the number falls.
  int64_t stale_after_us = 0;  // Where the rules do not say.
};
const std::array<InputSpec, kInputs>& AllInputs();
const InputSpec& Spec(Input input);
const InputSpec* InputByName(std::string_view name);  // Null: none.

// The levels in their order. "rød" may be written "rod", and "grønn" "gronn".
using Level = v1::EscalationLevel;
inline constexpr Level kLowest = v1::ESCALATION_LEVEL_HVIT;
inline constexpr size_t kLevels = 5;  // With the unspecified one, so that a level is an index.
std::optional<Level> LevelByName(std::string_view name);
std::string_view NameOf(Level level);  // "hvit".

struct Threshold {
  Input input = Input::kUkp;
  double enter = 0;  // At it and beyond, the input speaks for the level;
  double exit = 0;   // beyond it, it goes on doing so once the level is reached.
  bool Enters(double value) const;
  bool Stays(double value) const;
};

struct LevelRule {
  Level level = kLowest;
  int at_least = 1;  // k of the thresholds.
  int64_t dwell_up_us = 0;
  int64_t dwell_down_us = 0;
  std::vector<Threshold> thresholds;
};

// When in Oslo a rule holds; all of it empty: always.
struct Hours {
  bool always() const { return !minutes.has_value() && weekdays == 0 && dates.empty(); }
  std::optional<std::pair<int, int>> minutes;  // Of the day: from, to; over midnight where to is
                                               // not after from, and then of the day it began on.
  unsigned weekdays = 0;                       // Bits: 1 << absl::Weekday; 0: all.
  std::vector<std::pair<absl::CivilDay, absl::CivilDay>> dates;  // First and last.
  bool Hold(int64_t at_us) const;
};

struct Rule {
  std::vector<std::string> scopes;  // "h:974749025", "r:Nord"; empty: all.
  Hours hours;
  std::vector<LevelRule> levels;  // Lowest first, none of them kLowest.

  const LevelRule* Find(Level level) const;
  // The next lower level that the rule has; kLowest below its lowest.
  Level Below(Level level) const;
};

struct Version {
  std::string name;
  std::optional<absl::CivilDay> valid_from;  // Nothing: always; of the first version only.
  std::string digest;                        // Of all that it says.
  std::array<int64_t, kInputs> stale_after_us{};
  std::vector<Rule> rules;
  int64_t ValidFromUs() const;  // kLongAgoUs where there is no date.
};
inline constexpr int64_t kLongAgoUs = 0;

// What holds for a scope at a time.
struct RuleAt {
  const Version* version = nullptr;
  const Rule* rule = nullptr;  // Null: the scope has no rules then.
};

class Rules {
 public:
  Rules() = default;
  explicit Rules(std::vector<Version> versions) : versions_(std::move(versions)) {}

  const std::vector<Version>& versions() const { return versions_; }  // By date of effect.
  // The one that holds at the time; before the first one's date, the first.
  const Version& VersionAt(int64_t at_us) const;
  RuleAt At(std::string_view scope, int64_t at_us) const;
  // The next time after this at which another rule may hold.
  int64_t NextChangeUs(int64_t at_us) const;

 private:
  std::vector<Version> versions_;  // Never empty once read.
};

// For practice as docs/escalation.md has it; as a file that can be taken over and changed.
std::string_view DefaultRulesText();
std::span<const EmbeddedFile> BuiltInRules();  // That one.

// The rules of now; SIGHUP swaps them.
class RulesHolder {
 public:
  explicit RulesHolder(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> Get() const {
    std::lock_guard lock(mutex_);
    return rules_;
  }
  void Set(std::shared_ptr<const Rules> rules) {
    std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace overgang::escalation
