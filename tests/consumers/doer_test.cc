// The loop that decides, over the real fold.
#include "consumers/deciding/doer.h"

#include <map>
#include <set>
#include <string>

#include "projections/verify.h"
#include "tests/consumers/doer_fixture.h"

namespace overgang::testing {
namespace {

using ::testing::Test;

constexpr int kUkpNoticeDue = 60 + 120;  // Of UKP declared at 60: two hours later.

TEST_F(DoerTest, ADeadlineIsMissedOnceTimeIsPastItAndNotAtIt) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  clock_.Set(At(kUkpNoticeDue));
  EXPECT_TRUE(Settled(*hub, 0));
  clock_.Advance(absl::Microseconds(1));
  ASSERT_TRUE(Settled(*hub, 1));
  const v1::Envelope fact = DecisionsIn(log_).front();
  EXPECT_EQ(fact.deadline_missed().deadline(), v1::DEADLINE_KIND_UKP_NOTICE);
  EXPECT_EQ(FromProto(fact.deadline_missed().due_at()), At(kUkpNoticeDue));
  EXPECT_EQ(fact.patient_ref(), Ref(1));
  EXPECT_TRUE(Cursor::Parse(DecisionOf(fact).cursor(), kIncarnation).ok());
  // Set back, the clock changes nothing that was decided; forward again, neither.
  clock_.Set(At(30));
  EXPECT_TRUE(Settled(*hub, 1));
  clock_.Set(At(kUkpNoticeDue + 10));
  EXPECT_TRUE(Settled(*hub, 1));
  EXPECT_NE(hub->metrics.Text().find("overgang_decisions_total{kind=\"deadline_missed\"} 1"),
            std::string::npos);
}

TEST_F(DoerTest, WhatWasOpenBeforeItStartedIsDecidedAndAfterARestartNothingIsTwice) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  clock_.Set(At(60 * 30));  // The notices of admission and of UKP are late.
  for (int restart = 0; restart < 3; ++restart) {
    auto hub = NewHub();
    hub->Start();
    EXPECT_TRUE(Settled(*hub, 2)) << restart;
  }
}

TEST_F(DoerTest, OnlyTheDoerDecidesAndWhoTakesOverDecidesTheRest) {
  auto one = NewHub();
  auto two = NewHub();
  two->leadership.is_doer = false;
  one->Start();
  two->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  clock_.Set(At(kUkpNoticeDue + 1));
  ASSERT_TRUE(Settled(*one, 1));
  EXPECT_NE(one->metrics.Text().find("overgang_doer 1"), std::string::npos);
  EXPECT_NE(two->metrics.Text().find("overgang_doer 0"), std::string::npos);
  one->leadership.is_doer = false;
  clock_.Set(At(60 * 30));
  EXPECT_TRUE(Settled(*two, 1)) << "nobody decides";
  two->leadership.is_doer = true;
  EXPECT_TRUE(Settled(*two, 2));
}

TEST_F(DoerTest, TwoWhoBothDecideDoNoHarmAndAgree) {
  auto one = NewHub();
  auto two = NewHub();
  one->Start();
  two->Start();
  std::vector<v1::Envelope> facts;
  for (int person = 1; person <= 200; ++person) {
    const std::string id = std::to_string(person);
    facts.push_back(Admitted("a" + id, person, "V" + id, 0));
    facts.push_back(UkpDeclared("u" + id, person, 0, 60));
  }
  Append(facts);
  clock_.Set(At(60 * 30));
  ASSERT_TRUE(Eventually([&] {
    return one->CaughtUp() && two->CaughtUp() && Revisions(log_).size() == 400 &&
           one->DueMatters() == 0 && two->DueMatters() == 0;
  }));
  absl::SleepFor(kAWhile);
  for (const auto& [revision, count] : Revisions(log_)) {
    EXPECT_EQ(revision.second, 1) << revision.first;
    EXPECT_LE(count, 2) << revision.first;
  }
  for (DecidingHub* hub : {one.get(), two.get()}) {
    MemoryStore scratch;
    const auto verified = projections::VerifyRebuild(log_, *hub->views.Current(), scratch);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_TRUE(verified->equal);
  }
}

