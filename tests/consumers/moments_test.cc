// Questions about a moment: an answer made again exactly, what was learnt since and changed it, and
// the errors.
#include <memory>
#include <set>

#include "core/errors.h"
#include "tests/consumers/moments_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

TEST_F(MomentsTest, AnAnswerIsMadeAgainToTheByteWhateverCameSince) {
  v1::Envelope places;
  places.set_event_id(Id("places"));
  *places.mutable_occurred_at() = *places.mutable_recorded_at() = ToProto(At(60 * 23));
  places.set_schema_version(1);
  places.mutable_places_reported()->set_unit("5001-oya");
  places.mutable_places_reported()->set_free(3);
  places.mutable_places_reported()->add_shared_by("5001");
  Append(
      {Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60), Admitted("b", 2, "V2", 30), places});
  const v1::GetCensusResponse morning = Now();
  ASSERT_EQ(morning.kommuner(0).inpatients(), 2);
  ASSERT_EQ(morning.kommuner(0).free_places(), 3);

  clock_.Advance(absl::Hours(3));
  v1::Envelope fewer = places;
  fewer.set_event_id(Id("fewer"));
  *fewer.mutable_occurred_at() = *fewer.mutable_recorded_at() = ToProto(At(60 * 26));
  fewer.mutable_places_reported()->set_free(1);
  Append({Discharged("d", 1, "V1", 60 * 20), Admitted("c", 3, "V3", 45), fewer,
          Cancelled("x", 2, "V2", 60 * 25, v1::FACT_KIND_PATIENT_ADMITTED)});
  EXPECT_EQ(Now().kommuner(0).inpatients(), 1);
  EXPECT_EQ(Now().kommuner(0).free_places(), 1);
  ExpectSameAgain(morning);
  ExpectSameAgain(morning);  // From the moment that is open now.
}

TEST_F(MomentsTest, TheNewestAnswerIsMadeAgainToo) {
  Append({Admitted("a", 1, "V1", 0)});
  const v1::GetCensusResponse answer = Now();
  clock_.Advance(absl::Minutes(10));
  ExpectSameAgain(answer);
}

TEST_F(MomentsTest, WhatWasKnownIsWhatTheLogHadTakenByThen) {
  Append({Admitted("a", 1, "V1", 0)});
  const absl::Time first = clock_.Now();
  clock_.Advance(absl::Hours(1));
  Append({Admitted("b", 2, "V2", 10)});  // It had happened long before.
  const absl::Time second = clock_.Now();
  clock_.Advance(absl::Hours(1));
  Append({Discharged("d", 1, "V1", 20)});
  EXPECT_EQ(InpatientsAt(first - absl::Microseconds(1)), 0);
  EXPECT_EQ(InpatientsAt(first), 1);
  EXPECT_EQ(InpatientsAt(second - absl::Microseconds(1)), 1);
  EXPECT_EQ(InpatientsAt(second), 2);
  EXPECT_EQ(InpatientsAt(clock_.Now()), 1);
}

TEST_F(MomentsTest, BothNightsOfAClockChangeHaveAllTheirHours) {
  // 02:30 comes twice in October and not at all in March: instants are what is asked for.
  for (const char* night : {"2026-10-25T00:00:00Z", "2027-03-28T00:00:00Z"}) {
    absl::Time midnight;
    std::string error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, night, &midnight, &error)) << error;
    std::vector<std::pair<absl::Time, int>> seen;
    for (int half_hour = 0; half_hour < 6; ++half_hour) {
      clock_.Set(midnight + absl::Minutes(30 * half_hour));
      const std::string id = night + std::to_string(half_hour);
      Append({Admitted(id, static_cast<int>(100 + seen.size()), id, 0)});
      seen.emplace_back(clock_.Now(), Now().kommuner(0).inpatients());
    }
    clock_.Advance(absl::Hours(5));
    Append({Admitted(std::string(night) + "late", 99, std::string(night) + "late", 0)});
    for (const auto& [time, inpatients] : seen)
      EXPECT_EQ(InpatientsAt(time), inpatients) << absl::FormatTime(time, Oslo());
  }
}

