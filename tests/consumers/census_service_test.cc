// The count as it is asked for and watched.
#include "tests/consumers/board_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

class CensusServiceTest : public BoardTest {
 protected:
  absl::StatusOr<v1::GetCensusResponse> Get(const v1::GetCensusRequest& request) {
    return Call<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus", request);
  }
  v1::KommuneCensus Of(const std::string& kommune, v1::GetCensusRequest request = {}) {
    request.add_kommuner(kommune);
    auto response = Get(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() && response->kommuner_size() == 1 ? response->kommuner(0)
                                                           : v1::KommuneCensus();
  }
};

TEST_F(CensusServiceTest, CountsByKommuneRelativeToNow) {
  // Now is 24 hours after the fixed morning.
  Append({Admitted("a", 1, "V1", -12000), UkpDeclared("u1", 1, -12000, -11000),
          Admitted("b", 2, "V2", 0), UkpDeclared("u2", 2, 0, 30), Answered("y", 2, 0, 60, true),
          Admitted("c", 3, "V3", 0, "5031")});
  const v1::KommuneCensus census = Of("5001");
  EXPECT_EQ(census.name(), "Trondheim");
  EXPECT_EQ(census.inpatients(), 2);
  EXPECT_EQ(census.ukp(), 2);
  EXPECT_EQ(census.ukp_over_24h(), 1);
  EXPECT_EQ(census.ukp_over_7_days(), 1);
  EXPECT_EQ(census.awaiting_answer(), 1);
  EXPECT_EQ(census.longest_ukp().seconds(), (11000 + 24 * 60) * 60);
  EXPECT_EQ(Of("5031").inpatients(), 1);
}

TEST_F(CensusServiceTest, CountsTheStayKommuneOrTheResidenceAsAsked) {
  v1::Envelope ukp = UkpDeclared("u", 1, 0, 30);
  ukp.set_stay_kommune("5031");
  Append({Admitted("a", 1, "V1", 0), ukp});
  EXPECT_EQ(Of("5031").ukp(), 1);
  EXPECT_EQ(Of("5001").ukp(), 0);
  v1::GetCensusRequest request;
  request.set_basis(v1::CENSUS_BASIS_RESIDENCE_KOMMUNE);
  EXPECT_EQ(Of("5001", request).ukp(), 1);
  EXPECT_EQ(Of("5031", request).ukp(), 0);
}

TEST_F(CensusServiceTest, CountsWhatWasAtATimePast) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60), Discharged("d", 1, "V1", 120),
          Admitted("b", 2, "V2", 90)});
  v1::GetCensusRequest request;
  *request.mutable_occurred_until() = ToProto(At(100));
  EXPECT_EQ(Of("5001", request).inpatients(), 2);
  EXPECT_EQ(Of("5001", request).ukp(), 1);
  *request.mutable_occurred_until() = ToProto(At(30));
  EXPECT_EQ(Of("5001", request).inpatients(), 1);
  EXPECT_EQ(Of("5001", request).ukp(), 0);
  *request.mutable_occurred_until() = ToProto(At(120));
  EXPECT_EQ(Of("5001", request).inpatients(), 1);
}

TEST_F(CensusServiceTest, PlacesThatAreSharedAreFreeForEachThatMayUseThem) {
  v1::Envelope places = Fact("p", 0, "", 10);
  places.clear_patient_ref();
  places.mutable_places_reported()->set_unit("5001-oya");
  places.mutable_places_reported()->set_free(3);
  places.mutable_places_reported()->add_shared_by("5001");
  places.mutable_places_reported()->add_shared_by("5031");
  Append({places});
  EXPECT_EQ(Of("5001").free_places(), 3);
  EXPECT_EQ(Of("5031").free_places(), 3);
  EXPECT_EQ(Of("5028").free_places(), 0);
}

