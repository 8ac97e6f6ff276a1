#include "consumers/escalation/machine.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/consumers/machine_fixture.h"

namespace overgang::escalation {
namespace {

TEST(Machine, TheFirstLevelIsTheOneThatThingsAreAt) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(22));
  EXPECT_EQ(scope.Changes(), (Told{{kGul, 0}}));
  EXPECT_EQ(scope.changes[0].from, v1::ESCALATION_LEVEL_UNSPECIFIED);
}

// What it says of where the rules lead is what then comes.
// The same of rules that want two of three inputs, of which some are unknown.
TEST(Machine, NothingIsDecidedBeforeAnythingIsMeasured) {
  Scope scope(ByUkp());
  scope.Look(At(0), Measurement());
  scope.Look(At(5), Ukp(40, v1::LEVEL_INPUT_STATE_UNKNOWN));
  EXPECT_TRUE(scope.changes.empty());
}

TEST(Machine, UpAtOnceToAnyLevelAfterItsDwell) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(0));
  scope.Look(At(5), Ukp(35));
  scope.Look(At(14), Ukp(35));
  EXPECT_EQ(scope.changes.size(), 1U);
  scope.Look(At(15), Ukp(35));
  EXPECT_EQ(scope.Changes(), (Told{{kHvit, 0}, {kRod, 15}}));
}

TEST(Machine, ARiseGoesToTheLevelThatHasBeenReachedForLongEnough) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(0));
  scope.Look(At(5), Ukp(22));
  scope.Look(At(10), Ukp(32));
  scope.Look(At(30), Ukp(32));
  EXPECT_EQ(scope.Changes(), (Told{{kHvit, 0}, {kGul, 15}, {kRod, 20}}));
}

TEST(Machine, DownOneLevelAtATimeEachAfterItsDwell) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(35));
  scope.Look(At(10), Ukp(0));
  scope.Look(At(1000), Ukp(0));
  EXPECT_EQ(scope.Changes(), (Told{{kRod, 0}, {kGul, 70}, {kGronn, 130}, {kHvit, 190}}));
}

TEST(Machine, BetweenExitAndEnterTheLevelStays) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(30));
  scope.Look(At(10), Ukp(26));
  scope.Look(At(5000), Ukp(26));
  EXPECT_EQ(scope.Changes(), (Told{{kRod, 0}}));
}

TEST(Machine, FlappingAroundThresholdsEveryMinuteForADayChangesNothing) {
  // Around enter from below: never reached for ten minutes. Around exit from above: never let go of
  // for an hour. Across both: neither.
  struct Case {
    double begin, low, high;
    Level level;
  };
  for (const Case& flaps :
       {Case{0, 9, 10, kHvit}, Case{30, 25, 26, kRod}, Case{22, 14, 31, kGul}}) {
    Scope scope(ByUkp());
    scope.Look(At(0), Ukp(flaps.begin));
    for (int minute = 1; minute <= 24 * 60; ++minute)
      scope.Look(At(minute), Ukp(minute % 2 == 0 ? flaps.low : flaps.high));
    EXPECT_EQ(scope.Changes(), (Told{{flaps.level, 0}})) << flaps.begin;
  }
}

TEST(Machine, WithoutDwellTheGapBetweenEnterAndExitStillHolds) {
  Scope scope(ByUkp(0, 0));
  scope.Look(At(0), Ukp(0));
  for (int minute = 1; minute <= 24 * 60; ++minute)
    scope.Look(At(minute), Ukp(minute % 2 == 0 ? 19 : 20));
  EXPECT_EQ(scope.Changes(), (Told{{kHvit, 0}, {kGul, 1}}));
}

