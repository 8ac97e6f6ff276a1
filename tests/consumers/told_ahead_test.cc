// What is told ahead counts when its time comes, in every answer, though no further fact comes.
#include "tests/consumers/moments_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

constexpr int kNow = 60 * 24;  // Minutes after the fixed morning, as the clock of BoardTest is.

class ToldAheadTest : public MomentsTest {
 protected:
  // Declared now for an hour later.
  static v1::Envelope DeclaredAhead() {
    v1::Envelope fact = UkpDeclared("u", 1, 0, kNow + 60);
    *fact.mutable_recorded_at() = ToProto(At(kNow));
    return fact;
  }
  // Told now: of Malvik in two hours.
  static v1::Envelope MovesAhead() {
    v1::Envelope fact = Fact("m", 1, "V1", kNow);
    fact.set_stay_kommune("5031");
    *fact.mutable_patient_details_changed()->mutable_moved_kommune_at() = ToProto(At(kNow + 120));
    return fact;
  }
  v1::KommuneCensus Of(const std::string& kommune) {
    v1::GetCensusRequest request;
    request.add_kommuner(kommune);
    const Census answer = Get(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->kommuner(0) : v1::KommuneCensus();
  }
  std::vector<v1::Stay> List(const std::string& kommune, v1::StayState state) {
    v1::ListStaysRequest request;
    request.set_kommune(kommune);
    request.set_state(state);
    auto answer =
        Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? std::vector<v1::Stay>(answer->stays().begin(), answer->stays().end())
                       : std::vector<v1::Stay>();
  }
  std::unique_ptr<MessageStream> Watch(const std::string& kommune, v1::StayState state) {
    v1::WatchStaysRequest request;
    request.set_kommune(kommune);
    request.set_state(state);
    auto stream = Open("PathwayService/WatchStays", request);
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }
  std::shared_ptr<const v1::WatchStaysResponse> News(const std::unique_ptr<MessageStream>& stream) {
    return Next<v1::WatchStaysResponse>(*stream);
  }
};

TEST_F(ToldAheadTest, UkpIsCountedAndListedFromItsTimeOn) {
  Append({Admitted("a", 1, "V1", 0), DeclaredAhead()});
  EXPECT_EQ(Of("5001").ukp(), 0);
  EXPECT_EQ(List("5001", v1::STAY_STATE_UKP).size(), 0u);
  ASSERT_EQ(List("5001", v1::STAY_STATE_INPATIENT).size(), 1u);
  EXPECT_FALSE(List("5001", v1::STAY_STATE_INPATIENT)[0].has_ukp_since());
  const v1::GetCensusResponse before = Now();
  clock_.Set(At(kNow + 60));
  EXPECT_EQ(Of("5001").ukp(), 1);
  EXPECT_EQ(Of("5001").longest_ukp().seconds(), 0);
  ASSERT_EQ(List("5001", v1::STAY_STATE_UKP).size(), 1u);
  EXPECT_EQ(FromProto(List("5001", v1::STAY_STATE_UKP)[0].ukp_since()), At(kNow + 60));
  ExpectSameAgain(before);
  EXPECT_EQ(Explain(before).changes_size(), 0) << "that time passes is nothing learnt";
}

TEST_F(ToldAheadTest, AWatcherOfTheCensusHearsOfItWithTheNextTick) {
  Append({Admitted("a", 1, "V1", 0), DeclaredAhead(), MovesAhead()});
  auto stream = Open("CensusService/WatchCensus", v1::WatchCensusRequest());
  ASSERT_TRUE(stream.ok());
  const auto first = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_EQ(first->kommuner_size(), 1) << "nobody is of Malvik yet";
  EXPECT_EQ(first->kommuner(0).ukp(), 0);
  clock_.Set(At(kNow + 61));
  census_.Tick();
  const auto ready = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_EQ(ready->kommuner_size(), 1);
  EXPECT_EQ(ready->kommuner(0).ukp(), 1);
  clock_.Set(At(kNow + 120));
  census_.Tick();
  const auto moved = Next<v1::WatchCensusResponse>(**stream);
  ASSERT_EQ(moved->kommuner_size(), 2);
  EXPECT_EQ(moved->kommuner(0).inpatients(), 0);
  EXPECT_EQ(moved->kommuner(1).kommune(), "5031");
  EXPECT_EQ(moved->kommuner(1).ukp(), 1);
}

TEST_F(ToldAheadTest, AMoveMovesTheStayInEveryAnswerWhenItsTimeComes) {
  Append({Admitted("a", 1, "V1", 0), MovesAhead(), Admitted("b", 2, "V2", 0)});
  for (const bool moved : {false, true}) {
    clock_.Set(At(kNow + (moved ? 120 : 119)));
    EXPECT_EQ(Of("5001").inpatients(), moved ? 1 : 2);
    EXPECT_EQ(Of("5031").inpatients(), moved ? 1 : 0);
    EXPECT_EQ(Now().kommuner_size(), moved ? 2 : 1);
    EXPECT_EQ(Now().hospitals(0).inpatients(), 2);
    EXPECT_EQ(List("5001", v1::STAY_STATE_INPATIENT).size(), moved ? 1u : 2u);
    EXPECT_EQ(List("5001", v1::STAY_STATE_ANY).size(), moved ? 1u : 2u);
    EXPECT_EQ(List("", v1::STAY_STATE_INPATIENT).size(), 2u) << "each once";
    const auto there = List("5031", v1::STAY_STATE_INPATIENT);
    ASSERT_EQ(there.size(), moved ? 1u : 0u);
    v1::GetCensusRequest both;
    both.add_kommuner("5001");
    both.add_kommuner("5031");
    EXPECT_EQ(Get(both)->hospitals(0).inpatients(), 2) << "each once";
  }
  v1::GetCensusRequest then;
  *then.mutable_occurred_until() = ToProto(At(kNow + 60));
  then.add_kommuner("5001");
  EXPECT_EQ(Get(then)->kommuner(0).inpatients(), 2);
}

TEST_F(ToldAheadTest, WatchersOfStaysHearWhoComesAndGoesWithTime) {
  Append({Admitted("a", 1, "V1", 0), DeclaredAhead(), MovesAhead()});
  const auto ready = Watch("5001", v1::STAY_STATE_UKP);
  const auto here = Watch("5001", v1::STAY_STATE_INPATIENT);
  const auto there = Watch("5031", v1::STAY_STATE_INPATIENT);
  EXPECT_EQ(News(ready)->stays_size(), 0);
  ASSERT_EQ(News(here)->stays_size(), 1);
  EXPECT_EQ(News(there)->stays_size(), 0);
  clock_.Set(At(kNow + 60));
  EXPECT_EQ(News(ready)->stays_size(), 1);
  const auto declared = News(here);
  ASSERT_EQ(declared->stays_size(), 1);
  EXPECT_TRUE(declared->stays(0).has_ukp_since());
  EXPECT_EQ(News(there)->stays_size(), 0) << "how old the sources are";
  EXPECT_EQ(News(here), nullptr);
  clock_.Set(At(kNow + 120));
  EXPECT_EQ(News(ready)->gone_stay_ids_size(), 1);
  EXPECT_EQ(News(here)->gone_stay_ids_size(), 1);
  const auto moved = News(there);
  ASSERT_EQ(moved->stays_size(), 1);
  EXPECT_EQ(moved->stays(0).stay_kommune(), "5031");
  clock_.Set(At(kNow + 180));
  for (const auto* stream : {&ready, &here, &there}) {
    const auto ages = News(*stream);
    EXPECT_EQ(ages->stays_size() + ages->gone_stay_ids_size(), 0);
  }
}

TEST_F(ToldAheadTest, WhoAnswersForAStayIsItsKommuneByNow) {
  Append({Admitted("a", 1, "V1", 0), MovesAhead()});
  const std::string id = List("5001", v1::STAY_STATE_INPATIENT)[0].stay_id();
  for (const bool moved : {false, true}) {
    clock_.Set(At(kNow + (moved ? 120 : 119)));
    const std::string kommune = moved ? "5031" : "5001";
    EXPECT_EQ(views_.FindStay(id)->stay_kommune, kommune);
    EXPECT_EQ(views_.FindOpenStay(Ref(1), kHospital)->stay_kommune, kommune);
  }
}

// Whose a stay is, is asked of when it is known, also where the question is of an earlier time.
TEST_F(ToldAheadTest, WhoHasAStayNowIsToldOfItAsItWasBeforeTheMove) {
  Append({Admitted("a", 1, "V1", 0), MovesAhead()});
  v1::GetPathwayRequest request;
  request.set_stay_id(List("5001", v1::STAY_STATE_INPATIENT)[0].stay_id());
  const auto told_to = [&](const std::string& kommune) {
    auto scope = std::make_shared<Scope>();
    scope->kommuner = {kommune};
    caller_.scope = scope;
    return Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway", request)
        .ok();
  };
  EXPECT_TRUE(told_to("5001"));
  EXPECT_FALSE(told_to("5031")) << "its time has not come";
  clock_.Set(At(kNow + 121));
  *request.mutable_moment()->mutable_occurred_until() = ToProto(At(kNow + 60));
  EXPECT_TRUE(told_to("5031"));
  EXPECT_TRUE(told_to("5001")) << "it was theirs then";
  EXPECT_FALSE(told_to("5028"));
}

TEST_F(ToldAheadTest, ManyWhoChangeAtOnceComeInPartsAndOnce) {
  constexpr int kMany = static_cast<int>(kStaysPerMessageMax) + 20;
  std::vector<v1::Envelope> facts;
  for (int i = 0; i < kMany; ++i) {
    const std::string n = std::to_string(i);
    facts.push_back(Admitted("a" + n, i, "V" + n, 0));
    facts.push_back(Fact("u" + n, i, "V" + n, kNow + 60));
    facts.back().mutable_ukp_declared();
  }
  Append(facts);
  const auto here = Watch("5001", v1::STAY_STATE_INPATIENT);
  EXPECT_EQ(News(here)->stays_size() + News(here)->stays_size(), kMany);
  clock_.Set(At(kNow + 60));
  EXPECT_EQ(News(here)->stays_size(), static_cast<int>(kStaysPerMessageMax));
  EXPECT_EQ(News(here)->stays_size(), 20);
  EXPECT_EQ(News(here), nullptr);
}

}  // namespace
}  // namespace overgang::board
