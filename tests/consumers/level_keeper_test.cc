#include "consumers/escalation/level_keeper.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/consumers/levels_fixture.h"

namespace overgang::testing {
namespace {

constexpr auto kHvit = v1::ESCALATION_LEVEL_HVIT;
constexpr auto kGul = v1::ESCALATION_LEVEL_GUL;
constexpr auto kRod = v1::ESCALATION_LEVEL_ROD;

TEST_F(LevelsTest, WhatIsMeasuredBecomesALevelInTheLogWithItsReasons) {
  const auto hub = NewHub();
  hub->Start();
  EXPECT_TRUE(Eventually([&] { return !hub->views.Current()->levels->rules.empty(); }));
  EXPECT_EQ(hub->Level(), v1::ESCALATION_LEVEL_UNSPECIFIED);
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub, kHvit));
  Ready(2, 3);
  ASSERT_TRUE(Reaches(*hub, kRod));
  const v1::LevelChanged& change = hub->State()->newest;
  EXPECT_EQ(change.rules_version(), "rask");
  EXPECT_EQ(change.cause(), v1::LEVEL_CAUSE_RULES);
  ASSERT_EQ(change.inputs_size(), 1);
  EXPECT_EQ(change.inputs(0).name(), "ukp");
  EXPECT_EQ(change.inputs(0).value(), 4);
  EXPECT_EQ(change.inputs(0).threshold(), 4);
  EXPECT_EQ(change.inputs(0).exit(), 3);
  EXPECT_TRUE(change.inputs(0).past());
  EXPECT_FALSE(change.decision().cursor().empty());
  ExpectRebuild(*hub);
}

TEST_F(LevelsTest, ASourceThatGoesSilentInTheMiddleOfRodHoldsItAndIsShown) {
  const auto hub = NewHub();
  hub->Start();
  Ready(1, 4);
  ASSERT_TRUE(Reaches(*hub, kRod));
  clock_.Advance(absl::Hours(5));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(hub->Level(), kRod);
  v1::HospitalLevel told = hub->Told();
  EXPECT_TRUE(told.uncertain());
  EXPECT_EQ(told.inputs(0).state(), v1::LEVEL_INPUT_STATE_UNKNOWN);
  EXPECT_EQ(told.inputs(0).value(), 4);
  // It is back, with what it did not say: the hour begins only now.
  Leave(1, 4);
  ASSERT_TRUE(Eventually([&] { return !hub->Told().uncertain(); }));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(hub->Level(), kRod);
  // Its stays are heard of all the time from now on.
  int heard = 0;
  for (const auto level : {kGul, kHvit}) {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Minutes(20));
      const std::string id = "x" + std::to_string(++heard);
      Append({Admitted(id, 90 + heard, id, 0)});
      absl::SleepFor(kAWhile);
    }
    clock_.Advance(absl::Minutes(1));
    ASSERT_TRUE(Reaches(*hub, level));
  }
  ExpectRebuild(*hub);
}

TEST_F(LevelsTest, ARestartAndASecondHubDecideNothingTwice) {
  auto hub = NewHub();
  hub->Start();
  Ready(1, 4);
  ASSERT_TRUE(Reaches(*hub, kRod));
  ASSERT_TRUE(Eventually([&] { return hub->views.Current()->levels->levels.size() == 2; }));
  constexpr TopicPartition kWhere{Topic::kEscalation, 0};
  const int64_t before = log_.Ends()->next[kWhere.Index()];
  hub.reset();
  const auto again = NewHub();
  again->Start();
  const auto second = NewHub();
  second->leadership.is_doer = false;
  second->Start();
  absl::SleepFor(2 * kAWhile);
  EXPECT_EQ(again->Level(), kRod);
  EXPECT_EQ(second->Level(), kRod);
  EXPECT_EQ(log_.Ends()->next[kWhere.Index()], before);
}

TEST_F(LevelsTest, TheHubThatTakesOverKnowsForHowLongAThresholdHasBeenPassed) {
  const auto first = NewHub();
  const auto second = NewHub();
  second->leadership.is_doer = false;
  for (const auto& hub : {first.get(), second.get()}) hub->Start();
  Ready(1, 4);
  ASSERT_TRUE(Reaches(*second, kRod));
  Leave(1, 4);
  ASSERT_TRUE(Eventually([&] { return second->Told().by_rules() == kHvit; }));
  absl::SleepFor(kAWhile);  // Both have seen it.
  first->leadership.is_doer = false;
  second->leadership.is_doer = true;
  clock_.Advance(absl::Minutes(59));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(second->Level(), kRod);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Reaches(*second, kGul));
}

TEST_F(LevelsTest, OfTwoThatBothTakeThemselvesForTheDoerEachRevisionCountsOnce) {
  const auto first = NewHub();
  const auto second = NewHub();
  for (const auto& hub : {first.get(), second.get()}) hub->Start();
  Ready(1, 4);
  for (const auto& hub : {first.get(), second.get()}) ASSERT_TRUE(Reaches(*hub, kRod));
  Leave(1, 4);
  ASSERT_TRUE(Eventually(
      [&] { return first->Told().by_rules() == kHvit && second->Told().by_rules() == kHvit; }));
  absl::SleepFor(kAWhile);
  clock_.Advance(absl::Minutes(61));
  for (const auto& hub : {first.get(), second.get()}) ASSERT_TRUE(Reaches(*hub, kGul));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(first->State()->event_id, second->State()->event_id);
  std::set<int> revisions;
  for (const v1::LevelChanged& change : InLog()) revisions.insert(change.decision().revision());
  EXPECT_EQ(static_cast<int>(revisions.size()), first->State()->revision());
  ExpectRebuild(*first);
  ExpectRebuild(*second);
}

TEST_F(LevelsTest, NewRulesComeIntoForceOnceAndAreInTheLog) {
  const auto hub = NewHub();
  hub->Start();
  Ready(1, 3);
  ASSERT_TRUE(Reaches(*hub, kGul));
  std::string text = kQuickRules;
  text.replace(text.find("rask"), 4, "raskere");
  text.replace(text.find("enter = 4, exit = 3"), 19, "enter = 3, exit = 2");
  hub->rules.Set(RulesOf(text));
  ASSERT_TRUE(Reaches(*hub, kRod));
  EXPECT_EQ(hub->State()->newest.rules_version(), "raskere");
  ASSERT_TRUE(Eventually([&] { return hub->views.Current()->levels->rules.size() == 2; }));
  absl::SleepFor(kAWhile);
  const auto& rules = hub->views.Current()->levels->rules;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[1].version(), "raskere");
  EXPECT_NE(rules[0].digest(), rules[1].digest());
}

}  // namespace
}  // namespace overgang::testing
