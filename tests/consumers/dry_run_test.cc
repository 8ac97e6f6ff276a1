#include "consumers/escalation/dry_run.h"

#include <gtest/gtest.h>

#include <random>

#include "consumers/escalation/course.h"
#include "consumers/escalation/rules_file.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

constexpr int64_t kMinuteUs = 60'000'000;
constexpr int64_t kDayUs = int64_t{24} * 60 * kMinuteUs;
constexpr char kHospital[] = "974749025";
const int64_t kFromUs = absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(2026, 3, 1), Oslo()));

int64_t At(int minute) { return kFromUs + minute * kMinuteUs; }

std::shared_ptr<const Rules> RulesOf(const std::string& text) {
  auto rules = ReadRules(text, "rules.toml", *Directory::BuiltIn());
  EXPECT_TRUE(rules.ok()) << rules.status();
  return *std::move(rules);
}

// Ten utskrivningsklare are gul, twenty rød.
std::shared_ptr<const Rules> ByUkp() {
  return RulesOf(R"([[version]]
name = "etter-ukp"
[[version.rule]]
[[version.rule.level]]
level = "gul"
dwell_up = "10m"
dwell_down = "30m"
inputs = [{input = "ukp", enter = 10, exit = 7}]
[[version.rule.level]]
level = "rød"
dwell_up = "10m"
dwell_down = "30m"
inputs = [{input = "ukp", enter = 20, exit = 15}]
)");
}

std::shared_ptr<const Rules> ByOccupancy() {
  return RulesOf(R"([[version]]
name = "etter-belegg"
stale_after = {occupancy = "2h", corridor = "2h"}
[[version.rule]]
[[version.rule.level]]
level = "gul"
inputs = [{input = "occupancy", enter = 95, exit = 90}]
)");
}

LevelScope HospitalScope() { return ScopesOf(*Directory::BuiltIn()).front(); }

class DryRunTest : public ::testing::Test {
 protected:
  DryRunTest() { past_.hospitals = {kHospital}; }

  void Ukp(int minute, int more) {
    for (int i = 0; i < std::abs(more); ++i)
      past_.steps.push_back({At(minute), 0, static_cast<int8_t>(more > 0 ? 1 : -1), 0});
  }
  void Beds(int minute, int occupied) {
    auto fact = std::make_shared<v1::Envelope>();
    fact->set_hospital(kHospital);
    *fact->mutable_occurred_at() = ProtoOfUs(At(minute));
    v1::BedsReported& beds = *fact->mutable_beds_reported();
    beds.set_unit("MED1");
    beds.set_beds(100);
    beds.set_available(100);
    beds.set_occupied(occupied);
    past_.reports.push_back(fact);
  }
  void Did(int minute, Level to) {
    auto change = std::make_shared<v1::LevelChanged>();
    change->set_scope(HospitalScope().scope);
    change->set_to(to);
    *change->mutable_at() = ProtoOfUs(At(minute));
    past_.changes.push_back(change);
  }
  v1::DryRunRulesResponse Run(std::shared_ptr<const Rules> rules) {
    auto response =
        DryRun({std::move(rules), {HospitalScope()}, cards_, At(0), kFromUs + kDayUs}, past_);
    EXPECT_TRUE(response.ok()) << response.status();
    return *std::move(response);
  }
  static std::vector<std::pair<Level, int>> Spells(const v1::LevelCourse& course) {
    std::vector<std::pair<Level, int>> told;
    for (const v1::LevelSpell& spell : course.spells())
      told.emplace_back(spell.level(),
                        static_cast<int>((UsOfProto(spell.begin()) - kFromUs) / kMinuteUs));
    return told;
  }

  Past past_;
  std::vector<CardTrigger> cards_ = {{"oppfolging", v1::ESCALATION_LEVEL_GUL, {kHospital}},
                                     {"utskrivning", v1::ESCALATION_LEVEL_ROD, {}},
                                     {"another's", v1::ESCALATION_LEVEL_ROD, {"974754118"}}};
};

using Told = std::vector<std::pair<Level, int>>;
constexpr Level kHvit = v1::ESCALATION_LEVEL_HVIT;
constexpr Level kGul = v1::ESCALATION_LEVEL_GUL;
constexpr Level kRod = v1::ESCALATION_LEVEL_ROD;

