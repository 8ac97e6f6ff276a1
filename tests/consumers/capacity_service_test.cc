// What is told of beds, places and emergency departments, to whom, and of what was before.
#include "consumers/escalation/capacity_service.h"

#include <gmock/gmock.h>

#include "tests/consumers/levels_fixture.h"

namespace overgang::testing {
namespace {

v1::Envelope Report(const std::string& id, int minute) {
  v1::Envelope fact;
  fact.set_event_id(id);
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(At(minute));
  fact.mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  fact.mutable_source()->set_sender("test");
  return fact;
}

v1::Envelope Beds(const std::string& id, int minute, const std::string& unit, int occupied) {
  v1::Envelope fact = Report(id, minute);
  fact.set_hospital(kHospital);
  fact.mutable_beds_reported()->set_unit(unit);
  fact.mutable_beds_reported()->set_occupied(occupied);
  return fact;
}

v1::Envelope Waiting(const std::string& id, int minute, int waiting) {
  v1::Envelope fact = Report(id, minute);
  fact.set_hospital(kHospital);
  fact.mutable_emergency_department_reported()->set_waiting(waiting);
  return fact;
}

v1::Envelope Places(const std::string& id, int minute, int free,
                    const std::vector<std::string>& shared_by) {
  v1::Envelope fact = Report(id, minute);
  fact.mutable_places_reported()->set_unit("Felles enhet");
  fact.mutable_places_reported()->set_kind(v1::PLACE_KIND_KORTTID);
  fact.mutable_places_reported()->set_free(free);
  for (const std::string& kommune : shared_by)
    fact.mutable_places_reported()->add_shared_by(kommune);
  return fact;
}

class CapacityServiceTest : public LevelsTest {
 protected:
  CapacityServiceTest() {
    service_.Register(hub_->methods);
    hub_->Start();
  }
  ~CapacityServiceTest() override { service_.Stop(); }

  void Report(const std::vector<v1::Envelope>& facts) {
    Append(facts);
    const auto epoch = [&] { return hub_->views.Current(); };
    ASSERT_TRUE(Eventually([&] {
      return epoch() != nullptr && epoch()->cursor.Covers({kIncarnation, log_.Ends()->next});
    }));
  }
  absl::StatusOr<v1::GetCapacityResponse> Ask(const v1::GetCapacityRequest& request) {
    std::promise<absl::StatusOr<v1::GetCapacityResponse>> promise;
    hub_->methods.FindUnary("overgang.v1.CapacityService/GetCapacity")
        ->call(hub_->caller, request, [&](auto message) {
          promise.set_value(message.ok()
                                ? absl::StatusOr<v1::GetCapacityResponse>(
                                      static_cast<const v1::GetCapacityResponse&>(**message))
                                : message.status());
        });
    return promise.get_future().get();
  }
  static v1::GetCapacityRequest Since(int minute) {
    v1::GetCapacityRequest request;
    *request.mutable_from() = ToProto(At(minute));
    return request;
  }

