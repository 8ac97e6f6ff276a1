#include "consumers/escalation/rules_file.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

constexpr char kScope[] = "h:974749025";

constexpr char kGood[] = R"(
[[version]]
name = "a"
[[version.rule]]
[[version.rule.level]]
level = "gul"
dwell_up = "15m"
dwell_down = "2h"
inputs = [
  {input = "ukp", enter = 20, exit = 15},
  {input = "free_kommune_places", enter = 3, exit = 6},
]
[[version.rule.level]]
level = "rød"
at_least = 2
inputs = [
  {input = "ukp", enter = 30, exit = 20},
  {input = "free_kommune_places", enter = 0, exit = 4},
]
)";

absl::StatusOr<std::shared_ptr<const Rules>> Read(const std::string& text,
                                                  const InForce* in_force = nullptr) {
  return ReadRules(text, "rules.toml", *Directory::BuiltIn(), in_force);
}

int64_t AtCivil(const absl::CivilSecond& local) { return absl::ToUnixMicros(FromOslo(local).time); }
struct Local {
  int year, month, day, hour, minute, second;
};
int64_t At(const Local& at) {
  return AtCivil(absl::CivilSecond(at.year, at.month, at.day, at.hour, at.minute, at.second));
}

TEST(RulesFile, TheBuiltInRulesHaveNoMistakesAndHoldForEverybody) {
  const auto rules = Read(std::string(DefaultRulesText()));
  ASSERT_TRUE(rules.ok()) << rules.status();
  const RuleAt at = (*rules)->At(kScope, At({2026, 3, 2, 8, 0, 0}));
  ASSERT_NE(at.rule, nullptr);
  EXPECT_EQ(at.version->name, "standard-1");
  EXPECT_NE(at.rule->Find(v1::ESCALATION_LEVEL_ROD), nullptr);
  EXPECT_EQ(at.rule->Find(v1::ESCALATION_LEVEL_ROD)->at_least, 2);
}

