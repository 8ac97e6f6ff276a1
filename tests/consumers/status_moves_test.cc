// Whose a patient is who moves from one kommune to another, in the daily status.
#include <gtest/gtest.h>

#include "tests/consumers/status_world.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using projections::StayEntry;
using projections::UkpPeriod;

// Admitted in Trondheim, utskrivningsklar from `ready`, of Malvik from `moves` on.
StayEntry Mover(const char* admitted, const char* ready, const char* moves) {
  StayEntry stay = StayOf(admitted);
  AddPeriod(stay, ready, moves);
  UkpPeriod& moved = AddPeriod(stay, moves);
  moved.declared = false;
  moved.kommune.Assign("5031");
  stay.segments.resize(2);
  stay.segments[0].from_us = stay.admitted_us;
  stay.segments[0].kommune.Assign("5001");
  stay.segments[1].from_us = Us(moves);
  stay.segments[1].kommune.Assign("5031");
  stay.stay_kommune.Assign("5031");
  return stay;
}

class StatusMovesTest : public ::testing::Test {
 protected:
  double Value(const char* now, const std::string& scope, std::string_view name) {
    const auto statuses = CountStatuses(world_.Question(now), {scope});
    EXPECT_TRUE(statuses.ok()) << statuses.status();
    const v1::StatusNumber* number =
        statuses.ok() ? FindNumber(statuses->front(), name, "") : nullptr;
    EXPECT_NE(number, nullptr) << name;
    return number == nullptr ? -1 : number->value();
  }

  StatusWorld world_{1};
};

TEST_F(StatusMovesTest, AMoveEndsNoWait) {
  world_.population().Add(Mover("2026-02-10 10:00", "2026-02-20 07:30", "2026-03-01 12:00"));
  constexpr char kNow[] = "2026-03-02 07:30";
  EXPECT_EQ(Value(kNow, "k:5031", "ukp_over_7_days"), 1);
  EXPECT_EQ(Value(kNow, "k:5031", "longest_ukp"), 240);
  EXPECT_EQ(Value(kNow, "k:5031", "ukp_declared"), 0);
  EXPECT_EQ(Value(kNow, "k:5001", "ukp"), 0);
}

TEST_F(StatusMovesTest, AMoveToldAheadCountsWhenItsTimeComes) {
  world_.population().Add(Mover("2026-03-01 10:00", "2026-03-01 12:00", "2026-03-03 12:00"));
  for (const bool over : {false, true}) {
    const char* now = over ? "2026-03-04 07:30" : "2026-03-02 07:30";
    for (const char* name : {"inpatients", "ukp"}) {
      EXPECT_EQ(Value(now, "k:5001", name), over ? 0 : 1) << name << " " << now;
      EXPECT_EQ(Value(now, "k:5031", name), over ? 1 : 0) << name << " " << now;
    }
  }
}

}  // namespace
}  // namespace overgang::daily_status
