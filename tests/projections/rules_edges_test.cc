// docs/rules.md at its edges: death, what is dated outside the stay, waits over moves, and what
// both sides see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/uuid.h"
#include "projections/census.h"
#include "projections/happened.h"
#include "projections/rules/deadlines.h"
#include "tests/projections/story.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

DerivedStay Derived(const Story& story) {
  auto stays = ComputeStays(ClusterOf(story.facts())).stays;
  EXPECT_EQ(stays.size(), 1U);
  return stays.front();
}

Story ReadyFrom5June() {
  Story story;
  story.Admit("2025-06-01 08:00");
  story.Ready("2025-06-05 10:00");
  return story;
}

TEST(DeathTest, EndsThePeriodThoughTheDischargeIsOfTheNextMorning) {
  Story story = ReadyFrom5June();
  story.Tell("2025-06-08 22:00").mutable_patient_died();
  story.Discharge("2025-06-09 07:30");
  const v1::Stay stay = Served(story, "2025-07-01 12:00");
  ASSERT_EQ(stay.ukp_periods_size(), 1);
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_DIED);
  EXPECT_EQ(stay.payable_days(), 3);
  EXPECT_EQ(stay.overliggerdogn(), 3);
  EXPECT_EQ(FromProto(stay.discharged_at()), OsloAt("2025-06-09 07:30"));
}

TEST(DeathTest, ToldWithThePersonsDetailsEndsTheStayWhereNoDischargeCame) {
  Story story = ReadyFrom5June();
  *story.Tell("2025-06-09 08:00").mutable_patient_details_changed()->mutable_died_at() =
      ToProto(OsloAt("2025-06-08 22:00"));
  const v1::Stay stay = Served(story, "2025-07-01 12:00");
  EXPECT_EQ(FromProto(stay.discharged_at()), OsloAt("2025-06-08 22:00"));
  EXPECT_EQ(stay.payable_days(), 3);
  EXPECT_EQ(stay.answer(), v1::ANSWER_UNSPECIFIED) << "nobody is to answer any more";
}

TEST(DeathTest, OfADateAloneIsInTheStayThatEndedOnIt) {
  Story story = ReadyFrom5June();
  v1::PatientDetailsChanged& details =
      *story.Tell("2025-06-09 08:00").mutable_patient_details_changed();
  *details.mutable_died_at() = ToProto(OsloAt("2025-06-08 12:00"));
  story.Discharge("2025-06-08 09:00");
  EXPECT_FALSE(Derived(story).entry.died) << "at noon, after it had left";
  Story dated = ReadyFrom5June();
  details.set_died_precision(v1::PRECISION_DAY);
  *dated.Tell("2025-06-09 08:00").mutable_patient_details_changed() = details;
  dated.Discharge("2025-06-08 09:00");
  EXPECT_TRUE(Derived(dated).entry.died);
}

TEST(DeathTest, ToldWithThePersonsDetailsForATimeToComeCountsWhenItWasTold) {
  Story story = ReadyFrom5June();
  v1::PatientDetailsChanged& details =
      *story.Tell("2025-06-08 09:00").mutable_patient_details_changed();
  *details.mutable_died_at() = ToProto(OsloAt("2052-06-08 12:00"));
  const v1::Stay stay = Served(story, "2025-07-01 12:00");
  EXPECT_EQ(FromProto(stay.discharged_at()), OsloAt("2025-06-08 09:00"));
  EXPECT_EQ(stay.overliggerdogn(), 3);
  EXPECT_THAT(stay.flags(), Contains(v1::STAY_FLAG_END_IN_FUTURE));
  // Of the date of the message alone it is no mistake.
  *details.mutable_died_at() = ToProto(OsloAt("2025-06-08 12:00"));
  details.set_died_precision(v1::PRECISION_DAY);
  const v1::Stay dated = Served(story, "2025-07-01 12:00");
  EXPECT_EQ(FromProto(dated.discharged_at()), OsloAt("2025-06-08 09:00"));
  EXPECT_THAT(dated.flags(), Not(Contains(v1::STAY_FLAG_END_IN_FUTURE)));
}

TEST(EdgesTest, WhereNothingIsPaidWithoutEpikriseTheDaysOfTheDeadArePaid) {
  const PaymentTerms terms(
      {}, {{"", kHospital, absl::CivilDay::min(), absl::CivilDay::max(), false, true}});
  Story alive = ReadyFrom5June(), dead = ReadyFrom5June();
  alive.Discharge("2025-06-09 07:30");
  dead.Discharge("2025-06-09 07:30").set_outcome("2");
  EXPECT_EQ(Served(alive, "2025-07-01 12:00", terms).payable_days(), 0);
  EXPECT_EQ(Served(dead, "2025-07-01 12:00", terms).payable_days(), 4);
}