TEST(Machine, ASourceThatGoesSilentInTheMiddleOfRodHoldsTheLevelUntilItIsBack) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(35));
  scope.Look(At(60), Ukp(35, v1::LEVEL_INPUT_STATE_UNKNOWN));
  scope.Look(At(5000), Ukp(35, v1::LEVEL_INPUT_STATE_UNKNOWN));
  EXPECT_EQ(scope.Changes(), (Told{{kRod, 0}}));
  scope.Look(At(5001), Ukp(0));
  scope.Look(At(5060), Ukp(0));
  EXPECT_EQ(scope.changes.size(), 1U);
  scope.Look(At(5061), Ukp(0));
  EXPECT_EQ(scope.Changes(), (Told{{kRod, 0}, {kGul, 5061}}));
}

TEST(Machine, WhatIsUnknownSpeaksForNoHigherLevel) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(12));
  scope.Look(At(10), Ukp(50, v1::LEVEL_INPUT_STATE_UNKNOWN));
  scope.Look(At(1000), Ukp(50, v1::LEVEL_INPUT_STATE_UNKNOWN));
  EXPECT_EQ(scope.Changes(), (Told{{kGronn, 0}}));
}

TEST(Machine, KOfNInputsMakeALevelAndOneUnknownMayStillHoldIt) {
  Rule rule;
  LevelRule level = LevelWith(kRod, 30, 25, 0, 0);
  level.at_least = 2;
  level.thresholds.push_back({Input::kOccupancy, 100, 95});
  level.thresholds.push_back({Input::kFreeKommunePlaces, 0, 3});
  rule.levels = {level};
  Scope scope(rule);
  const auto all = [](double ukp, double occupancy, double places) {
    Measurement measurement = Ukp(ukp);
    measurement[static_cast<size_t>(Input::kOccupancy)] = {v1::LEVEL_INPUT_STATE_MEASURED,
                                                           occupancy, kStartUs};
    measurement[static_cast<size_t>(Input::kFreeKommunePlaces)] = {v1::LEVEL_INPUT_STATE_MEASURED,
                                                                   places, kStartUs};
    return measurement;
  };
  scope.Look(At(0), all(35, 90, 10));
  EXPECT_EQ(scope.now.level, kHvit);
  scope.Look(At(1), all(35, 90, 0));
  EXPECT_EQ(scope.now.level, kRod);
  scope.Look(At(2), all(26, 90, 2));  // Both short of their exits.
  EXPECT_EQ(scope.now.level, kRod);
  Measurement silent = all(26, 90, 9);
  silent[static_cast<size_t>(Input::kOccupancy)].state = v1::LEVEL_INPUT_STATE_UNKNOWN;
  scope.Look(At(3), silent);
  EXPECT_EQ(scope.now.level, kRod);
  // What nobody ever reported holds nothing.
  silent[static_cast<size_t>(Input::kOccupancy)] = Measured();
  scope.Look(At(4), silent);
  EXPECT_EQ(scope.now.level, kHvit);
}

TEST(Machine, AnOverrideHoldsAgainstTheRulesUntilItExpires) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(35));
  scope.now = {kGronn, At(5), At(5), At(100)};  // A person said so.
  scope.Look(At(6), Ukp(35));
  scope.Look(At(99), Ukp(35));
  EXPECT_EQ(scope.changes.size(), 1U);
  scope.Look(At(101), Ukp(35));
  ASSERT_EQ(scope.Changes(), (Told{{kRod, 0}, {kRod, 100}}));
  EXPECT_EQ(scope.changes[1].cause, v1::LEVEL_CAUSE_OVERRIDE_EXPIRED);
}

TEST(Machine, AfterAnOverrideUpwardsTheLevelFallsOneAtATime) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(0));
  scope.now = {kRod, At(5), At(5), At(100)};
  scope.Look(At(300), Ukp(0));
  EXPECT_EQ(scope.Changes(),
            (Told{{kHvit, 0}, {kRod, 100}, {kGul, 100}, {kGronn, 160}, {kHvit, 220}}));
  EXPECT_EQ(scope.changes[1].from, kRod);
}

