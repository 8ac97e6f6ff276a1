#include "consumers/escalation/levels_service.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "core/uuid.h"
#include "tests/consumers/levels_fixture.h"

namespace overgang::testing {
namespace {

constexpr auto kHvit = v1::ESCALATION_LEVEL_HVIT;
constexpr auto kGul = v1::ESCALATION_LEVEL_GUL;
constexpr auto kRod = v1::ESCALATION_LEVEL_ROD;

class LevelsServiceTest : public LevelsTest {
 protected:
  LevelsServiceTest() { hub_->Start(); }

  v1::OverrideLevelRequest Said(const std::string& key, v1::EscalationLevel level,
                                absl::Duration for_long = absl::Hours(2)) {
    v1::OverrideLevelRequest request;
    request.set_idempotency_key(key);
    request.set_hospital(kHospital);
    request.set_level(level);
    request.set_reason("brann i bygget ved siden av");
    *request.mutable_expires_at() = ToProto(clock_.Now() + for_long);
    return request;
  }
  absl::StatusOr<v1::Receipt> Override(const v1::OverrideLevelRequest& request) {
    return hub_->Call<v1::Receipt>("OverrideLevel", request);
  }

  int heard_ = 0;
  const std::unique_ptr<LevelHub> hub_ = NewHub();
};

TEST_F(LevelsServiceTest, APersonsWordHoldsAtOnceAndUntilItExpires) {
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  const auto receipt = Override(Said("1", kRod));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(hub_->Level(), kRod);
  v1::HospitalLevel told = hub_->Told();
  EXPECT_EQ(told.overridden_by(), "lege");
  EXPECT_EQ(told.reason(), "brann i bygget ved siden av");
  EXPECT_EQ(told.by_rules(), kHvit);
  EXPECT_EQ(told.cause(), v1::LEVEL_CAUSE_OVERRIDE);
  // Its stays are heard of all the time.
  for (int minutes : {30, 30, 30, 29}) {
    clock_.Advance(absl::Minutes(minutes));
    const std::string id = "x" + std::to_string(++heard_);
    Append({Admitted(id, 90 + heard_, id, 0)});
    absl::SleepFor(kAWhile);
  }
  EXPECT_EQ(hub_->Level(), kRod);
  clock_.Advance(absl::Minutes(2));
  ASSERT_TRUE(Reaches(*hub_, kGul));  // One down at once, as it was let go of all the time.
  const std::vector<v1::LevelChanged> changes = InLog();
  ASSERT_EQ(changes.size(), 4U);
  EXPECT_EQ(changes[2].cause(), v1::LEVEL_CAUSE_OVERRIDE_EXPIRED);
  EXPECT_EQ(changes[2].to(), kRod);
  EXPECT_EQ(changes[3].from(), kRod);
  ExpectRebuild(*hub_);
}

// Of the same moment the fact and the service say the same: where the level that was set leads.
TEST_F(LevelsServiceTest, WhatTheRulesAloneSayIsSaidOfTheLevelThatWasSet) {
  hub_->rules.Set(RulesOf(R"([[version]]
name = "vid"
[[version.rule]]
[[version.rule.level]]
level = "gul"
dwell_down = "1h"
inputs = [{input = "ukp", enter = 4, exit = 1}]
)"));
  Ready(1, 2);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  ASSERT_TRUE(Override(Said("1", kRod)).ok());
  EXPECT_EQ(hub_->Told().by_rules(), kGul) << "held on the way down";
  EXPECT_EQ(InLog().back().by_rules(), kGul);
  ASSERT_TRUE(Override(Said("2", kHvit)).ok());
  EXPECT_EQ(hub_->Told().by_rules(), kHvit) << "gul was not reached";
  EXPECT_EQ(InLog().back().by_rules(), kHvit);
}

TEST_F(LevelsServiceTest, ARepeatedCallIsTheSameCallAndAKeyCannotBeUsedForSomethingElse) {
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  const v1::OverrideLevelRequest request = Said("1", kRod);
  const auto first = Override(request);
  const auto second = Override(request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->event_id(), second->event_id());
  EXPECT_EQ(InLog().size(), 2U);
  v1::OverrideLevelRequest late = Said("2", kGul, absl::Minutes(-1));
  EXPECT_EQ(Override(late).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Override(Said("1", kGul)).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(LevelsServiceTest, ARepeatOfACallThatDidNotCountIsNotToldThatItDid) {
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  v1::OverrideLevelRequest request = Said("1", kRod);
  // The hub appended it in the same moment as a change by the rules, and was killed before it could
  // say it again.
  v1::OverrideLevelRequest content = request;
  content.clear_idempotency_key();
  v1::Envelope lost;
  lost.set_event_id("lost");
  lost.set_hospital(kHospital);
  *lost.mutable_occurred_at() = *lost.mutable_recorded_at() = ToProto(clock_.Now());
  v1::Source& source = *lost.mutable_source();
  source.set_channel(v1::CHANNEL_INTAKE);
  source.set_sender("lege");
  source.set_method("OverrideLevel");
  source.set_control_id(ContentDigest("1"));
  source.set_digest(ContentDigest(content.SerializeAsString()));
  v1::LevelChanged& change = *lost.mutable_level_changed();
  change.set_scope(kScope);
  change.set_to(kRod);
  change.set_overridden_by("lege");
  change.mutable_decision()->set_revision(1);
  Append({lost});
  ASSERT_TRUE(Eventually([&] {
    return hub_->views.Current()->cursor.Covers({kIncarnation, log_.Ends()->next});
  }));
  const auto repeated = Override(request);
  EXPECT_EQ(repeated.status().code(), absl::StatusCode::kAborted) << repeated.status();
  EXPECT_EQ(hub_->Level(), kHvit);
  request.set_idempotency_key("2");
  EXPECT_TRUE(Override(request).ok());
  EXPECT_EQ(hub_->Level(), kRod);
}

TEST_F(LevelsServiceTest, TheReasonIsMeasuredInCharacters) {
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  v1::OverrideLevelRequest request = Said("1", kRod);
  std::string reason;
  for (size_t i = 0; i < escalation::kReasonCharsMax; ++i) reason += "å";
  request.set_reason(reason + "!");
  EXPECT_EQ(Override(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_reason(reason);
  EXPECT_TRUE(Override(request).ok());
}

TEST_F(LevelsServiceTest, AnUntidyEndBecomesATidyOne) {
  Ready(1, 1);
  ASSERT_TRUE(Reaches(*hub_, kHvit));
  v1::OverrideLevelRequest request = Said("1", kRod);
  request.mutable_expires_at()->set_nanos(1'500'000'000);
  ASSERT_TRUE(Override(request).ok());
  EXPECT_LT(hub_->Told().expires_at().nanos(), 1'000'000'000) << "or no JSON can say it";
}

TEST_F(LevelsServiceTest, WhatIsLiftedLeavesTheLevelToTheRules) {
  Ready(1, 4);
  ASSERT_TRUE(Reaches(*hub_, kRod));
  ASSERT_TRUE(Override(Said("1", kHvit)).ok());
  absl::SleepFor(kAWhile);
  EXPECT_EQ(hub_->Level(), kHvit);
  v1::OverrideLevelRequest lift;
  lift.set_idempotency_key("2");
  lift.set_hospital(kHospital);
  lift.set_lift(true);
  lift.set_reason("det var en feil");
  ASSERT_TRUE(Override(lift).ok());
  EXPECT_EQ(hub_->Level(), kRod);
  lift.set_idempotency_key("3");
  EXPECT_EQ(Override(lift).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LevelsServiceTest, WhatCannotBeSaidIsRefusedWithItsField) {
  struct Bad {
    const char* field;
    std::function<void(v1::OverrideLevelRequest*)> spoil;
  };
  const std::vector<Bad> all = {
      {"idempotency_key", [](auto* r) { r->clear_idempotency_key(); }},
      {"hospital", [](auto* r) { r->clear_hospital(); }},
      {"hospital", [](auto* r) { r->set_region("Nord"); }},
      {"hospital", [](auto* r) { r->set_hospital("974754118"); }},
      {"level", [](auto* r) { r->clear_level(); }},
      {"reason", [](auto* r) { r->clear_reason(); }},
      {"reason", [](auto* r) { r->set_reason(std::string(501, 'a')); }},
      {"reason", [](auto* r) { r->set_reason("pasient 010190 12345 venter"); }},
      {"expires_at", [](auto* r) { r->clear_expires_at(); }},
      {"expires_at", [this](auto* r) { *r->mutable_expires_at() = ToProto(clock_.Now()); }},
      {"expires_at",
       [this](auto* r) { *r->mutable_expires_at() = ToProto(clock_.Now() + absl::Hours(169)); }},
      {"lift", [](auto* r) { r->set_lift(true); }},
  };
  for (const Bad& bad : all) {
    v1::OverrideLevelRequest request = Said("1", kRod);
    bad.spoil(&request);
    const auto answer = Override(request);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << bad.field;
    EXPECT_EQ(PlaceOf(answer.status()).field, bad.field) << answer.status();
  }
  EXPECT_TRUE(InLog().empty());
}

TEST_F(LevelsServiceTest, AKommuneIsToldOfTheLevelButNotOfTheValues) {
  Ready(1, 4);
  ASSERT_TRUE(Reaches(*hub_, kRod));
  hub_->caller.scope = ScopeOf({"5001"}, {});
  v1::HospitalLevel told = hub_->Told();
  EXPECT_EQ(told.level(), kRod);
  EXPECT_TRUE(told.values_withheld());
  ASSERT_EQ(told.inputs_size(), 1);
  EXPECT_EQ(told.inputs(0).name(), "ukp");
  EXPECT_TRUE(told.inputs(0).past());
  EXPECT_EQ(told.inputs(0).value(), 0);
  EXPECT_EQ(told.inputs(0).threshold(), 0);
  EXPECT_EQ(Override(Said("1", kHvit)).status().code(), absl::StatusCode::kPermissionDenied);
  hub_->caller.scope = ScopeOf({"0301"}, {});  // Of no region of this hospital.
  EXPECT_EQ(hub_->Told().scope(), "");
  v1::GetLevelsRequest request;
  request.add_hospitals(kHospital);
  EXPECT_EQ(hub_->Call<v1::GetLevelsResponse>("GetLevels", request).status().code(),
            absl::StatusCode::kPermissionDenied);
  hub_->caller.scope = ScopeOf({}, {kHospital});
  EXPECT_EQ(hub_->Told().inputs(0).value(), 4);
  EXPECT_TRUE(Override(Said("1", kHvit)).ok());
}

TEST_F(LevelsServiceTest, ADryRunTellsWhatOtherRulesWouldHaveDoneBesideWhatWasDone) {
  Ready(1, 3);
  ASSERT_TRUE(Reaches(*hub_, kGul));
  clock_.Advance(absl::Hours(3));
  v1::DryRunRulesRequest request;
  std::string text = kQuickRules;
  text.replace(text.find("enter = 4, exit = 3"), 19, "enter = 3, exit = 2");
  request.set_rules_toml(text);
  *request.mutable_from() = ToProto(At(0));
  *request.mutable_to() = ToProto(At(120));
  auto response = hub_->Call<v1::DryRunRulesResponse>("DryRunRules", request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->scopes_size(), 2);  // The hospital and its region.
  const v1::DryRunScope& scope = response->scopes(0);
  EXPECT_EQ(scope.scope(), kScope);
  EXPECT_EQ(scope.would().spells(scope.would().spells_size() - 1).level(), kRod);
  EXPECT_EQ(scope.did().spells(scope.did().spells_size() - 1).level(), kGul);
  EXPECT_EQ(scope.would_cards_size(), 1);
  v1::DryRunRulesRequest before_all_time = request;
  before_all_time.mutable_from()->set_seconds(int64_t{-9'000'000'000'000'000'000});
  before_all_time.mutable_to()->set_seconds(before_all_time.from().seconds() + 3600);
  EXPECT_EQ(
      PlaceOf(hub_->Call<v1::DryRunRulesResponse>("DryRunRules", before_all_time).status()).field,
      "from");
  hub_->caller.scope = ScopeOf({"5001"}, {});
  EXPECT_EQ(hub_->Call<v1::DryRunRulesResponse>("DryRunRules", request).status().code(),
            absl::StatusCode::kPermissionDenied);
  hub_->caller.scope = ScopeOf({}, {kHospital});
  EXPECT_TRUE(hub_->Call<v1::DryRunRulesResponse>("DryRunRules", request).ok());
}

TEST_F(LevelsServiceTest, RulesThatAreOnlyCheckedAreCheckedAgainstWhatIsInForce) {
  ASSERT_TRUE(Eventually([&] {
    return hub_->views.Current() != nullptr && !hub_->views.Current()->levels->rules.empty();
  }));
  v1::DryRunRulesRequest request;
  request.set_check_only(true);
  request.set_rules_toml(kQuickRules);
  const auto good = hub_->Call<v1::DryRunRulesResponse>("DryRunRules", request);
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->versions(0), "rask");
  std::string text = kQuickRules;
  text.replace(text.find("enter = 4, exit = 3"), 19, "enter = 5, exit = 3");
  request.set_rules_toml(text);
  const auto changed = hub_->Call<v1::DryRunRulesResponse>("DryRunRules", request);
  EXPECT_EQ(PlaceOf(changed.status()).field, "rules_toml");
  EXPECT_NE(std::string(changed.status().message()).find("was in force and said something else"),
            std::string::npos)
      << changed.status();
}

}  // namespace
}  // namespace overgang::testing
