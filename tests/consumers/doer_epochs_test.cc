// The loop that decides, fed with epochs by hand: what it does before the views have caught up, and
// with what does not come back.
#include "consumers/deciding/doer.h"
#include "projections/tables.h"
#include "tests/consumers/doer_fixture.h"

namespace overgang::testing {
namespace {

using projections::Matter;
using projections::Matters;

class DoerEpochsTest : public DoerTest {
 protected:
  void Start(deciding::Doer::Bounds bounds = {}) {
    doer_.emplace(deciding::Doer::Parts{views_, writer_, log_, leadership_, clock_, metrics_},
                  bounds);
    doer_->Start();
  }
  // An epoch that covers the log as it is, in which person 1 has this open.
  void Publish(std::optional<Matter> matter, bool covers = true) {
    Matters matters;
    matters.cluster = *projections::PatientRef::Parse(Ref(1));
    projections::StayWho who;
    who.patient = matters.cluster;
    if (matter.has_value()) matters.open.emplace_back(*matter, who);
    const std::string key(matters.cluster.key());
    ASSERT_TRUE(
        store_
            .Commit({{projections::kMatter, key,
                      matter.has_value() ? std::optional(matters.Serialize()) : std::nullopt}})
            .ok());
    auto epoch = std::make_shared<projections::Epoch>();
    if (covers) cursor_ = {kIncarnation, log_.Ends()->next};
    epoch->cursor = cursor_;
    epoch->number = ++number_;
    epoch->caught_up = true;
    epoch->matters_changed = std::make_shared<std::vector<Matters>>(1, matters);
    epoch->rows = store_.Snapshot();
    views_.Publish(std::move(epoch));
  }
  Matter Due(int32_t revision = 1) {
    Matter matter;
    matter.deadline = v1::DEADLINE_KIND_ANSWER;
    matter.revision = revision;
    matter.due_us = absl::ToUnixMicros(At(-1));
    matter.subject = "deadline/x/4/0";
    return matter;
  }
  // That is nothing to the hub, and makes the log longer than the views know.
  void MakeLogLonger() { Append({Admitted("a", 9, "V9", 0)}); }

  projections::Views views_{clock_};
  MemoryStore store_;
  Metrics metrics_;
  SaidLeadership leadership_;
  FactWriter writer_{log_, sealer_, clock_, kIncarnation};
  Cursor cursor_{kIncarnation, {}};
  int64_t number_ = 0;
  std::optional<deciding::Doer> doer_;
};

TEST_F(DoerEpochsTest, WhoBecomesTheDoerFirstSeesWhatTheLogHeldByThen) {
  leadership_.is_doer = false;
  Publish(Due());
  Start();
  absl::SleepFor(kAWhile);
  MakeLogLonger();  // As by the decision of another.
  leadership_.is_doer = true;
  absl::SleepFor(kAWhile);
  EXPECT_EQ(DecisionsIn(log_).size(), 0u) << "the views do not cover the log yet";
  Publish(std::nullopt);
  absl::SleepFor(kAWhile);
  EXPECT_EQ(DecisionsIn(log_).size(), 0u) << "another decided it";
  Publish(Due(2));
  EXPECT_TRUE(Eventually([&] { return DecisionsIn(log_).size() == 1; }));
}

TEST_F(DoerEpochsTest, OnceCaughtUpItDecidesThoughTheLogGrows) {
  Publish(std::nullopt);
  Start();
  absl::SleepFor(kAWhile);
  MakeLogLonger();
  Publish(Due(), /*covers=*/false);
  EXPECT_TRUE(Eventually([&] { return DecisionsIn(log_).size() == 1; }));
}

TEST_F(DoerEpochsTest, ADecisionThatDoesNotComeBackIsAppendedAgainUnderTheSameId) {
  deciding::Doer::Bounds bounds;
  bounds.come_back_within = absl::Milliseconds(500);
  Publish(Due());
  Start(bounds);
  ASSERT_TRUE(Eventually([&] { return DecisionsIn(log_).size() >= 2; }));
  const auto decisions = DecisionsIn(log_);
  EXPECT_EQ(decisions[0].event_id(), decisions[1].event_id());
  Publish(std::nullopt);
  absl::SleepFor(3 * kAWhile);
  EXPECT_LE(DecisionsIn(log_).size(), decisions.size() + 1) << "and no more once it has";
}

TEST_F(DoerEpochsTest, ADecisionThatTheViewsIgnoreDoesNotFillTheLog) {
  Publish(Due());
  Start();
  const absl::Time until = absl::Now() + absl::Seconds(6);
  while (absl::Now() < until) {
    Publish(Due());
    absl::SleepFor(absl::Milliseconds(10));
  }
  const size_t appended = DecisionsIn(log_).size();
  EXPECT_GE(appended, 2u);
  EXPECT_LE(appended, 5u) << "pauses double";
}

TEST_F(DoerEpochsTest, ADecisionThatWasChangedWithoutEndIsLeftAsItIs) {
  Publish(Due(deciding::kRevisionsMax));
  Start();
  ASSERT_TRUE(Eventually([&] { return DecisionsIn(log_).size() == 1; }));
  Publish(Due(deciding::kRevisionsMax + 1));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(DecisionsIn(log_).size(), 1u);
}

TEST_F(DoerEpochsTest, AMatterThatIsDueLaterThanWasThoughtWaitsForItsNewTime) {
  Matter matter = Due();
  matter.due_us = absl::ToUnixMicros(At(10));
  Publish(matter);
  Start();
  matter.due_us = absl::ToUnixMicros(At(20));
  Publish(matter);
  clock_.Set(At(15));
  absl::SleepFor(kAWhile);
  EXPECT_EQ(DecisionsIn(log_).size(), 0u);
  clock_.Set(At(21));
  EXPECT_TRUE(Eventually([&] { return DecisionsIn(log_).size() == 1; }));
}

}  // namespace
}  // namespace overgang::testing