TEST_F(DoerTest, ALateFactThatADeadlineWasMetTakesTheDecisionBack) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  clock_.Set(At(kUkpNoticeDue + 1));
  ASSERT_TRUE(Settled(*hub, 1));
  v1::Envelope notice = AsPlo(Fact("n", 1, "", 65), 0);
  notice.mutable_kommune_notified_of_ukp();
  Append({notice});
  // Met, so the answer is what is missing now.
  ASSERT_TRUE(Eventually([&] { return DecisionsIn(log_).size() == 2; }));
  const v1::Envelope withdrawn = DecisionsIn(log_).back();
  EXPECT_EQ(withdrawn.deadline_missed().deadline(), v1::DEADLINE_KIND_UKP_NOTICE);
  EXPECT_EQ(FromProto(withdrawn.deadline_missed().due_at()), At(kUkpNoticeDue));
  EXPECT_TRUE(DecisionOf(withdrawn).withdrawn());
  EXPECT_EQ(DecisionOf(withdrawn).revision(), 2);
  EXPECT_EQ(DecisionOf(withdrawn).subject(), DecisionOf(DecisionsIn(log_).front()).subject());
  EXPECT_TRUE(Settled(*hub, 2));
}

v1::Envelope Acute(v1::Envelope admission, int age) {
  admission.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
  admission.set_age_at_admission(age);
  admission.set_sex(v1::SEX_FEMALE);
  return admission;
}

TEST_F(DoerTest, ACorrectionOfAnAdmissionRevisesTheReadmissionAndACancellationTakesItBack) {
  constexpr int kDay = 24 * 60;
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(3 * kDay + 60));
  Append({Acute(Admitted("a", 1, "V1", 0), 70), Discharged("d", 1, "V1", kDay),
          Acute(Admitted("b", 1, "V2", 3 * kDay), 70)});
  ASSERT_TRUE(Settled(*hub, 3)) << "one by each definition";
  for (const v1::Envelope& fact : DecisionsIn(log_))
    EXPECT_EQ(fact.patient_readmitted().since_discharge().seconds(), 2 * 24 * 3600);
  v1::Envelope corrected = Acute(Admitted("c", 1, "V2", 3 * kDay - 60), 70);
  *corrected.mutable_recorded_at() = ToProto(At(3 * kDay + 10));
  Append({Cancelled("x", 1, "V2", 3 * kDay + 5, v1::FACT_KIND_PATIENT_ADMITTED), corrected});
  ASSERT_TRUE(Eventually([&] {
    const auto decisions = DecisionsIn(log_);
    return decisions.back().patient_readmitted().since_discharge().seconds() == 47 * 3600;
  }));
  absl::SleepFor(kAWhile);
  Append({Cancelled("y", 1, "V2", 3 * kDay + 20, v1::FACT_KIND_PATIENT_ADMITTED)});
  std::map<std::string, v1::Envelope> newest;
  ASSERT_TRUE(Eventually([&] {
    for (const v1::Envelope& fact : DecisionsIn(log_)) newest[DecisionOf(fact).subject()] = fact;
    return std::ranges::all_of(
        newest, [](const auto& item) { return DecisionOf(item.second).withdrawn(); });
  }));
  EXPECT_EQ(newest.size(), 3u);
  for (const auto& [revision, count] : Revisions(log_)) EXPECT_EQ(count, 1) << revision.first;
}