TEST_F(MomentsTest, ALateFactExplainsWhatItChanged) {
  Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 0)});
  const v1::GetCensusResponse morning = Now();
  clock_.Advance(absl::Hours(2));
  Append({UkpDeclared("late", 1, 0, 30), Admitted("after", 3, "V3", 60 * 25),
          Discharged("after2", 2, "V2", 60 * 25)});
  const v1::ExplainCensusResponse explained = Explain(morning);
  EXPECT_EQ(explained.before().SerializeAsString(), morning.kommuner(0).SerializeAsString());
  EXPECT_EQ(explained.before().ukp(), 0);
  EXPECT_EQ(explained.after().ukp(), 1);
  EXPECT_EQ(explained.after().inpatients(), 2);  // What happened later is no correction.
  ASSERT_EQ(explained.changes_size(), 1);
  const v1::CensusChange& change = explained.changes(0);
  EXPECT_EQ(change.before().visit_key(), "V1");
  EXPECT_EQ(change.before().ukp_periods_size(), 0);
  EXPECT_EQ(change.after().ukp_periods_size(), 1);
  EXPECT_EQ(Learnt(change), std::vector{Id("late")});
  EXPECT_EQ(change.facts(0).stay_id(), change.before().stay_id());
}

TEST_F(MomentsTest, AnAdmissionThatWasCancelledSinceAndOneThatCameLate) {
  Append({Admitted("a", 1, "V1", 0)});
  const v1::GetCensusResponse morning = Now();
  clock_.Advance(absl::Hours(2));
  Append({Cancelled("x", 1, "V1", 60 * 25, v1::FACT_KIND_PATIENT_ADMITTED),
          Admitted("late", 2, "V2", 30)});
  const v1::ExplainCensusResponse explained = Explain(morning);
  EXPECT_EQ(explained.before().inpatients(), 1);
  EXPECT_EQ(explained.after().inpatients(), 1);
  ASSERT_EQ(explained.changes_size(), 2);
  for (const v1::CensusChange& change : explained.changes()) {
    ASSERT_NE(change.has_before(), change.has_after());
    EXPECT_EQ(Learnt(change), std::vector{Id(change.has_before() ? "x" : "late")});
  }
}

TEST_F(MomentsTest, PersonsWhoWereMergedSinceAreComparedAsOne) {
  // PLO tells of the same stay under another reference: two stays until they are merged.
  v1::Envelope plo = UkpDeclared("u", 2, 0, 60);
  plo.set_stay_kommune("5001");
  Append({Admitted("a", 1, "V1", 0), plo});
  const v1::GetCensusResponse morning = Now();
  ASSERT_EQ(morning.kommuner(0).inpatients(), 2);
  clock_.Advance(absl::Hours(2));
  Append({Merged("m", 1, 2, 60 * 25)});
  ASSERT_EQ(Now().kommuner(0).inpatients(), 1);
  const v1::ExplainCensusResponse explained = Explain(morning);
  EXPECT_EQ(explained.before().inpatients(), 2);
  EXPECT_EQ(explained.after().inpatients(), 1);
  ASSERT_GE(explained.changes_size(), 1);
  for (const v1::CensusChange& change : explained.changes())
    EXPECT_EQ(Learnt(change), std::vector{Id("m")});
  ExpectSameAgain(morning);
}

TEST_F(MomentsTest, WhoIsWhomAndWhatElseIsOfNoStayExplainsToWhoSeesEverythingAlone) {
  Append({Admitted("a", 1, "V1", 0), Admitted("c", 3, "V3", 0)});
  const v1::GetCensusResponse morning = Now();
  clock_.Advance(absl::Hours(2));
  v1::Envelope elsewhere = Fact("elsewhere", 1, "", 40);
  elsewhere.mutable_patient_details_changed();
  elsewhere.set_hospital("974754118");
  elsewhere.set_residence_kommune("5031");
  Append({UkpDeclared("late", 1, 0, 30), elsewhere, Merged("m", 1, 2, 50),
          Cancelled("x", 3, "V3", 50, v1::FACT_KIND_PATIENT_ADMITTED)});
  const auto learnt = [&] {
    std::set<std::string> ids;
    const v1::ExplainCensusResponse explained = Explain(morning);
    for (const v1::CensusChange& change : explained.changes()) {
      const auto of_change = Learnt(change);
      ids.insert(of_change.begin(), of_change.end());
    }
    return ids;
  };
  EXPECT_EQ(learnt(), (std::set{Id("late"), Id("elsewhere"), Id("m"), Id("x")}));
  caller_.scope = std::make_shared<const Scope>(Scope{.kommuner = {"5001"}, .hospitals = {}});
  EXPECT_EQ(learnt(), (std::set{Id("late"), Id("x")}));
  caller_.scope = std::make_shared<const Scope>(Scope{.kommuner = {}, .hospitals = {kHospital}});
  EXPECT_EQ(learnt(), (std::set{Id("late"), Id("x")}));
}