TEST_F(CensusServiceTest, ACountOfThePastSaysNothingOfCapacity) {
  v1::Envelope places = Fact("p", 0, "", 10);
  places.clear_patient_ref();
  places.mutable_places_reported()->set_unit("5001-oya");
  places.mutable_places_reported()->set_free(3);
  places.mutable_places_reported()->add_shared_by("5001");
  v1::Envelope beds = Fact("b", 0, "", 10);
  beds.clear_patient_ref();
  beds.mutable_beds_reported()->set_unit("MED1");
  beds.mutable_beds_reported()->set_beds(20);
  beds.mutable_beds_reported()->set_available(20);
  beds.mutable_beds_reported()->set_occupied(10);
  Append({Admitted("a", 1, "V1", 0), places, beds});
  v1::GetCensusRequest request;
  request.add_kommuner("5001");
  EXPECT_EQ(Get(request)->hospitals(0).beds(), 20);
  EXPECT_EQ(Get(request)->kommuner(0).free_places(), 3);
  *request.mutable_occurred_until() = ToProto(At(60));
  const auto past = Get(request);
  ASSERT_TRUE(past.ok()) << past.status();
  EXPECT_EQ(past->kommuner(0).inpatients(), 1);
  EXPECT_EQ(past->kommuner(0).free_places(), 0);
  EXPECT_EQ(past->hospitals(0).beds(), 0);
  EXPECT_EQ(past->hospitals(0).occupied(), 0);
  EXPECT_EQ(past->hospitals(0).occupancy_percent(), 0);
}

TEST_F(CensusServiceTest, AWrongFilterIsRefusedByName) {
  v1::GetCensusRequest request;
  request.add_kommuner("4711");
  const auto response = Get(request);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(response.status().message()).find("kommuner"), std::string::npos);
  v1::GetCensusRequest sector;
  sector.add_sectors(static_cast<v1::Sector>(77));
  EXPECT_EQ(Get(sector).status().code(), absl::StatusCode::kInvalidArgument);
  v1::WatchCensusRequest basis;
  basis.set_basis(static_cast<v1::CensusBasis>(77));
  EXPECT_EQ(Open("CensusService/WatchCensus", basis).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CensusServiceTest, WatchesAreSharedWhateverTheirOrderAndFewCombinationsAreCounted) {
  Append({Admitted("a", 1, "V1", 0)});
  std::vector<std::unique_ptr<MessageStream>> streams;
  v1::WatchCensusRequest request;
  for (size_t i = 0; i < kFeedsMax; ++i) {
    request.clear_hospitals();
    request.add_hospitals(std::to_string(900'000'000 + i));
    auto stream = Open("CensusService/WatchCensus", request);
    ASSERT_TRUE(stream.ok()) << stream.status();
    streams.push_back(*std::move(stream));
  }
  request.add_hospitals(request.hospitals(0));
  EXPECT_TRUE(Open("CensusService/WatchCensus", request).ok()) << "the same, named twice";
  request.add_hospitals("900000000");
  EXPECT_EQ(Open("CensusService/WatchCensus", request).status().code(),
            absl::StatusCode::kResourceExhausted);
  streams.pop_back();
  EXPECT_TRUE(Open("CensusService/WatchCensus", request).ok());
}

TEST_F(CensusServiceTest, WhatOneWatcherAsksForIsNotShownToAnother) {
  Append({Admitted("a", 1, "V1", 0)});
  v1::WatchCensusRequest request;
  request.add_kommuner("5031");
  request.add_kommuner("5031");
  auto asking = Open("CensusService/WatchCensus", request);
  ASSERT_TRUE(asking.ok());
  const auto asked = Next<v1::WatchCensusResponse>(**asking);
  ASSERT_EQ(asked->kommuner_size(), 1) << "shown though it has nothing to count";
  EXPECT_EQ(asked->kommuner(0).name(), "Malvik");
  auto all = Open("CensusService/WatchCensus", v1::WatchCensusRequest());
  ASSERT_TRUE(all.ok());
  const auto first = Next<v1::WatchCensusResponse>(**all);
  ASSERT_EQ(first->kommuner_size(), 1);
  EXPECT_EQ(first->kommuner(0).kommune(), "5001");
  Append({Admitted("b", 2, "V2", 0, "5031")});
  for (auto* stream : {asking->get(), all->get()}) {
    const auto news = Next<v1::WatchCensusResponse>(*stream);
    ASSERT_NE(news, nullptr);
    ASSERT_EQ(news->kommuner_size(), 1);
    EXPECT_EQ(news->kommuner(0).inpatients(), 1);
  }
}

