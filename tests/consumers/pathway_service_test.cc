// Stays one by one: lists, stories, watching.
#include <thread>

#include "consumers/board/stay_query.h"
#include "core/errors.h"
#include "projections/tables.h"
#include "tests/consumers/board_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

class PathwayServiceTest : public BoardTest {
 protected:
  absl::StatusOr<v1::ListStaysResponse> List(const std::string& kommune, v1::StayState state,
                                             int size = 0, const std::string& token = "") {
    v1::ListStaysRequest request;
    request.set_kommune(kommune);
    request.set_state(state);
    request.set_page_size(size);
    request.set_page_token(token);
    return Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
  }
  absl::StatusOr<v1::GetPathwayResponse> Get(const v1::GetPathwayRequest& request) {
    return Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway",
                                                               request);
  }
};

TEST_F(PathwayServiceTest, ListsByStateAndPages) {
  std::vector<v1::Envelope> facts;
  for (int i = 0; i < 25; ++i)
    facts.push_back(Admitted("a" + std::to_string(i), i, "V" + std::to_string(i), i));
  for (int i = 0; i < 5; ++i)
    facts.push_back(Discharged("d" + std::to_string(i), i, "V" + std::to_string(i), 100 + i));
  facts.push_back(UkpDeclared("u", 7, 7, 50));
  Append(facts);
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = List("5001", v1::STAY_STATE_INPATIENT, 8, token);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Stay& stay : page->stays()) seen.push_back(stay.patient_ref());
    token = page->next_page_token();
  } while (!token.empty());
  ASSERT_EQ(seen.size(), 20u);
  EXPECT_EQ(seen.front(), Ref(24)) << "newest admission first";
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 20u);
  EXPECT_EQ(List("5001", v1::STAY_STATE_UKP)->stays_size(), 1);
  const auto discharged = List("5001", v1::STAY_STATE_DISCHARGED, 3);
  ASSERT_EQ(discharged->stays_size(), 3);
  EXPECT_EQ(discharged->stays(0).patient_ref(), Ref(4)) << "newest discharge first";
  EXPECT_EQ(List("5001", v1::STAY_STATE_DISCHARGED, 3, discharged->next_page_token())->stays_size(),
            2);
  EXPECT_EQ(List("5001", v1::STAY_STATE_ANY)->stays_size(), 25);
  EXPECT_EQ(List("5031", v1::STAY_STATE_ANY)->stays_size(), 0);
}

// Stays that ended, a minute apart, the newest first.
class ClosedStays {
 public:
  void Add(const std::string& hospital, const std::string& kommune) {
    projections::Contribution stay;
    EXPECT_TRUE(projections::Uuid::Parse(NameUuid({"s", std::to_string(++added_)}), &stay.stay_id));
    stay.entry.hospital.Assign(hospital);
    stay.entry.stay_kommune.Assign(kommune);
    stay.entry.ended_us = absl::ToUnixMicros(At(-added_));
    stay.entry.admitted_us = stay.entry.ended_us - 1;
    const std::string key = projections::ClosedKey(stay);
    writes_.push_back({projections::kClosedStay, key, stay.entry.Serialize()});
    v1::Stay row;
    row.set_visit_key(std::to_string(added_));
    writes_.push_back({projections::kStay, projections::StayKey(stay), row.SerializeAsString()});
  }
  projections::Epoch Epoch() {
    EXPECT_TRUE(store_.Commit(writes_).ok());
    projections::Epoch epoch;
    epoch.census = census_.view();
    epoch.rows = store_.Snapshot();
    return epoch;
  }

 private:
  int added_ = 0;
  WriteSet writes_;
  MemoryStore store_;
  projections::CensusFold census_;
};