TEST(Machine, AnOverrideExpiresAlsoWhereNoRuleHolds) {
  Machine machine;
  machine.Observe(nullptr, Ukp(0), At(0));
  const auto ended = machine.Due({kRod, At(0), At(0), At(10)}, At(10));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->cause, v1::LEVEL_CAUSE_OVERRIDE_EXPIRED);
  EXPECT_FALSE(machine.Due({kRod, At(0), At(10), 0}, At(1000)).has_value());
}

TEST(Machine, ARuleThatComesIntoForceMakesNothingDueBeforeItDid) {
  const Rule slow = ByUkp(120, 600);
  const Rule quick = ByUkp(10, 30);
  Machine machine;
  const LevelNow low = {kHvit, At(0), At(0), 0};
  machine.Observe(&slow, Ukp(0), At(0));
  machine.Observe(&slow, Ukp(22), At(10));
  machine.Observe(&quick, Ukp(22), At(60));
  auto change = machine.Due(low, At(61));
  ASSERT_TRUE(change.has_value()) << "it has been passed for long enough";
  EXPECT_EQ(change->to, kGul);
  EXPECT_EQ(change->at_us, At(60)) << "ten minutes are the rule of now, from now on";
  const LevelNow high = {kGul, At(60), At(60), 0};
  machine.Observe(&slow, Ukp(0), At(70));
  machine.Observe(&quick, Ukp(0), At(300));
  change = machine.Due(high, At(300));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->to, kGronn);
  EXPECT_EQ(change->at_us, At(300));
}

TEST(Machine, ForgettingBeginsTheDwellAnew) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(0));
  scope.Look(At(5), Ukp(35));
  scope.machine().Forget();
  scope.Look(At(20), Ukp(35));
  EXPECT_EQ(scope.changes.size(), 1U);
  scope.Look(At(30), Ukp(35));
  EXPECT_EQ(scope.Changes(), (Told{{kHvit, 0}, {kRod, 30}}));
}

TEST(Machine, NextDueIsWhenTheChangeComesDue) {
  Scope scope(ByUkp());
  scope.Look(At(0), Ukp(0));
  EXPECT_EQ(scope.machine().NextDueUs(scope.now), kNotUs);
  scope.Look(At(5), Ukp(22));
  EXPECT_EQ(scope.machine().NextDueUs(scope.now), At(15));
}

// Looking more often, or less, between measurements changes nothing: neither what is decided nor
// when it is said to have been due.
TEST(Machine, TheChangesAreTheSameHoweverOftenItIsLookedAt) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::pair<int64_t, Measurement>> measured;
    int64_t at_us = At(0);
    for (int i = 0; i < 60; ++i) {
      const bool silent = below(8) == 0;
      measured.emplace_back(at_us, Ukp(below(40), silent ? v1::LEVEL_INPUT_STATE_UNKNOWN
                                                         : v1::LEVEL_INPUT_STATE_MEASURED));
      at_us += (1 + below(45)) * kMinuteUs;
    }
    const Rule rule = ByUkp(below(20), below(90));
    Scope rarely(rule);
    Scope often(rule);
    for (size_t i = 0; i < measured.size(); ++i) {
      rarely.Look(measured[i].first, measured[i].second);
      often.Look(measured[i].first, measured[i].second);
      const int64_t until_us = i + 1 < measured.size() ? measured[i + 1].first : at_us;
      for (int64_t look_us = measured[i].first + 1; look_us < until_us;
           look_us += 1 + below(7 * static_cast<int>(kMinuteUs)))
        often.Look(look_us, measured[i].second);
    }
    rarely.Take(at_us);
    often.Take(at_us);
    ASSERT_EQ(rarely.Changes(), often.Changes()) << round;
    for (size_t i = 0; i < rarely.changes.size(); ++i) {
      ASSERT_EQ(rarely.changes[i].at_us, often.changes[i].at_us);
      // Never more than one level down at a time.
      if (rarely.changes[i].to < rarely.changes[i].from) {
        ASSERT_EQ(rarely.changes[i].to, rarely.changes[i].from - 1);
      }
    }
  }
}

}  // namespace
}  // namespace overgang::escalation