TEST_F(CensusServiceTest, EveryAnswerSaysWhatItRestsOn) {
  const std::string cursor = Append({Admitted("a", 1, "V1", 0)});
  v1::GetCensusRequest request;
  request.set_wait_for(cursor);
  const auto response = Get(request);
  ASSERT_TRUE(response.ok());
  ASSERT_EQ(response->as_of().sources_size(), 1);
  EXPECT_EQ(response->as_of().sources(0).source(), "hl7v2:STO");
  EXPECT_FALSE(response->as_of().sources(0).stale());
  clock_.Advance(absl::Hours(1));
  const auto later = Get(request);
  EXPECT_TRUE(later->as_of().sources(0).stale());
  EXPECT_TRUE(later->as_of().stale());
}

TEST_F(CensusServiceTest, AWatcherGetsAllFirstAndThenWhatChanged) {
  Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 0, "5031")});
  auto stream = Open("CensusService/WatchCensus", v1::WatchCensusRequest());
  ASSERT_TRUE(stream.ok());
  const auto first = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_NE(first, nullptr);
  EXPECT_TRUE(first->full());
  EXPECT_EQ(first->kommuner_size(), 2);
  EXPECT_EQ(Next<v1::WatchCensusResponse>(**stream), nullptr);
  Append({UkpDeclared("u", 1, 0, 30)});
  const auto second = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_NE(second, nullptr);
  EXPECT_FALSE(second->full());
  ASSERT_EQ(second->kommuner_size(), 1);
  EXPECT_EQ(second->kommuner(0).kommune(), "5001");
  EXPECT_EQ(second->kommuner(0).ukp(), 1);
}

TEST_F(CensusServiceTest, ASlowWatcherSkipsSteps) {
  auto stream = Open("CensusService/WatchCensus", v1::WatchCensusRequest());
  ASSERT_TRUE(stream.ok());
  (void)Next<v1::WatchCensusResponse>(**stream);
  for (int i = 0; i < 50; ++i)
    Append({Admitted("a" + std::to_string(i), i + 10, "V" + std::to_string(i), i)});
  const auto message = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_NE(message, nullptr);
  ASSERT_EQ(message->kommuner_size(), 1);
  EXPECT_EQ(message->kommuner(0).inpatients(), 50);
  EXPECT_EQ(Next<v1::WatchCensusResponse>(**stream), nullptr);
}

TEST_F(CensusServiceTest, AWatcherIsNotWokenByWhatDoesNotConcernIt) {
  v1::WatchCensusRequest request;
  request.add_kommuner("5031");
  request.add_hospitals("983971636");
  auto stream = Open("CensusService/WatchCensus", request);
  ASSERT_TRUE(stream.ok());
  (void)Next<v1::WatchCensusResponse>(**stream);
  const int before = wakes_;
  Append({Admitted("a", 1, "V1", 0)});
  EXPECT_EQ(wakes_, before);
  v1::Envelope there = Admitted("b", 2, "V2", 0, "5031");
  there.set_hospital("983971636");
  Append({there});
  EXPECT_GT(wakes_, before) << "streams hear of an epoch before those who wait for it";
}

TEST_F(CensusServiceTest, ATickTellsAgesAndMovesWhatIsRelativeToNow) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 30)});
  auto stream = Open("CensusService/WatchCensus", v1::WatchCensusRequest());
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(Next<v1::WatchCensusResponse>(**stream)->kommuner(0).ukp_over_24h(), 0);
  clock_.Advance(absl::Hours(2));
  census_.Tick();
  const auto message = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->kommuner(0).ukp_over_24h(), 1);
  EXPECT_TRUE(message->as_of().sources(0).stale());
}

}  // namespace
}  // namespace overgang::board