TEST(EdgesTest, UkpDatedBeforeTheAdmissionCountsFromIt) {
  Story story;
  story.Admit("2025-06-05 08:00");
  story.Ready("2025-06-01 10:00");
  story.Discharge("2025-06-07 10:00");
  const v1::Stay stay = Served(story, "2025-07-01 12:00");
  EXPECT_EQ(stay.overliggerdogn(), 2);
  EXPECT_EQ(stay.payable_days(), 2);
  EXPECT_THAT(stay.flags(), Contains(v1::STAY_FLAG_UKP_BEFORE_ADMISSION));
}

TEST(EdgesTest, AnEndToComeHappenedWhenItWasTold) {
  Story story = ReadyFrom5June();
  story.Discharge("2035-06-25 10:00");
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2025-06-20 10:00"));
  const v1::Stay stay = Served(story, "2025-06-22 12:00");
  EXPECT_EQ(stay.overliggerdogn(), 15);
  EXPECT_THAT(stay.flags(), Contains(v1::STAY_FLAG_END_IN_FUTURE));
  *story.last().mutable_occurred_at() = ToProto(OsloAt("2025-06-20 10:10"));
  EXPECT_THAT(Served(story, "2025-06-22 12:00").flags(), Not(Contains(v1::STAY_FLAG_END_IN_FUTURE)))
      << "a clock that is ahead";
}

TEST(EdgesTest, AnEndToComeHadHappenedByThenFromWhenItWasTold) {
  Story story = ReadyFrom5June();
  story.Discharge("2025-06-25 10:00");
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2025-06-20 10:00"));
  const auto ended_by = [&](const std::string& at) {
    const int64_t until_us = absl::ToUnixMicros(OsloAt(at));
    const auto stays = ComputeStays(HappenedBy(ClusterOf(story.facts()), until_us)).stays;
    return stays.front().stay.has_discharged_at();
  };
  EXPECT_FALSE(ended_by("2025-06-20 09:59"));
  EXPECT_TRUE(ended_by("2025-06-20 10:00"));
}

TEST(EdgesTest, AMessageThatWasSentLaterHadNotBeenSentByThen) {
  Story story = ReadyFrom5June();
  story.Tell("2025-06-06 10:00", v1::CHANNEL_PLO).mutable_ukp_declared();
  const StayEntry entry = Derived(story).entry;
  const auto apprecs = [&](const std::string& until) {
    const auto then = AsHappened(entry, absl::ToUnixMicros(OsloAt(until)));
    return std::ranges::count(DeadlinesOf(*then), v1::DEADLINE_KIND_APPREC, &DeadlineOf::kind);
  };
  EXPECT_EQ(apprecs("2025-06-06 09:59"), 0);
  EXPECT_EQ(apprecs("2025-06-06 10:00"), 1);
}

TEST(EdgesTest, TheSectorCountsWithoutAWardButForTheDefaultOfAdt) {
  const auto payable_days = [](v1::Channel channel) {
    Story story;
    v1::Envelope& admitted = story.Admit("2018-06-01 08:00");
    admitted.clear_ward();
    admitted.set_sector(v1::SECTOR_TSB);
    admitted.mutable_source()->set_channel(channel);
    story.Ready("2018-06-05 10:00");
    return Served(story, "2018-07-01 12:00").payable_days();
  };
  EXPECT_EQ(payable_days(v1::CHANNEL_IMPORT), 0) << "TSB, before 2019";
  EXPECT_EQ(payable_days(v1::CHANNEL_HL7V2), 26) << "somatikk";
}

TEST(EdgesTest, AMoveEndsNoWait) {
  Story story;
  story.Admit("2025-06-01 08:00");
  story.Ready("2025-06-10 08:00").Move("2025-06-20 08:00", "5031");
  const DerivedStay derived = Derived(story);
  EXPECT_EQ(FromProto(Served(story).ukp_since()), OsloAt("2025-06-10 08:00"));
  ASSERT_EQ(derived.entry.periods.size(), 2U);
  EXPECT_EQ(WaitingSince(derived.entry.periods, 1), derived.entry.periods[0].since_us);
  Contribution contribution;
  contribution.entry = derived.entry;
  const PaymentTerms& terms = PaymentTerms::BuiltIn();
  v1::HospitalCensus census;
  Count(contribution, {absl::ToUnixMicros(OsloAt("2025-06-20 12:00")), &terms}, &census);
  EXPECT_EQ(census.ukp_over_24h(), 1);
}