TEST_F(DoerTest, OfTwoPersonsWithOneVisitNumberEachHasDecisionsOfItsOwn) {
  constexpr int kDay = 24 * 60;
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(4 * kDay + 60));
  std::vector<v1::Envelope> facts;
  for (const int person : {1, 2}) {
    const std::string of = std::to_string(person);
    v1::Envelope first = Acute(Admitted("a" + of, person, "V1", 0), 70);
    first.add_alias_refs(Ref(9));  // One row holds both persons.
    facts.push_back(first);
    facts.push_back(Discharged("d" + of, person, "V1", kDay));
    facts.push_back(Acute(Admitted("b" + of, person, "V2", (2 + person) * kDay), 70));
  }
  Append(facts);
  ASSERT_TRUE(Settled(*hub, 6)) << "three definitions, two persons";
  std::map<std::string, std::set<int64_t>> since;
  for (const v1::Envelope& fact : DecisionsIn(log_)) {
    EXPECT_EQ(DecisionOf(fact).revision(), 1);
    since[fact.patient_ref()].insert(fact.patient_readmitted().since_discharge().seconds());
  }
  EXPECT_EQ(since[Ref(1)], std::set<int64_t>{int64_t{2} * 24 * 3600});
  EXPECT_EQ(since[Ref(2)], std::set<int64_t>{int64_t{3} * 24 * 3600});
}

TEST_F(DoerTest, ThousandsDueAtOnceAreDecidedOnceEachWithinSmallBounds) {
  deciding::Doer::Bounds bounds;
  bounds.decisions_per_append_max = 64;
  bounds.clusters_on_agenda_max = 300;  // So that rows are read again and again,
  bounds.changes_waiting_max = 100;     // and most changes are dropped.
  auto hub = NewHub(bounds);
  clock_.Set(At(60 * 30));
  hub->Start();
  constexpr int kPersons = 1'500;
  for (int person = 1; person <= kPersons;) {
    std::vector<v1::Envelope> facts;
    for (int i = 0; i < 250; ++i, ++person) {
      const std::string id = std::to_string(person);
      facts.push_back(Admitted("a" + id, person, "V" + id, 0));
      facts.push_back(UkpDeclared("u" + id, person, 0, 60));
    }
    Append(facts);
  }
  ASSERT_TRUE(Settled(*hub, 2 * kPersons));
  EXPECT_EQ(Revisions(log_).size(), size_t{2} * kPersons);
  EXPECT_EQ(hub->DueMatters(), 0);
}

TEST_F(DoerTest, WhatCannotBeAppendedIsTriedAgain) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  log_.FailNextAppends(2, absl::UnavailableError("no broker"));
  clock_.Set(At(kUkpNoticeDue + 1));
  EXPECT_TRUE(Settled(*hub, 1));
  EXPECT_NE(hub->metrics.Text().find("overgang_decisions_failed_total 2"), std::string::npos);
}

TEST_F(DoerTest, AnAcknowledgementThatIsLostMakesNoSecondDecision) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  log_.DropAcknowledgement();
  clock_.Set(At(kUkpNoticeDue + 1));
  EXPECT_TRUE(Settled(*hub, 1));
  absl::SleepFor(kAWhile);  // Past the pause after the failure.
  EXPECT_TRUE(Settled(*hub, 1));
}

TEST_F(DoerTest, WhileABatchIsUnderWayNothingIsAppendedAndStopWaitsForIt) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60), Admitted("b", 2, "V2", 0),
          UkpDeclared("v", 2, 0, 90)});
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  log_.Hold(true);
  clock_.Set(At(kUkpNoticeDue + 1));
  absl::SleepFor(kAWhile);
  clock_.Set(At(kUkpNoticeDue + 60));  // The other's is due, too.
  absl::SleepFor(kAWhile);
  auto stopped = std::async(std::launch::async, [&] { hub->doer.Stop(); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  log_.Hold(false);
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  ASSERT_EQ(DecisionsIn(log_).size(), 1u);
  EXPECT_EQ(DecisionsIn(log_).front().patient_ref(), Ref(1));
}

TEST_F(DoerTest, WhileTheViewsAreInTroubleNothingIsDecided) {
  auto hub = NewHub();
  hub->Start();
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 60)});
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  log_.SetHealth(absl::UnavailableError("no broker"));
  ASSERT_TRUE(Eventually([&] { return !hub->views.CaughtUp(); }));
  clock_.Set(At(kUkpNoticeDue + 1));
  EXPECT_TRUE(Settled(*hub, 0));
  log_.SetHealth(absl::OkStatus());
  EXPECT_TRUE(Settled(*hub, 1));
}

}  // namespace
}  // namespace overgang::testing