TEST(RulesFile, EveryFieldIsRead) {
  const auto rules = Read(kGood);
  ASSERT_TRUE(rules.ok()) << rules.status();
  const Rule& rule = *(*rules)->At(kScope, 1).rule;
  ASSERT_EQ(rule.levels.size(), 2U);
  const LevelRule& yellow = rule.levels[0];
  EXPECT_EQ(yellow.level, v1::ESCALATION_LEVEL_GUL);
  EXPECT_EQ(yellow.dwell_up_us, int64_t{15} * 60'000'000);
  EXPECT_EQ(yellow.dwell_down_us, int64_t{2} * 3'600'000'000);
  EXPECT_TRUE(yellow.thresholds[0].Enters(20));
  EXPECT_FALSE(yellow.thresholds[0].Enters(19.9));
  EXPECT_TRUE(yellow.thresholds[0].Stays(15.1));
  EXPECT_FALSE(yellow.thresholds[0].Stays(15));
  // Few places are bad.
  EXPECT_TRUE(yellow.thresholds[1].Enters(3));
  EXPECT_FALSE(yellow.thresholds[1].Enters(4));
  EXPECT_TRUE(yellow.thresholds[1].Stays(5));
  EXPECT_FALSE(yellow.thresholds[1].Stays(6));
  EXPECT_EQ(rule.levels[1].at_least, 2);
  EXPECT_EQ(rule.Below(v1::ESCALATION_LEVEL_GUL), kLowest);
}

struct Bad {
  const char* what;
  const char* from;  // In kGood,
  const char* to;    // becomes this.
  const char* told;
};

const Bad kBad[] = {
    {"not TOML", "name = \"a\"", "name = ", "rules.toml:3: not TOML"},
    {"exit above enter", "enter = 20, exit = 15", "enter = 20, exit = 25",
     "rules.toml:10: ukp of gul: exit 25 is above its enter 20"},
    {"exit below enter of what is bad when low", "enter = 3, exit = 6", "enter = 3, exit = 2",
     "rules.toml:11: free_kommune_places of gul: exit 2 is below its enter 3"},
    {"thresholds that overlap", "enter = 30, exit = 20", "enter = 18, exit = 16",
     "rules.toml:17: ukp of rød: enter 18 overlaps with gul's 20"},
    {"equal thresholds", "enter = 30, exit = 20", "enter = 20, exit = 16",
     "overlaps with gul's 20"},
    {"exits that overlap", "enter = 30, exit = 20", "enter = 30, exit = 10",
     "rules.toml:17: ukp of rød: exit 10 overlaps with gul's 15"},
    {"low thresholds that overlap", "enter = 0, exit = 4", "enter = 5, exit = 6",
     "rules.toml:18: free_kommune_places of rød: enter 5 overlaps with gul's 3"},
    {"an unknown input", "input = \"ukp\", enter = 20", "input = \"upk\", enter = 20",
     "rules.toml:10: inputs.input: \"upk\" is no input; did you mean ukp?"},
    {"an unknown hospital", "[[version.rule]]", "[[version.rule]]\nhospitals = [\"974754118\"]",
     "rules.toml:5: rule.hospitals: 974754118 is no hospital of the directory"},
    {"an unknown region", "[[version.rule]]", "[[version.rule]]\nregions = [\"Nord\"]",
     "rule.regions: Nord is no region of the directory; did you mean Helsefellesskapet"},
    {"an unknown key", "dwell_up", "dwel_up", "level.dwel_up: unknown key; did you mean dwell_up?"},
    {"an unknown level", "level = \"gul\"", "level = \"lilla\"",
     "rules.toml:6: level.level: must be"},
    {"the lowest level", "level = \"gul\"", "level = \"hvit\"",
     "hvit is where no threshold is passed"},
    {"a level twice", "level = \"rød\"", "level = \"gul\"", "gul is there twice in one rule"},
    {"more than there are", "at_least = 2", "at_least = 3", "3 of 2 inputs can never be"},
    {"none at all", "at_least = 2", "at_least = 0",
     "level.at_least: must be a whole number from 1"},
    {"no length of time", "\"15m\"", "\"15\"", "level.dwell_up: must be a length of time"},
    {"a length too long", "\"15m\"", "\"30d\"",
     "level.dwell_up: must be a length of time of at most 7"},
    {"a length beyond counting", "\"15m\"", "\"150000000d\"",
     "level.dwell_up: must be a length of time of at most 7"},
    {"a length that is negative", "\"15m\"", "\"-15m\"",
     "level.dwell_up: must be a length of time of at most 7"},
    {"a threshold that is no number", "enter = 20", "enter = \"20\"",
     "inputs.enter: must be a number"},
    {"a negative threshold", "enter = 20", "enter = -1", "inputs.enter: must be from 0"},
    {"infinity", "enter = 20", "enter = inf", "inputs.enter: must be from 0"},
    {"a threshold without an exit", "enter = 20, exit = 15", "enter = 20", "inputs.exit: missing"},
    {"no name", "name = \"a\"", "", "version.name: missing"},
    {"no such date", "name = \"a\"", "name = \"a\"\nvalid_from = \"2026-02-30\"",
     "rules.toml:4: version.valid_from: must be a date"},
    {"no times of day", "[[version.rule]]", "[[version.rule]]\nhours = \"7-15\"",
     "rules.toml:5: rule.hours: must be two times of day"},
    {"hours that are none", "[[version.rule]]", "[[version.rule]]\nhours = \"07:00-07:00\"",
     "rule.hours: begins where it ends"},
    {"hours only", "[[version.rule]]", "[[version.rule]]\nhours = \"07:00-15:00\"",
     "no rule holds outside these hours"},
    {"no weekday", "[[version.rule]]", "[[version.rule]]\nweekdays = [\"monday\"]",
     "rule.weekdays: monday is no weekday"},
    {"a period that ends before it begins", "[[version.rule]]",
     "[[version.rule]]\ndates = [\"2026-12-31/2026-12-01\"]", "ends before it begins"},
    {"a staleness of an unknown input", "name = \"a\"",
     "name = \"a\"\nstale_after = {ukpp = \"1h\"}",
     "stale_after.ukpp: unknown key; did you mean ukp?"},
    {"a staleness of nothing", "name = \"a\"", "name = \"a\"\nstale_after = {ukp = \"0m\"}",
     "must be longer than nothing"},
};

TEST(RulesFile, EveryMistakeIsToldWithItsLineAndTheRemedy) {
  for (const Bad& bad : kBad) {
    const std::string text = absl::StrReplaceAll(kGood, {{bad.from, bad.to}});
    ASSERT_NE(text, kGood) << bad.what;
    const auto rules = Read(text);
    ASSERT_EQ(rules.status().code(), absl::StatusCode::kInvalidArgument) << bad.what;
    EXPECT_NE(std::string(rules.status().message()).find(bad.told), std::string::npos)
        << bad.what << ": " << rules.status().message();
  }
}

TEST(RulesFile, AllMistakesAreToldAtOnceInTheOrderOfTheirLines) {
  const auto rules =
      Read(absl::StrReplaceAll(kGood, {{"enter = 20, exit = 15", "enter = 20, exit = 25"},
                                       {"name = \"a\"", "nam = \"a\""}}));
  const std::string told(rules.status().message());
  const size_t first = told.find("rules.toml:2: version.name: missing");
  const size_t second = told.find("rules.toml:3: version.nam: unknown key");
  const size_t third = told.find("rules.toml:10: ukp of gul");
  ASSERT_NE(third, std::string::npos) << told;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(RulesFile, VersionsHoldFromTheirDatesAndMustBeInTheirOrder) {
  const std::string second = absl::StrReplaceAll(
      kGood,
      {{"name = \"a\"", "name = \"b\"\nvalid_from = 2026-06-01"}, {"enter = 20", "enter = 25"}});
  const auto rules = Read(kGood + second);
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ((*rules)->VersionAt(At({2026, 5, 31, 23, 59, 59})).name, "a");
  EXPECT_EQ((*rules)->VersionAt(At({2026, 6, 1, 0, 0, 0})).name, "b");
  EXPECT_EQ((*rules)->NextChangeUs(At({2026, 5, 1, 0, 0, 0})), At({2026, 6, 1, 0, 0, 0}));
  const auto turned = Read(second + kGood);
  EXPECT_NE(
      std::string(turned.status().message()).find("only the first version may hold from ever"),
      std::string::npos);
  const std::string third = absl::StrReplaceAll(second, {{"2026-06-01", "2026-05-01"}});
  EXPECT_NE(std::string(Read(second + third).status().message()).find("is there twice"),
            std::string::npos);
  EXPECT_NE(std::string(Read(second + third).status().message()).find("order of their dates"),
            std::string::npos);
}

TEST(RulesFile, ADateOfEffectThatHasPassedIsAMistakeUnlessTheVersionWasInForce) {
  const std::string text =
      absl::StrReplaceAll(kGood, {{"name = \"a\"", "name = \"a\"\nvalid_from = 2026-03-01"}});
  const auto now = absl::FromCivil(absl::CivilSecond(2026, 3, 2, 0, 30, 0), Oslo());
  InForce in_force = {now, {}};
  const auto refused = Read(text, &in_force);
  EXPECT_NE(
      std::string(refused.status().message()).find("rules.toml:4: version.valid_from: has passed"),
      std::string::npos)
      << refused.status();
  in_force.now = now - absl::Hours(1);  // Still the first of March.
  EXPECT_TRUE(Read(text, &in_force).ok());
  in_force.now = now;
  in_force.digests["a"] = (*Read(text))->versions()[0].digest;
  EXPECT_TRUE(Read(text, &in_force).ok());
  const auto changed = Read(absl::StrReplaceAll(text, {{"enter = 20", "enter = 21"}}), &in_force);
  EXPECT_NE(std::string(changed.status().message()).find("was in force and said something else"),
            std::string::npos)
      << changed.status();
}

// As in a file that is older than the hub: what an old version said is left as it was.
TEST(RulesFile, AVersionThatWasFollowedByAnotherMayHavePassedWithoutEverBeingInForce) {
  const std::string old =
      absl::StrReplaceAll(kGood, {{"name = \"a\"", "name = \"a\"\nvalid_from = 2026-01-01"}});
  const auto version = [](const char* name, const char* date) {
    return absl::StrReplaceAll(
        kGood, {{"name = \"a\"", absl::StrCat("name = \"", name, "\"\nvalid_from = ", date)}});
  };
  const std::string text = old + version("b", "2026-03-01");
  InForce in_force = {absl::FromCivil(absl::CivilSecond(2026, 3, 5, 12, 0, 0), Oslo()), {}};
  in_force.digests["b"] = (*Read(text))->versions()[1].digest;
  const auto rules = Read(text, &in_force);
  EXPECT_TRUE(rules.ok()) << rules.status();
  const auto late = Read(text + version("c", "2026-03-04"), &in_force);
  EXPECT_NE(std::string(late.status().message()).find("has passed, and c was not in force"),
            std::string::npos)
      << late.status();
  EXPECT_TRUE(Read(old + version("d", "2026-03-05"), &in_force).ok()) << "followed today";
  const auto to_come = Read(old + version("b", "2026-03-06"), &in_force);
  EXPECT_NE(std::string(to_come.status().message()).find("has passed, and a was not in force"),
            std::string::npos)
      << "nothing has followed it yet: " << to_come.status();
}

// Two rules of one version: by night, and always.
std::shared_ptr<const Rules> WithNight(const std::string& hours) {
  const std::string body = std::string(kGood).substr(std::string(kGood).find("[[version.rule]]"));
  auto rules = Read(absl::StrCat(
      "[[version]]\nname = \"a\"\n",
      absl::StrReplaceAll(
          body, {{"[[version.rule]]\n[", absl::StrCat("[[version.rule]]\n", hours, "\n[")}}),
      body));
  EXPECT_TRUE(rules.ok()) << rules.status();
  return *std::move(rules);
}

TEST(RulesFile, ARuleHoldsAtItsHoursAlsoInTheNightsOfClockChange) {
  const auto rules = WithNight("hours = \"22:00-07:00\"");
  const Rule* night = &rules->versions()[0].rules[0];
  const auto is_night = [&](int64_t at_us) { return rules->At(kScope, at_us).rule == night; };
  EXPECT_FALSE(is_night(At({2026, 3, 28, 21, 59, 59})));
  EXPECT_TRUE(is_night(At({2026, 3, 28, 22, 0, 0})));
  // Spring: the night has 8 hours. Autumn: 10, of which each minute is night.
  for (const auto& [evening, hours] : {std::pair{absl::CivilSecond(2026, 3, 28, 22, 0, 0), 8},
                                       {absl::CivilSecond(2026, 10, 24, 22, 0, 0), 10}}) {
    const int64_t begin_us = AtCivil(evening);
    int minutes = 0;
    for (int minute = 0; minute < 24 * 60; ++minute)
      minutes += is_night(begin_us + minute * int64_t{60'000'000}) ? 1 : 0;
    // The 24 hours from the evening on end before or after the next one's 22:00.
    EXPECT_EQ(minutes, hours == 8 ? 8 * 60 + 60 : 10 * 60);
    EXPECT_EQ(rules->NextChangeUs(begin_us),
              AtCivil(absl::CivilSecond(absl::CivilDay(evening) + 1)));
    EXPECT_EQ(rules->NextChangeUs(AtCivil(absl::CivilSecond(absl::CivilDay(evening) + 1)) + 1),
              begin_us + hours * int64_t{3'600'000'000})
        << hours;
  }
}

TEST(RulesFile, TheNightBelongsToTheDayThatItBeganOn) {
  const auto rules = WithNight("hours = \"22:00-07:00\"\nweekdays = [\"fredag\"]");
  const Rule* night = &rules->versions()[0].rules[0];
  const auto is_night = [&](const Local& local) {
    return rules->At(kScope, At(local)).rule == night;
  };
  EXPECT_FALSE(is_night({2026, 3, 6, 6, 0, 0}));  // A Friday morning is Thursday's night.
  EXPECT_TRUE(is_night({2026, 3, 6, 23, 0, 0}));
  EXPECT_TRUE(is_night({2026, 3, 7, 6, 59, 59}));
  EXPECT_FALSE(is_night({2026, 3, 7, 7, 0, 0}));
  EXPECT_FALSE(is_night({2026, 3, 7, 23, 0, 0}));
}

TEST(RulesFile, TheFirstRuleThatNamesTheScopeAndHoldsIsInForce) {
  const auto rules = WithNight("hospitals = [\"974749025\"]\ndates = [\"2026-12-20/2027-01-03\"]");
  const auto& all = rules->versions()[0].rules;
  EXPECT_EQ(rules->At(kScope, At({2026, 12, 20, 0, 0, 0})).rule, &all[0]);
  EXPECT_EQ(rules->At(kScope, At({2027, 1, 3, 23, 59, 0})).rule, &all[0]);
  EXPECT_EQ(rules->At(kScope, At({2027, 1, 4, 0, 0, 0})).rule, &all[1]);
  EXPECT_EQ(rules->At("r:Nord", At({2026, 12, 24, 0, 0, 0})).rule, &all[1]);
}

TEST(RulesFile, ARuleBehindOneThatAlwaysHoldsIsAMistake) {
  const std::string body = std::string(kGood).substr(std::string(kGood).find("[[version.rule]]"));
  const auto rules = Read(absl::StrCat(kGood, body));
  EXPECT_NE(
      std::string(rules.status().message()).find("never holds: the rule of line 4 comes first"),
      std::string::npos)
      << rules.status();
}

}  // namespace
}  // namespace overgang::escalation