TEST(EdgesTest, TheNoticeOfADeclarationThatNeverWasSaysNothing) {
  Story story;
  story.Admit("2025-06-01 08:00");
  story.NotifyOfAdmission("2025-06-01 10:00");
  const std::string wrong = NameUuid({"wrong"});
  v1::Envelope& declared = story.Tell("2025-06-03 10:00", v1::CHANNEL_INTAKE);
  declared.set_event_id(wrong);
  declared.mutable_ukp_declared();
  story.Tell("2025-06-03 10:00", v1::CHANNEL_INTAKE)
      .mutable_kommune_notified_of_ukp()
      ->set_notice_id(wrong);
  story.Tell("2025-06-03 11:00", v1::CHANNEL_INTAKE)
      .mutable_fact_cancelled()
      ->set_kind(v1::FACT_KIND_UKP_DECLARED);
  story.Declare("2025-06-10 10:00").NotifyOfUkp("2025-06-12 10:00");
  story.Discharge("2025-06-14 10:00");
  EXPECT_EQ(Served(story, "2025-07-01 12:00").payable_days(), 2);
}

TEST(EdgesTest, TheHospitalsAccountHasTheMessageSentAfterAMove) {
  Story story = ReadyFrom5June();
  story.Move("2025-06-07 12:00", "5031");
  v1::Envelope& message = story.Tell("2025-06-07 13:00", v1::CHANNEL_PLO);
  message.mutable_source()->set_control_id("second");
  message.mutable_ukp_declared();
  const StayEntry entry = Derived(story).entry;
  const int64_t now_us = absl::ToUnixMicros(OsloAt("2025-06-20 12:00"));
  const auto days = [&](v1::PaymentView::Side side) {
    return ViewOf(side, entry, PaymentTerms::BuiltIn(), now_us).payable_days();
  };
  EXPECT_EQ(days(v1::PaymentView::SIDE_KOMMUNE), 2);
  EXPECT_EQ(days(v1::PaymentView::SIDE_HOSPITAL), 2 + 13);
}

TEST(EdgesTest, DaysAfterAMoveNameTheDeclarationAndTheMove) {
  Story story = ReadyFrom5June();
  const std::string declared = story.facts()[2].event_id();
  story.Move("2025-06-12 12:00", "5031");
  const std::string moved = story.last().event_id();
  story.NotifyOfUkp("2025-06-13 12:00");
  const Cluster cluster = ClusterOf(story.facts());
  std::vector<const HeldFact*> facts;
  for (const FactSlot& slot : cluster.facts) facts.push_back(&*slot);
  const StayTrace trace = TraceOf(facts, GroupIntoStays(facts), 0);
  ASSERT_EQ(trace.periods.size(), 2U);
  EXPECT_EQ(trace.periods[0].ended, moved);
  EXPECT_THAT(trace.periods[1].began, ElementsAre(declared, moved));
}

TEST(EdgesTest, ANeedClearBeforeTheAdmissionStartsNoClockBeforeIt) {
  Story story;
  story.Admit("2025-04-01 08:00");
  v1::KommuneNotifiedOfAdmission& notice =
      *story.Tell("2025-04-01 15:00").mutable_kommune_notified_of_admission();
  *notice.mutable_need_clear_at() = ToProto(OsloAt("2025-03-31 12:00"));
  const auto deadlines = DeadlinesOf(Derived(story).entry);
  ASSERT_FALSE(deadlines.empty());
  EXPECT_EQ(deadlines[0].kind, v1::DEADLINE_KIND_TIDLIGMELDING);
  EXPECT_EQ(deadlines[0].started_us, absl::ToUnixMicros(OsloAt("2025-04-01 08:00")));
}

// What is known of an earlier period later does not decide anew on one that was decided.
TEST(EdgesTest, ADeadlineOfAPeriodIsKnownByWhatBeganThePeriod) {
  Story story;
  story.Admit("2025-06-01 08:00");
  story.Declare("2025-06-05 10:00");
  const auto subject_of = [](const DerivedStay& stay, int64_t due_us) {
    for (const auto& [matter, who] : OpenMatters({stay}, {}))
      if (matter.deadline == v1::DEADLINE_KIND_UKP_NOTICE && matter.due_us == due_us)
        return matter.subject;
    return std::string();
  };
  const int64_t due_us = absl::ToUnixMicros(OsloAt("2025-06-05 12:00"));
  const std::string before = subject_of(Derived(story), due_us);
  EXPECT_FALSE(before.empty());
  story.Declare("2025-06-03 10:00").Withdraw("2025-06-04 10:00");
  EXPECT_EQ(subject_of(Derived(story), due_us), before);
}