TEST_F(DryRunTest, ADayToRodAndBackWithItsCards) {
  Ukp(-100, 2);
  Ukp(60, 20);
  Ukp(300, -22);
  const v1::DryRunRulesResponse response = Run(ByUkp());
  const v1::DryRunScope& scope = response.scopes(0);
  EXPECT_EQ(Spells(scope.would()), (Told{{kHvit, 0}, {kRod, 70}, {kGul, 330}, {kHvit, 360}}));
  EXPECT_EQ(scope.would().changes(), 3);
  EXPECT_EQ(scope.would().flaps(), 0);
  ASSERT_EQ(scope.would_cards_size(), 2);
  EXPECT_EQ(scope.would_cards(0).template_id(), "oppfolging");
  EXPECT_EQ(scope.would_cards(1).template_id(), "utskrivning");
  EXPECT_EQ(scope.would_cards(1).level(), kRod);
  EXPECT_EQ(UsOfProto(scope.would_cards(1).at()), At(70));
  ASSERT_EQ(response.changes_size(), 3);
  EXPECT_EQ(response.changes(0).to(), kRod);
  EXPECT_EQ(response.changes(0).rules_version(), "etter-ukp");
  ASSERT_EQ(response.changes(0).inputs_size(), 1);
  EXPECT_EQ(response.changes(0).inputs(0).value(), 22);
  EXPECT_EQ(response.changes(0).inputs(0).threshold(), 20);
  EXPECT_TRUE(response.changes(0).inputs(0).past());
  for (const v1::LevelTime& time : scope.would().times()) {
    if (time.level() == kRod) {
      EXPECT_EQ(time.time().seconds(), 260 * 60);
    }
  }
}

TEST_F(DryRunTest, WhatHasNotReachedALevelDoesNotSpeakForIt) {
  Ukp(10, 8);  // Between exit and enter, and never above.
  Beds(20, 98);
  const v1::DryRunRulesResponse response = Run(RulesOf(R"([[version]]
name = "to-tall"
[[version.rule]]
[[version.rule.level]]
level = "gul"
inputs = [{input = "ukp", enter = 10, exit = 7}, {input = "occupancy", enter = 97, exit = 90}]
)"));
  ASSERT_EQ(response.changes_size(), 1);
  ASSERT_EQ(response.changes(0).inputs_size(), 2);
  for (const v1::LevelInput& input : response.changes(0).inputs())
    EXPECT_EQ(input.past(), input.name() == "occupancy") << input.name();
}

TEST_F(DryRunTest, WhatWasDoneStandsBesideIt) {
  Did(-500, kGul);
  Did(100, kRod);
  Did(130, kGul);  // Took it back within an hour.
  past_.cards.push_back({At(100), HospitalScope().scope, "utskrivning", kRod});
  past_.cards.push_back({At(-1), HospitalScope().scope, "before the period", kRod});
  past_.cards.push_back({At(100), "h:974754118", "another's", kRod});
  const v1::DryRunScope scope = Run(ByUkp()).scopes(0);
  EXPECT_EQ(Spells(scope.did()), (Told{{kGul, 0}, {kRod, 100}, {kGul, 130}}));
  EXPECT_EQ(scope.did().changes(), 2);
  EXPECT_EQ(scope.did().flaps(), 1);
  ASSERT_EQ(scope.did_cards_size(), 1);
  EXPECT_EQ(scope.did_cards(0).template_id(), "utskrivning");
}

TEST_F(DryRunTest, ReportsThatStopHoldTheLevel) {
  Beds(10, 96);
  Beds(70, 96);
  const v1::DryRunScope silent = Run(ByOccupancy()).scopes(0);
  EXPECT_EQ(Spells(silent.would()), (Told{{v1::ESCALATION_LEVEL_UNSPECIFIED, 0}, {kGul, 10}}));
  Beds(600, 50);
  const v1::DryRunScope back = Run(ByOccupancy()).scopes(0);
  EXPECT_EQ(Spells(back.would()),
            (Told{{v1::ESCALATION_LEVEL_UNSPECIFIED, 0}, {kGul, 10}, {kHvit, 600}}));
}

// Full wards without one open bed: no share can be told, and the level holds.
TEST_F(DryRunTest, OccupancyOfNoOpenBedsIsUnknownAndHoldsTheLevel) {
  Beds(10, 96);
  auto none = std::make_shared<v1::Envelope>(*past_.reports.back());
  *none->mutable_occurred_at() = ProtoOfUs(At(70));
  none->mutable_beds_reported()->set_available(0);
  past_.reports.push_back(none);
  const v1::DryRunScope scope = Run(ByOccupancy()).scopes(0);
  EXPECT_EQ(Spells(scope.would()), (Told{{v1::ESCALATION_LEVEL_UNSPECIFIED, 0}, {kGul, 10}}));
}

TEST_F(DryRunTest, ChangesAreInOrderWhereADwellIsShorterByNight) {
  const auto rules = RulesOf(R"([[version]]
name = "natt"
[[version.rule]]
hours = "12:00-18:00"
[[version.rule.level]]
level = "gul"
inputs = [{input = "ukp", enter = 10, exit = 7}]
[[version.rule]]
[[version.rule.level]]
level = "gul"
dwell_up = "6h"
inputs = [{input = "ukp", enter = 10, exit = 7}]
)");
  Ukp(10 * 60, 12);
  const v1::DryRunScope scope = Run(rules).scopes(0);
  EXPECT_EQ(Spells(scope.would()), (Told{{kHvit, 0}, {kGul, 12 * 60}}))
      << "the rule of the afternoon says nothing of the morning";
}

TEST_F(DryRunTest, RulesOfANewVersionHoldFromItsDate) {
  Ukp(-100, 12);
  const std::string later = R"([[version]]
name = "a"
[[version.rule]]
[[version.rule.level]]
level = "gul"
inputs = [{input = "ukp", enter = 30, exit = 25}]
[[version]]
name = "b"
valid_from = 2026-03-02
[[version.rule]]
[[version.rule.level]]
level = "gul"
inputs = [{input = "ukp", enter = 10, exit = 5}]
)";
  auto response =
      DryRun({RulesOf(later), {HospitalScope()}, cards_, At(0), kFromUs + 2 * kDayUs}, past_);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(Spells(response->scopes(0).would()), (Told{{kHvit, 0}, {kGul, 24 * 60}}));
  EXPECT_EQ(response->scopes(0).would().spells(1).rules_version(), "b");
}