TEST(ListStays, APageEndsAfterSoManyRowsAndTheNextGoesOnThereInTheRightOrder) {
  ClosedStays stays;
  const std::string other = "983971636";
  stays.Add(other, "5001");  // 1.
  for (size_t i = 0; i <= kRowsPerPageMax / 2; ++i) stays.Add(kHospital, "5031");
  stays.Add(kHospital, "5001");
  stays.Add(other, "5001");
  const projections::Epoch epoch = stays.Epoch();
  const StayFilter filter{Scope::All(), "5001", "", v1::STAY_STATE_DISCHARGED};
  const ServeAt at{absl::ToUnixMicros(At(0)), &PaymentTerms::BuiltIn()};
  std::vector<std::string> pages;
  std::string token;
  do {
    const auto page = ListStays(epoch, filter, at, 10, token, [] { return false; });
    ASSERT_TRUE(page.ok()) << page.status();
    std::string& visits = pages.emplace_back();
    for (const v1::Stay& stay : page->stays()) visits += stay.visit_key() + " ";
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(pages, (std::vector<std::string>{"1 ", "50003 50004 "}));
  EXPECT_EQ(ListStays(epoch, filter, at, 10, "", [] { return true; }).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  // Where the first page ends is told by a stay of 5031's, which is not for 5001 to know.
  const StayFilter own{std::make_shared<const Scope>(Scope{.kommuner = {"5001"}, .hospitals = {}}),
                       "", "", v1::STAY_STATE_DISCHARGED};
  const auto page = ListStays(epoch, own, at, 10, "", [] { return false; });
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->stays_size(), 3);
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(PathwayServiceTest, AHospitalThatIsNoNumberIsRefusedByItsField) {
  v1::ListStaysRequest request;
  request.set_hospital("abcdefghi");
  const auto refused =
      Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlaceOf(refused.status()).field, "hospital");
  EXPECT_EQ(PlaceOf(refused.status()).remedy, "give 9 digits");
}

TEST_F(PathwayServiceTest, AStoryIsNotToldOnTheThreadThatAsks) {
  Append({Admitted("a", 1, "V1", 0)});
  v1::GetPathwayRequest request;
  request.set_patient_ref(Ref(1));
  std::promise<std::thread::id> told_on;
  table_.FindUnary("overgang.v1.PathwayService/GetPathway")->call(caller_, request, [&](auto) {
    told_on.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(told_on.get_future().get(), std::this_thread::get_id());
}

TEST_F(PathwayServiceTest, TellsAStayFactByFactWithWhatWasTakenBack) {
  Append({Admitted("a", 1, "V1", 0), Discharged("d", 1, "V1", 60),
          Cancelled("c", 1, "V1", 70, v1::FACT_KIND_PATIENT_DISCHARGED)});
  v1::GetPathwayRequest request;
  request.set_stay_id(List("5001", v1::STAY_STATE_INPATIENT)->stays(0).stay_id());
  const auto story = Get(request);
  ASSERT_TRUE(story.ok()) << story.status();
  ASSERT_EQ(story->facts_size(), 3);
  EXPECT_TRUE(story->facts(0).fact().has_patient_admitted());
  EXPECT_FALSE(story->facts(0).cancelled());
  EXPECT_TRUE(story->facts(1).cancelled());
  EXPECT_EQ(story->stays_size(), 1);
}

TEST_F(PathwayServiceTest, FindsAStayByAFormerIdAndAPersonByAnyReference) {
  Append({AsPlo(Admitted("p", 1, "", 5), 5)});
  const std::string former = List("5001", v1::STAY_STATE_INPATIENT)->stays(0).stay_id();
  v1::Envelope admitted = Admitted("a", 1, "V1", 0);
  admitted.add_alias_refs(Ref(8));
  Append({admitted});
  v1::GetPathwayRequest request;
  request.set_stay_id(former);
  const auto by_id = Get(request);
  ASSERT_TRUE(by_id.ok()) << by_id.status();
  EXPECT_NE(by_id->stays(0).stay_id(), former);
  request.set_patient_ref(Ref(8));
  const auto by_ref = Get(request);
  ASSERT_TRUE(by_ref.ok()) << by_ref.status();
  EXPECT_EQ(by_ref->stays_size(), 1);
  request.set_patient_ref(Ref(77));
  EXPECT_EQ(Get(request).status().code(), absl::StatusCode::kNotFound);
  request.set_stay_id("not an id");
  EXPECT_EQ(Get(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PathwayServiceTest, AWatcherHearsWhoComesAndWhoGoes) {
  Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 1)});
  v1::WatchStaysRequest request;
  request.set_kommune("5001");
  auto stream = Open("PathwayService/WatchStays", request);
  ASSERT_TRUE(stream.ok()) << stream.status();
  const auto first = Next<v1::WatchStaysResponse>(**stream);
  EXPECT_TRUE(first->full());
  EXPECT_EQ(first->stays_size(), 2);
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**stream), nullptr);
  const std::string leaving = List("5001", v1::STAY_STATE_INPATIENT)->stays(1).stay_id();
  Append({Discharged("d", 1, "V1", 60), UkpDeclared("u", 2, 1, 90)});
  const auto second = Next<v1::WatchStaysResponse>(**stream);
  ASSERT_NE(second, nullptr);
  ASSERT_EQ(second->gone_stay_ids_size(), 1);
  EXPECT_EQ(second->gone_stay_ids(0), leaving);
  ASSERT_EQ(second->stays_size(), 1);
  EXPECT_TRUE(second->stays(0).has_ukp_since());
}