  std::unique_ptr<LevelHub> hub_ = NewHub();
  escalation::CapacityService service_{{hub_->views, log_, hub_->directory, hub_->rules, clock_}};
};

TEST_F(CapacityServiceTest, TheNewestReportOfEachUnitWithItsAgeAndSinceWhenPlacesAreFree) {
  Report({Beds("b1", 0, "MED1", 20), Beds("b2", 5, "MED1", 22), Waiting("w1", 10, 7),
          Places("p1", 0, 2, {"5001", "5031"}), Places("p2", 10, 1, {"5001", "5031"})});
  clock_.Set(At(10) + absl::Hours(3));
  const auto told = Ask({});
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->units_size(), 3) << "a shared unit once";
  const v1::UnitCapacity& beds = told->units(0);
  EXPECT_EQ(beds.hospital(), kHospital);
  EXPECT_EQ(beds.newest().beds().occupied(), 22);
  EXPECT_EQ(beds.newest().source(), "intake:test");
  EXPECT_EQ(beds.age_seconds(), 3 * 3600 + 5 * 60);
  EXPECT_FALSE(beds.stale()) << "beds may be 12 hours old";
  EXPECT_EQ(told->units(1).newest().emergency_department().waiting(), 7);
  EXPECT_TRUE(told->units(1).stale()) << "an emergency department 2";
  EXPECT_EQ(told->units(2).newest().places().free(), 1);
  EXPECT_EQ(FromProto(told->units(2).free_since()), At(0));
  EXPECT_EQ(beds.history_size(), 0) << "none was asked for";
}

TEST_F(CapacityServiceTest, AHistoryFromBeforeAllTimeIsAllOfIt) {
  Report({Beds("b1", 0, "MED1", 20), Beds("b2", 5, "MED1", 22)});
  v1::GetCapacityRequest request;
  request.mutable_from()->set_seconds(int64_t{-10'000'000'000'000});
  const auto told = Ask(request);
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->units_size(), 1);
  EXPECT_EQ(told->units(0).history_size(), 2);
}

TEST_F(CapacityServiceTest, TheHistoryIsInOrderOfOccurrenceAndEachReportOnce) {
  Report({Beds("b3", 8, "MED1", 23), Beds("b1", 0, "MED1", 20), Beds("b2", 5, "MED1", 22),
          Beds("b2", 5, "MED1", 22), Beds("k1", 6, "KIR1", 9)});
  v1::GetCapacityRequest request = Since(5);
  *request.mutable_to() = ToProto(At(8));
  const auto told = Ask(request);
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->units_size(), 2);
  ASSERT_EQ(told->units(1).history_size(), 1) << "8 is not before 8, and b2 was said twice";
  EXPECT_EQ(told->units(1).history(0).beds().occupied(), 22);
  const auto all = Ask(Since(0));
  ASSERT_EQ(all->units(1).history_size(), 3);
  EXPECT_EQ(all->units(1).history(0).beds().occupied(), 20);
  EXPECT_EQ(all->units(1).history(2).beds().occupied(), 23);
  EXPECT_EQ(all->units(0).history_size(), 1);
}

TEST_F(CapacityServiceTest, EverybodyIsToldOfTheirOwn) {
  Report({Beds("b1", 0, "MED1", 20), Places("p1", 0, 2, {"5001", "5031"})});
  hub_->caller.scope = ScopeOf({"5031"}, {});
  auto told = Ask(Since(0));
  ASSERT_EQ(told->units_size(), 1);
  EXPECT_EQ(told->units(0).history_size(), 1);
  hub_->caller.scope = ScopeOf({"5028"}, {});
  EXPECT_EQ(Ask(Since(0))->units_size(), 0);
  v1::GetCapacityRequest another;
  another.add_kommuner("5031");
  EXPECT_EQ(Ask(another).status().code(), absl::StatusCode::kPermissionDenied);
  hub_->caller.scope = ScopeOf({}, {kHospital});
  told = Ask({});
  ASSERT_EQ(told->units_size(), 1);
  EXPECT_TRUE(told->units(0).newest().has_beds());
}

TEST_F(CapacityServiceTest, WhatCannotBeAskedIsRefusedWithItsField) {
  Report({Beds("b1", 0, "MED1", 20)});
  v1::GetCapacityRequest request;
  *request.mutable_to() = ToProto(At(5));
  EXPECT_THAT(Ask(request).status().ToString(), ::testing::HasSubstr("from: "));
  *request.mutable_from() = ToProto(At(5));
  EXPECT_THAT(Ask(request).status().ToString(), ::testing::HasSubstr("from: "));
  request.Clear();
  request.add_hospitals("12");
  EXPECT_THAT(Ask(request).status().ToString(), ::testing::HasSubstr("hospitals: "));
  request.Clear();
  request.add_kommuner("50");
  EXPECT_THAT(Ask(request).status().ToString(), ::testing::HasSubstr("kommuner: "));
}

}  // namespace
}  // namespace overgang::testing