TEST_F(MomentsTest, AStayThatBelongsToAnotherKommuneIsNotKnownThere) {
  Append({Admitted("a", 1, "V1", 0)});
  const v1::GetCensusResponse morning = Now();
  clock_.Advance(absl::Hours(2));
  v1::Envelope moved = Fact("moved", 1, "V1", 30);
  moved.mutable_patient_details_changed();
  moved.set_stay_kommune("5031");
  moved.set_residence_kommune("5031");
  Append({moved});
  const v1::ExplainCensusResponse explained = Explain(morning);
  EXPECT_EQ(explained.after().inpatients(), 0);
  ASSERT_EQ(explained.changes_size(), 1);
  EXPECT_TRUE(explained.changes(0).has_before());
  EXPECT_FALSE(explained.changes(0).has_after());
  EXPECT_EQ(Learnt(explained.changes(0)), std::vector{Id("moved")});
}

TEST_F(MomentsTest, NothingLearntIsNothingToExplain) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  const v1::GetCensusResponse morning = Now();
  clock_.Advance(absl::Hours(2));
  Append({Discharged("d", 1, "V1", 60 * 25)});
  const v1::ExplainCensusResponse explained = Explain(morning);
  EXPECT_EQ(explained.changes_size(), 0);
  EXPECT_EQ(explained.after().SerializeAsString(), explained.before().SerializeAsString());
}

TEST_F(MomentsTest, KnownAndHappenedAreTwoThings) {
  Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 30)});
  const absl::Time known = clock_.Now();
  clock_.Advance(absl::Hours(1));
  Append({Admitted("late", 3, "V3", 5), Discharged("d", 1, "V1", 20)});
  v1::GetCensusRequest request;
  request.add_kommuner("5001");
  *request.mutable_occurred_until() = ToProto(At(10));
  EXPECT_EQ(Get(request)->kommuner(0).inpatients(), 2);  // a, late.
  *request.mutable_as_of() = ToProto(known);
  EXPECT_EQ(Get(request)->kommuner(0).inpatients(), 1);  // a.
  EXPECT_EQ(FromProto(Get(request)->as_of().now()), known);
  *request.mutable_occurred_until() = ToProto(At(40));
  EXPECT_EQ(Get(request)->kommuner(0).inpatients(), 2);  // a, b.
}

TEST_F(MomentsTest, AgesAreThoseOfTheNowThatIsAskedFor) {
  Append({Admitted("a", 1, "V1", -3000), UkpDeclared("u", 1, -3000, -2000),
          Discharged("d", 1, "V1", 60)});
  v1::GetCensusRequest request;
  request.add_kommuner("5001");
  *request.mutable_occurred_until() = ToProto(At(0));
  EXPECT_EQ(Get(request)->kommuner(0).longest_ukp().seconds(), 2000 * 60);
  *request.mutable_as_of() = ToProto(At(60 * 24));
  EXPECT_EQ(Get(request)->kommuner(0).longest_ukp().seconds(), (2000 + 24 * 60) * 60);
}

TEST_F(MomentsTest, APathwayIsToldAsItWasKnownAndAsItHadHappened) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  const absl::Time known = clock_.Now();
  clock_.Advance(absl::Hours(1));
  Append({Discharged("d", 1, "V1", 120), Answered("y", 1, 0, 40, true),
          Cancelled("x", 1, "V1", 60 * 25, v1::FACT_KIND_PATIENT_DISCHARGED)});
  const auto tell = [&](const v1::Moment& moment) {
    v1::GetPathwayRequest request;
    request.set_patient_ref(Ref(1));
    *request.mutable_moment() = moment;
    auto told =
        Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway", request);
    EXPECT_TRUE(told.ok()) << told.status();
    return told.value_or(v1::GetPathwayResponse());
  };
  v1::Moment moment;
  EXPECT_EQ(tell(moment).facts_size(), 5);
  *moment.mutable_as_of() = ToProto(known);
  const v1::GetPathwayResponse then = tell(moment);
  EXPECT_EQ(then.facts_size(), 2);
  EXPECT_EQ(then.stays(0).ukp_periods_size(), 1);
  EXPECT_EQ(FromProto(then.as_of().now()), known);
  moment.Clear();
  *moment.mutable_occurred_until() = ToProto(At(50));
  const v1::GetPathwayResponse half = tell(moment);
  ASSERT_EQ(half.stays_size(), 1);
  EXPECT_EQ(half.stays(0).ukp_periods_size(), 0);
  EXPECT_FALSE(half.stays(0).has_discharged_at());  // Taken back: it never was, at no instant.
  Append({Admitted("other", 2, "V2", 0)});
  v1::GetPathwayRequest early;
  early.set_patient_ref(Ref(2));
  *early.mutable_moment()->mutable_occurred_until() = ToProto(At(-1));
  EXPECT_EQ((Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway", early)
                 .status()
                 .code()),
            absl::StatusCode::kNotFound);
}