TEST_F(PathwayServiceTest, AStayThatMovesWhenPersonsAreJoinedIsNotGone) {
  Append({Admitted("a", 7, "V1", 0)});
  auto stream = Open("PathwayService/WatchStays", v1::WatchStaysRequest());
  ASSERT_TRUE(stream.ok()) << stream.status();
  const auto first = Next<v1::WatchStaysResponse>(**stream);
  ASSERT_EQ(first->stays_size(), 1);
  // The row of the two lies under the lower reference.
  Append({Merged("m", 2, 7, 40)});
  const auto second = Next<v1::WatchStaysResponse>(**stream);
  ASSERT_NE(second, nullptr);
  ASSERT_EQ(second->stays_size(), 1);
  EXPECT_EQ(second->stays(0).stay_id(), first->stays(0).stay_id());
  EXPECT_EQ(second->gone_stay_ids_size(), 0);
}

TEST_F(PathwayServiceTest, AWatcherOfManyGetsThemInPartsAndHearsWhenAllHaveGone) {
  constexpr int kMany = static_cast<int>(kStaysPerMessageMax) + 20;
  std::vector<v1::Envelope> come;
  std::vector<v1::Envelope> go;
  for (int i = 0; i < kMany; ++i) {
    const std::string n = std::to_string(i);
    come.push_back(Admitted("a" + n, i, "V" + n, 0));
    go.push_back(Discharged("d" + n, i, "V" + n, 10));
  }
  Append(come);
  v1::WatchStaysRequest request;
  request.set_kommune("5001");
  auto all = Open("PathwayService/WatchStays", request);
  auto part = Open("PathwayService/WatchStays", request);
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**all)->stays_size(),
            static_cast<int>(kStaysPerMessageMax));
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**all)->stays_size(), 20);
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**all), nullptr);
  (void)Next<v1::WatchStaysResponse>(**part);
  Append({Admitted("b", 9999, "W", 0, "5031")});
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**all), nullptr) << "of another kommune";
  Append(go);
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**all)->gone_stay_ids_size(), kMany);
  EXPECT_EQ(Next<v1::WatchStaysResponse>(**part)->gone_stay_ids_size(),
            static_cast<int>(kStaysPerMessageMax));
}

TEST_F(PathwayServiceTest, APersonsPathwayTellsNothingOfAnotherOne) {
  // Both were once seen with one identifier: a mistake somewhere, which links neither.
  v1::Envelope first = Admitted("a", 1, "V1", 0);
  first.add_alias_refs(Ref(9));
  v1::Envelope second = Admitted("b", 2, "V2", 0);
  second.add_alias_refs(Ref(9));
  // An admission that was taken back is of no stay.
  Append({first, second, Admitted("c", 2, "V3", 20),
          Cancelled("d", 2, "V3", 30, v1::FACT_KIND_PATIENT_ADMITTED)});
  v1::GetPathwayRequest request;
  request.set_patient_ref(Ref(1));
  const auto story = Get(request);
  ASSERT_TRUE(story.ok()) << story.status();
  EXPECT_EQ(story->stays_size(), 1);
  ASSERT_EQ(story->facts_size(), 1);
  EXPECT_EQ(story->facts(0).fact().patient_ref(), Ref(1));
  request.set_patient_ref(Ref(2));
  EXPECT_EQ(Get(request)->facts_size(), 3);
}

TEST_F(PathwayServiceTest, AStateThatIsNoneIsRefused) {
  EXPECT_EQ(List("5001", static_cast<v1::StayState>(77)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace overgang::board
