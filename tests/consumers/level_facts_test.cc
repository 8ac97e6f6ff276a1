// What is told of a level: where the rules lead, which inputs speak for it or hold it, and how old
// what they rest on is.
#include "consumers/escalation/level_facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "tests/consumers/machine_fixture.h"

namespace overgang::escalation {
namespace {

TEST(Machine, WhereTheRulesLeadKnowsExitsAndWhatIsUnknown) {
  const Rule rule = ByUkp();
  EXPECT_EQ(SettledLevel(rule, kRod, Ukp(27)), kRod) << "between exit and enter it stays";
  EXPECT_EQ(SettledLevel(rule, kRod, Ukp(25)), kGul) << "let go of, and gul is reached";
  EXPECT_EQ(SettledLevel(rule, kRod, Ukp(17)), kGul) << "let go of, and gul is held";
  EXPECT_EQ(SettledLevel(rule, kRod, Ukp(0)), kHvit);
  EXPECT_EQ(SettledLevel(rule, kRod, Ukp(0, v1::LEVEL_INPUT_STATE_UNKNOWN)), kRod);
  EXPECT_EQ(SettledLevel(rule, kHvit, Ukp(27)), kGul) << "up by what is reached alone";
  EXPECT_EQ(SettledLevel(rule, kHvit, Ukp(40)), kRod);
  EXPECT_EQ(SettledLevel(rule, v1::ESCALATION_LEVEL_UNSPECIFIED, Ukp(0)), kHvit);
}

TEST(Machine, WhereTheRulesLeadIsWhereTheLevelEnds) {
  std::mt19937 random(20260302);
  for (int i = 0; i < 2000; ++i) {
    Scope scope(ByUkp());
    scope.Look(At(0), Ukp(static_cast<double>(random() % 40)));
    const Measurement next =
        Ukp(static_cast<double>(random() % 40),
            random() % 4 == 0 ? v1::LEVEL_INPUT_STATE_UNKNOWN : v1::LEVEL_INPUT_STATE_MEASURED);
    const Level leads_to = SettledLevel(ByUkp(), scope.now.level, next);
    scope.Look(At(1), next);
    scope.Look(At(10'000), next);
    EXPECT_EQ(scope.now.level, leads_to);
  }
}

TEST(Machine, WhereTheRulesLeadIsWhereTheLevelEndsByTwoOfThree) {
  std::mt19937 random(20260303);
  const std::array<Input, 3> inputs = {Input::kUkp, Input::kOccupancy, Input::kFreeKommunePlaces};
  const auto draw = [&] {
    Measurement measurement;
    for (const Input input : inputs) {
      const auto state =
          random() % 5 == 0 ? v1::LEVEL_INPUT_STATE_UNKNOWN : v1::LEVEL_INPUT_STATE_MEASURED;
      measurement[static_cast<size_t>(input)] = {state, static_cast<double>(random() % 12),
                                                 kStartUs};
    }
    return measurement;
  };
  Rule rule;
  for (const Level level : {kGronn, kGul, kRod}) {
    LevelRule& of = rule.levels.emplace_back();
    of.level = level;
    of.at_least = 2;
    const double more = level;
    of.thresholds = {{Input::kUkp, 2 * more, 2 * more - 2},
                     {Input::kOccupancy, 2 * more, 2 * more - 3},
                     {Input::kFreeKommunePlaces, 6 - more, 8 - more}};
  }
  int stayed = 0;
  for (int i = 0; i < 3000; ++i) {
    Scope scope(rule);
    scope.Look(At(0), draw());
    const Measurement next = draw();
    const Level before = scope.now.level;
    const Level leads_to = SettledLevel(rule, before, next);
    scope.Look(At(1), next);
    scope.Look(At(10'000), next);
    EXPECT_EQ(scope.now.level, leads_to);
    if (leads_to == before && ReachedLevel(rule, next) < before) ++stayed;
  }
  EXPECT_GT(stayed, 100) << "held by exits or by what is unknown";
}

TEST(StaysHeard, ByAdtElseByTheNewestWordOfTheHospitalItself) {
  projections::SourcesView sources;
  const auto heard = [&](const std::string& source, const std::string& hospital, int64_t us) {
    (*sources[source].mutable_stays_us())[hospital] = us;
    sources[source].set_last_us(std::max(sources[source].last_us(), us));
  };
  EXPECT_EQ(StaysHeardUs(sources, "a"), 0);
  heard("intake:portal", "a", 3);
  heard("plo:59", "a", 5);
  heard("import:dev", "a", 4);
  heard("plo:59", "b", 9);
  heard("hl7v2:B", "b", 8);
  sources["intake:answers"].set_last_us(20);
  EXPECT_EQ(StaysHeardUs(sources, "a"), 5) << "the newest of all its own";
  EXPECT_EQ(StaysHeardUs(sources, "b"), 8) << "its ADT, though PLO is newer";
  EXPECT_EQ(StaysHeardUs(sources, "c"), 0);
  heard("hl7v2:A", "a", 2);
  EXPECT_EQ(StaysHeardUs(sources, "a"), 2) << "ADT came, and is waited for from then on";
}

TEST(LevelFacts, WhatIsBetweenExitAndEnterHoldsTheLevelAndIsNotPastIt) {
  const Rule rule = ByUkp();
  const auto input = [&](double value, Level level) {
    return InputsOf(rule, Ukp(value), level).front();
  };
  v1::LevelInput told = input(27, kRod);
  EXPECT_TRUE(told.holds());
  EXPECT_FALSE(told.past());
  EXPECT_EQ(told.level(), kRod);
  EXPECT_EQ(told.threshold(), 30);
  EXPECT_EQ(told.exit(), 25);
  told = input(27, kGul);
  EXPECT_TRUE(told.past());
  EXPECT_FALSE(told.holds());
  EXPECT_EQ(told.level(), kGul);
  told = input(17, kHvit);
  EXPECT_TRUE(told.past());
  EXPECT_EQ(told.level(), kGronn);
  told = input(5, kRod);
  EXPECT_FALSE(told.past() || told.holds());
}

TEST(LevelFacts, AChangeRestsOnWhatSpeaksForTheNewLevel) {
  const Rule rule = ByUkp();
  const auto of = [&](Level from, Level to, double value) {
    const Version version;
    LevelScope scope;
    scope.scope = "h:974749025";
    return LevelChangedOf(scope, {from, to, At(0), v1::LEVEL_CAUSE_RULES}, 2,
                          {.rules = {&version, &rule}, .measurement = Ukp(value), .cursor = ""})
        .inputs(0);
  };
  EXPECT_EQ(of(kRod, kGul, 22).level(), kGul);
  EXPECT_TRUE(of(kRod, kGul, 22).past());
  EXPECT_TRUE(of(kRod, kGul, 17).holds());
  // A person set gul though rød would still be held.
  EXPECT_EQ(of(kRod, kGul, 27).level(), kGul);
  EXPECT_TRUE(of(kRod, kGul, 27).past());
}

}  // namespace
}  // namespace overgang::escalation
