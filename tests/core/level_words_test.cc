#include "core/level_words.h"

#include <gmock/gmock.h>

#include "core/oslo_time.h"

namespace overgang::bokmal {
namespace {

constexpr absl::CivilDay kDay(2026, 3, 2);

v1::LevelInput Input(const std::string& name, double value, double threshold,
                     v1::EscalationLevel level) {
  v1::LevelInput input;
  input.set_name(name);
  input.set_value(value);
  input.set_threshold(threshold);
  input.set_level(level);
  input.set_state(v1::LEVEL_INPUT_STATE_MEASURED);
  return input;
}

google::protobuf::Timestamp At(int day, int hour) {
  return ToProto(FromOslo(absl::CivilSecond(2026, 3, day, hour, 0, 0)).time);
}

TEST(LevelWordsTest, WhatIsPastComesFirstThenWhatHoldsThenWhatIsUnknown) {
  v1::LevelChanged level;
  v1::LevelInput& silent = *level.add_inputs() =
      Input("waiting_over_1h", 61, 60, v1::ESCALATION_LEVEL_ROD);
  silent.set_state(v1::LEVEL_INPUT_STATE_UNKNOWN);
  *silent.mutable_measured_at() = At(1, 22);
  v1::LevelInput& holds = *level.add_inputs() =
      Input("occupancy", 101, 103, v1::ESCALATION_LEVEL_ROD);
  holds.set_holds(true);
  holds.set_exit(100);
  *level.add_inputs() = Input("ukp", 4, 30, v1::ESCALATION_LEVEL_GRONN);
  level.mutable_inputs()->Add(Input("free_kommune_places", 2, 2, v1::ESCALATION_LEVEL_GUL));
  level.mutable_inputs(3)->set_past(true);
  level.mutable_inputs()->Add(Input("corridor", 12, 10, v1::ESCALATION_LEVEL_ROD));
  level.mutable_inputs(4)->set_past(true);
  EXPECT_THAT(
      ReasonsOf(level, true, kDay),
      ::testing::ElementsAre(
          "Korridorpasienter meldt av avdelingene: 12 (grensen for rød er 10)",
          "Ledige kommunale plasser: 2 (grensen for gul er 2)",
          "Belegg 101\u00a0% holder nivået (grensen for rød er 103\u00a0%, slipper ved 100\u00a0%)",
          "Ventet over 1\u00a0t i akuttmottaket: ukjent, ikke hørt siden 1. mars kl. 22.00 (var "
          "61)"));
}

TEST(LevelWordsTest, WithoutValuesThereIsNoNumber) {
  v1::LevelInput input = Input("occupancy", 104.5, 103, v1::ESCALATION_LEVEL_ROD);
  input.set_past(true);
  EXPECT_EQ(InputText(input, true, kDay), "Belegg 104,5\u00a0% (grensen for rød er 103\u00a0%)");
  EXPECT_EQ(InputText(input, false, kDay), "Belegg er over grensen for rød");
  input.set_past(false);
  input.set_holds(true);
  EXPECT_EQ(InputText(input, false, kDay), "Belegg holder nivået på rød");
  input.set_state(v1::LEVEL_INPUT_STATE_UNKNOWN);
  EXPECT_EQ(InputText(input, false, kDay), "Belegg: ukjent");
}

TEST(LevelWordsTest, APersonWhoDecidedIsNamedWithWhyAndUntilWhen) {
  v1::LevelChanged level;
  level.set_overridden_by("kari-nordmann");
  level.set_reason("Stengt sengepost");
  level.set_by_rules(v1::ESCALATION_LEVEL_GRONN);
  *level.mutable_expires_at() = At(2, 15);
  EXPECT_EQ(DecidedText(level, kDay), "") << "the rules decided";
  level.set_cause(v1::LEVEL_CAUSE_OVERRIDE);
  EXPECT_EQ(DecidedText(level, kDay),
            "Satt av kari-nordmann: «Stengt sengepost». Gjelder til 2. mars kl. 15.00. "
            "Deretter gir reglene grønn hvis tallene ikke endrer seg.");
}

}  // namespace
}  // namespace overgang::bokmal