// The same as a machine that is looked at every minute.
TEST_F(DryRunTest, GoesTheSameWayAsAMachineThatLooksEveryMinute) {
  constexpr int kBefore = 60;  // The first patients come so many minutes before the period.
  constexpr int kEnd = 24 * 60;
  std::mt19937 random(3);
  const auto rules = ByUkp();
  for (int round = 0; round < 40; ++round) {
    past_.steps.clear();
    std::vector<int> change_at(kBefore + kEnd, 0);
    for (int minute = -kBefore, ukp = 0; minute < kEnd;
         minute += 1 + static_cast<int>(random() % 25)) {
      const int more = std::max(static_cast<int>(random() % 15) - 7, -ukp);
      ukp += more;
      Ukp(minute, more);
      change_at[static_cast<size_t>(minute + kBefore)] = more;
    }
    Machine machine;
    std::vector<CourseStep> steps = {{kFromUs - kWarmUpUs, kHvit, "", v1::LEVEL_CAUSE_RULES}};
    LevelNow level = {kHvit, kFromUs - kWarmUpUs, kFromUs - kWarmUpUs, 0};
    Measurement measurement;
    Measured& ukp = measurement[static_cast<size_t>(Input::kUkp)];
    ukp = {v1::LEVEL_INPUT_STATE_MEASURED, 0, kFromUs};
    for (int minute = -kBefore; minute < kEnd; ++minute) {
      ukp.value += change_at[static_cast<size_t>(minute + kBefore)];
      const auto take = [&] {
        while (const auto change = machine.Due(level, At(minute))) {
          level = {change->to, change->at_us, change->at_us, 0};
          steps.push_back({change->at_us, change->to, "", change->cause});
        }
      };
      take();  // What was due by now, as things were.
      machine.Observe(rules->At(HospitalScope().scope, At(minute)).rule, measurement, At(minute));
      take();
    }
    ASSERT_EQ(Spells(Run(rules).scopes(0).would()),
              Spells(CourseOf(steps, kFromUs, kFromUs + kDayUs)))
        << round;
  }
}

TEST_F(DryRunTest, MoreChangesThanAnAnswerMayHoldAreRefused) {
  const auto rules = RulesOf(R"([[version]]
name = "nervous"
[[version.rule]]
[[version.rule.level]]
level = "gul"
inputs = [{input = "ukp", enter = 1, exit = 0}]
)");
  for (int i = 0; i < static_cast<int>(kDryRunChangesMax) + 10; ++i)
    past_.steps.push_back(
        {At(1) + int64_t{i} * 1'000'000, 0, static_cast<int8_t>(i % 2 == 0 ? 1 : -1), 0});
  const auto response = DryRun({rules, {HospitalScope()}, cards_, At(0), kFromUs + kDayUs}, past_);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace overgang::escalation
