#include "projections/levels.h"

#include <gtest/gtest.h>

#include "adapters/store/memory_store.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using testing::At;

constexpr char kScope[] = "h:974749025";

v1::Envelope Changed(const std::string& id, int revision, v1::EscalationLevel to, int minutes) {
  v1::Envelope fact;
  fact.set_event_id(id);
  fact.set_hospital(testing::kHospital);
  *fact.mutable_occurred_at() = ToProto(At(minutes));
  v1::LevelChanged& change = *fact.mutable_level_changed();
  change.set_scope(kScope);
  change.mutable_decision()->set_revision(revision);
  change.set_to(to);
  return fact;
}

v1::Envelope Activated(const std::string& version, int revision) {
  v1::Envelope fact;
  v1::RulesActivated& rules = *fact.mutable_rules_activated();
  rules.set_version(version);
  rules.mutable_decision()->set_revision(revision);
  return fact;
}

int64_t Us(int minutes) { return absl::ToUnixMicros(At(minutes)); }

TEST(Levels, TheFirstRecordOfARevisionCountsAndNoneOutOfTurn) {
  LevelsFold fold;
  WriteSet writes;
  fold.Apply(Changed("a", 1, v1::ESCALATION_LEVEL_GUL, 0));
  fold.Apply(Changed("b", 1, v1::ESCALATION_LEVEL_ROD, 1));   // A rival.
  fold.Apply(Changed("c", 3, v1::ESCALATION_LEVEL_HVIT, 2));  // Out of turn.
  fold.EndEpoch(&writes);
  const LevelState* state = fold.view()->Find(kScope);
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->newest.to(), v1::ESCALATION_LEVEL_GUL);
  EXPECT_EQ(state->event_id, "a");
  fold.Apply(Changed("d", 2, v1::ESCALATION_LEVEL_ROD, 5));
  fold.Apply(Changed("e", 2, v1::ESCALATION_LEVEL_HVIT, 6));
  fold.EndEpoch(&writes);
  state = fold.view()->Find(kScope);
  EXPECT_EQ(state->newest.to(), v1::ESCALATION_LEVEL_ROD);
  EXPECT_EQ(state->newest.from(), v1::ESCALATION_LEVEL_GUL);
  EXPECT_EQ(state->revision(), 2);
  EXPECT_EQ(state->since_us, Us(5));
}

TEST(Levels, AnOverrideThatEndsWithoutAChangeLeavesSinceAsItWas) {
  LevelsFold fold;
  WriteSet writes;
  v1::Envelope said = Changed("a", 1, v1::ESCALATION_LEVEL_ROD, 0);
  said.mutable_level_changed()->set_cause(v1::LEVEL_CAUSE_OVERRIDE);
  said.mutable_level_changed()->set_overridden_by("lege");
  *said.mutable_level_changed()->mutable_expires_at() = ToProto(At(60));
  fold.Apply(said);
  fold.EndEpoch(&writes);
  EXPECT_EQ(fold.view()->Find(kScope)->override_until_us(), Us(60));
  EXPECT_EQ(fold.view()->Find(kScope)->override_id, "a");
  v1::Envelope ended = Changed("b", 2, v1::ESCALATION_LEVEL_ROD, 60);
  ended.mutable_level_changed()->set_cause(v1::LEVEL_CAUSE_OVERRIDE_EXPIRED);
  fold.Apply(ended);
  fold.EndEpoch(&writes);
  const LevelState* state = fold.view()->Find(kScope);
  EXPECT_EQ(state->override_until_us(), 0);
  EXPECT_EQ(state->since_us, Us(0));
  EXPECT_EQ(state->changed_us, Us(60));
  EXPECT_EQ(state->override_id, "a");
}

TEST(Levels, RulesComeIntoForceInTurn) {
  LevelsFold fold;
  WriteSet writes;
  fold.Apply(Activated("a", 1));
  fold.Apply(Activated("rival", 1));
  fold.Apply(Activated("b", 2));
  fold.EndEpoch(&writes);
  fold.Apply(Activated("a", 2));
  fold.EndEpoch(&writes);
  ASSERT_EQ(fold.view()->rules.size(), 2U);
  EXPECT_EQ(fold.view()->rules.back().version(), "b");
}

TEST(Levels, ARestartFindsWhatThereWasAndWritesNothingOfItAgain) {
  MemoryStore store;
  LevelsFold fold;
  WriteSet writes;
  fold.Apply(Activated("a", 1));
  fold.Apply(Changed("a", 1, v1::ESCALATION_LEVEL_GUL, 0));
  EXPECT_EQ(fold.Latest(kScope)->rose_revision, 1) << "before the epoch ends";
  fold.EndEpoch(&writes);
  EXPECT_EQ(writes.size(), 2U);
  ASSERT_TRUE(store.Commit(writes).ok());
  LevelsFold again;
  ASSERT_TRUE(again.Load(*store.Snapshot()).ok());
  writes.clear();
  again.EndEpoch(&writes);
  EXPECT_EQ(again.view()->Find(kScope)->newest.SerializeAsString(),
            fold.view()->Find(kScope)->newest.SerializeAsString());
  EXPECT_EQ(again.view()->rules.size(), 1U);
  EXPECT_EQ(again.view()->Find(kScope)->rose_revision, 1);
  writes.clear();
  again.Apply(Changed("b", 1, v1::ESCALATION_LEVEL_ROD, 9));
  again.EndEpoch(&writes);
  EXPECT_TRUE(writes.empty());
}

}  // namespace
}  // namespace overgang::projections