TEST_F(MomentsTest, StaysAreListedAsTheyWere) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60), Discharged("d", 1, "V1", 120),
          Admitted("b", 2, "V2", 90), Admitted("c", 3, "V3", 200)});
  const auto list = [&](v1::StayState state, int minutes, int page_size = 0) {
    v1::ListStaysRequest request;
    request.set_state(state);
    request.set_page_size(page_size);
    *request.mutable_moment()->mutable_occurred_until() = ToProto(At(minutes));
    std::vector<std::string> visits;
    do {
      auto page =
          Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Stay& stay : page->stays())
        visits.push_back(stay.visit_key() + (stay.has_discharged_at() ? " left" : ""));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return visits;
  };
  using Visits = std::vector<std::string>;
  EXPECT_EQ(list(v1::STAY_STATE_INPATIENT, 100), (Visits{"V2", "V1"}));
  EXPECT_EQ(list(v1::STAY_STATE_INPATIENT, 100, 1), (Visits{"V2", "V1"}));
  EXPECT_EQ(list(v1::STAY_STATE_UKP, 100), (Visits{"V1"}));
  EXPECT_EQ(list(v1::STAY_STATE_UKP, 50), (Visits{}));
  EXPECT_EQ(list(v1::STAY_STATE_DISCHARGED, 100), (Visits{}));
  EXPECT_EQ(list(v1::STAY_STATE_DISCHARGED, 150), (Visits{"V1 left"}));
  EXPECT_EQ(list(v1::STAY_STATE_ANY, 100, 1).size(), 2u);
  EXPECT_EQ(list(v1::STAY_STATE_ANY, 250).size(), 3u);
}

TEST_F(MomentsTest, WhatCannotBeAskedIsSaidWithItsFieldAndRemedy) {
  Append({Admitted("a", 1, "V1", 0)});
  const auto error = [&](const v1::GetCensusRequest& request) { return Get(request).status(); };
  v1::GetCensusRequest future;
  *future.mutable_as_of() = ToProto(clock_.Now() + absl::Seconds(1));
  EXPECT_EQ(error(future).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlaceOf(error(future)).field, "as_of");
  Cursor other;
  other.incarnation = "another";
  v1::GetCensusRequest foreign;
  foreign.set_as_of_cursor(other.Encode());
  EXPECT_EQ(error(foreign).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(error(foreign)).field, "as_of_cursor");
  foreign.set_as_of_cursor("none");
  EXPECT_EQ(error(foreign).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MomentsTest, ACursorThatIsNotReachedYetIsWaitedFor) {
  Append({Admitted("a", 1, "V1", 0)});
  auto cursor = Cursor::Parse(Now().as_of().cursor(), kIncarnation);
  ASSERT_TRUE(cursor.ok());
  const size_t partition =
      TopicPartition{Topic::kPathway, PartitionForKey(Topic::kPathway, Ref(2))}.Index();
  ++cursor->next[partition];
  v1::GetCensusRequest request;
  request.set_as_of_cursor(cursor->Encode());
  std::promise<Census> promise;
  table_.FindUnary("overgang.v1.CensusService/GetCensus")
      ->call(caller_, request, [&](auto message) {
        if (message.ok()) {
          promise.set_value(static_cast<const v1::GetCensusResponse&>(**message));
        } else {
          promise.set_value(message.status());
        }
      });
  auto answer = promise.get_future();
  EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  Append({Admitted("b", 2, "V2", 0)});
  const Census census = answer.get();
  ASSERT_TRUE(census.ok()) << census.status();
  EXPECT_EQ(census->kommuner(0).inpatients(), 2);
  EXPECT_EQ(census->as_of().cursor(), cursor->Encode());
}

}  // namespace
}  // namespace overgang::board