// One visit number under the references of several persons.
class SameVisitTest : public ::testing::Test {
 protected:
  void Add(Story story, int alias = 0) {
    for (v1::Envelope fact : story.facts()) {
      fact.set_event_id(NameUuid({std::to_string(facts_.size())}));
      if (alias != 0) fact.add_alias_refs(Ref(alias));
      facts_.push_back(std::move(fact));
    }
  }
  static Story InHospital(int person, const std::string& since) {
    Story story(kHospital, "V1", person);
    story.Admit(since);
    story.Declare("2025-06-05 10:00");
    return story;
  }
  // Decides all that is open until nothing is; the dues of the tidligmelding that stand.
  std::vector<int64_t> Settle() {
    const auto stays = ComputeStays(ClusterOf(facts_)).stays;
    for (int rounds = 0; rounds < 6; ++rounds) {
      const auto open = OpenMatters(stays, decided_);
      if (open.empty()) break;
      EXPECT_LT(rounds, 5) << "never ends: " << open.front().first.subject;
      for (const auto& [matter, who] : open) Decide(matter, who);
    }
    std::vector<int64_t> dues;
    for (const auto& [subject, decision] : decided_) {
      const v1::DeadlineMissed& missed = decision.deadline_missed();
      if (missed.deadline() == v1::DEADLINE_KIND_TIDLIGMELDING && !missed.decision().withdrawn())
        dues.push_back(UsOfProto(missed.due_at()));
    }
    return dues;
  }

 private:
  void Decide(const Matter& matter, const StayWho& who) {
    v1::Envelope envelope;
    envelope.set_patient_ref(who.patient.Text());
    v1::DeadlineMissed& missed = *envelope.mutable_deadline_missed();
    missed.set_stay_id(matter.stay_id.Text());
    missed.set_deadline(matter.deadline);
    *missed.mutable_due_at() = ProtoOfUs(matter.due_us);
    missed.mutable_decision()->set_subject(matter.subject);
    missed.mutable_decision()->set_revision(matter.revision);
    missed.mutable_decision()->set_withdrawn(matter.withdraw);
    TakeDecision(envelope, &decided_);
  }

  std::vector<v1::Envelope> facts_;
  Decided decided_;
};

TEST_F(SameVisitTest, EachOfTwoPersonsHasItsDecisionUnderWhicheverReferenceItWasTaken) {
  Add(InHospital(5, "2025-06-01 08:00"), 9);
  Add(InHospital(2, "2025-06-01 08:00"), 9);
  Story merge(kHospital, "", 1);
  merge.Tell("2025-06-01 09:00").mutable_patient_merged()->set_merged_ref(Ref(2));
  Add(merge);
  EXPECT_THAT(Settle(), ::testing::SizeIs(2));
  Story again(kHospital, "V1", 1);  // From now on the stay is told of under the other one.
  *again.Admit("2025-06-01 08:00").mutable_recorded_at() = ToProto(OsloAt("2025-06-02 08:00"));
  Add(again);
  EXPECT_THAT(Settle(), ::testing::SizeIs(2));
}

TEST_F(SameVisitTest, WhatWasDecidedOfTwoWhoWereTakenForOneIsDecidedOfEachInTheEnd) {
  Add(InHospital(5, "2025-06-01 08:00"));
  EXPECT_THAT(Settle(), ElementsAre(absl::ToUnixMicros(OsloAt("2025-06-02 08:00"))));
  Add(InHospital(1, "2025-06-01 12:00"), 5);
  EXPECT_THAT(Settle(), ElementsAre(absl::ToUnixMicros(OsloAt("2025-06-02 12:00"))));
  Story third(kHospital, "V3", 7);
  third.Admit("2025-06-03 12:00");
  Add(third, 5);  // Whose the fifth reference is, nobody knows any more.
  EXPECT_THAT(Settle(),
              ::testing::UnorderedElementsAre(absl::ToUnixMicros(OsloAt("2025-06-02 08:00")),
                                              absl::ToUnixMicros(OsloAt("2025-06-02 12:00"))));
}

}  // namespace
}  // namespace overgang::projections
