// Every row of the tables of docs/rules.md: deadlines, readmissions, what is wrong in the data.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "projections/pathway/matter.h"
#include "tests/projections/story.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kOtherHospital[] = "974706490";

v1::Deadline TheDeadline(const Story& story, v1::DeadlineKind kind, const std::string& now) {
  const v1::Stay stay = Served(story.facts(), now);
  std::vector<v1::Deadline> of_kind;
  for (const v1::Deadline& deadline : stay.deadlines())
    if (deadline.deadline() == kind) of_kind.push_back(deadline);
  EXPECT_EQ(of_kind.size(), 1u) << v1::DeadlineKind_Name(kind);
  return of_kind.empty() ? v1::Deadline() : of_kind.front();
}

bool Runs(const Story& story, v1::DeadlineKind kind, const std::string& now) {
  const v1::Stay stay = Served(story.facts(), now);
  return std::ranges::any_of(
      stay.deadlines(), [&](const v1::Deadline& deadline) { return deadline.deadline() == kind; });
}

// Of each kind: a stay in which it runs, when it is due, and what meets it.
struct DeadlineCase {
  v1::DeadlineKind kind;
  std::string due;
  std::function<void(Story*, const std::string& at)> meet;
};

Story ReadyStay() {
  Story story;
  v1::Envelope& admission = story.Admit("2025-05-01 08:00");
  admission.mutable_source()->set_channel(v1::CHANNEL_PLO);
  admission.mutable_source()->set_sender("59");
  return story;
}

std::vector<DeadlineCase> DeadlineCases() {
  const auto receipt = [](Story* story, const std::string& at) {
    const std::string id = story->facts().front().source().control_id();
    v1::Envelope& fact = story->Tell(at, v1::CHANNEL_PLO);
    fact.mutable_source()->set_control_id(id);
    fact.mutable_kommune_notified_of_admission()->set_notice_id(id);
  };
  return {
      {v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-02 08:00",
       [](Story* story, const std::string& at) { story->NotifyOfAdmission(at); }},
      {v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, "2025-05-02 09:00",
       [](Story* story, const std::string& at) {
         story->Tell(at).mutable_admission_report_received();
       }},
      {v1::DEADLINE_KIND_UKP_NOTICE, "2025-05-05 12:00",
       [](Story* story, const std::string& at) { story->NotifyOfUkp(at); }},
      {v1::DEADLINE_KIND_ANSWER, "2025-05-05 13:00",
       [](Story* story, const std::string& at) { story->Answer(at, false); }},
      {v1::DEADLINE_KIND_EPIKRISE, "2025-05-20 12:00",
       [](Story* story, const std::string& at) { story->Epikrise(at); }},
      {v1::DEADLINE_KIND_APPREC, "2025-05-05 08:00", receipt},
  };
}

// The story of a stay in which this deadline runs and is not met.
Story In(v1::DeadlineKind kind) {
  Story story = ReadyStay();
  if (kind == v1::DEADLINE_KIND_INNLEGGELSESRAPPORT) story.NotifyOfAdmission("2025-05-01 09:00");
  story.Declare("2025-05-05 10:00");
  if (kind == v1::DEADLINE_KIND_ANSWER) story.NotifyOfUkp("2025-05-05 11:00");
  if (kind == v1::DEADLINE_KIND_EPIKRISE) story.Discharge("2025-05-20 10:00");
  return story;
}

std::string Plus(const std::string& at, absl::Duration by) {
  return absl::FormatTime("%Y-%m-%d %H:%M", OsloAt(at) + by, Oslo());
}

TEST(DeadlinesTest, EachRunsIsMetAndIsMissed) {
  for (const DeadlineCase& of : DeadlineCases()) {
    SCOPED_TRACE(v1::DeadlineKind_Name(of.kind));
    Story story = In(of.kind);
    const v1::Deadline running = TheDeadline(story, of.kind, of.due);
    EXPECT_EQ(FromProto(running.due_at()), OsloAt(of.due));
    EXPECT_EQ(running.state(), v1::DEADLINE_STATE_RUNNING) << "not over yet";
    const std::string after = Plus(of.due, absl::Minutes(1));
    EXPECT_EQ(TheDeadline(story, of.kind, after).state(), v1::DEADLINE_STATE_MISSED);
    Story in_time = story, late = story;
    of.meet(&in_time, of.due);
    EXPECT_EQ(TheDeadline(in_time, of.kind, after).state(), v1::DEADLINE_STATE_MET)
        << "at exactly the due time";
    of.meet(&late, after);
    const v1::Deadline met_late = TheDeadline(late, of.kind, after);
    EXPECT_EQ(met_late.state(), v1::DEADLINE_STATE_MISSED);
    EXPECT_EQ(FromProto(met_late.met_at()), OsloAt(after));
  }
}

TEST(DeadlinesTest, A24HourLimitIsElapsedTimeOnBothNightsOfClockChange) {
  const auto due = [](const std::string& admitted) {
    Story story;
    story.Admit(admitted);
    story.Declare(admitted);
    return Plus(admitted,
                FromProto(TheDeadline(story, v1::DEADLINE_KIND_TIDLIGMELDING, admitted).due_at()) -
                    OsloAt(admitted));
  };
  EXPECT_EQ(due("2025-03-29 12:00"), "2025-03-30 13:00");
  EXPECT_EQ(due("2025-10-25 12:00"), "2025-10-26 11:00");
}

TEST(DeadlinesTest, TheirClocksStartWhereTheNoticeSays) {
  Story story;
  story.Admit("2025-05-01 08:00");
  v1::KommuneNotifiedOfAdmission& notice =
      *story.Tell("2025-05-04 12:00").mutable_kommune_notified_of_admission();
  *notice.mutable_sent_at() = ToProto(OsloAt("2025-05-04 11:00"));
  *notice.mutable_need_clear_at() = ToProto(OsloAt("2025-05-03 11:00"));
  const auto tidligmelding =
      TheDeadline(story, v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-05 08:00");
  EXPECT_EQ(FromProto(tidligmelding.started_at()), OsloAt("2025-05-03 11:00"));
  EXPECT_EQ(tidligmelding.state(), v1::DEADLINE_STATE_MET) << "by its sending";
  EXPECT_EQ(FromProto(TheDeadline(story, v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, "2025-05-05 08:00")
                          .started_at()),
            OsloAt("2025-05-04 11:00"));
}

TEST(DeadlinesTest, WhoHadNoServicesNeedsNoInnleggelsesrapport) {
  Story story = In(v1::DEADLINE_KIND_INNLEGGELSESRAPPORT);
  story.Tell("2025-05-01 10:00")
      .mutable_kommune_knows_patient()
      ->set_services(v1::KommuneKnowsPatient::SERVICES_NONE);
  EXPECT_FALSE(Runs(story, v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, "2025-05-03 08:00"));
}

TEST(DeadlinesTest, NoneRunForWhoDoesNotNeedTheKommune) {
  Story story;
  story.Admit("2025-05-01 08:00");
  EXPECT_EQ(Served(story.facts(), "2025-05-03 08:00").deadlines_size(), 0);
  story.Tell("2025-05-01 10:00")
      .mutable_kommune_knows_patient()
      ->set_services(v1::KommuneKnowsPatient::SERVICES_SOME);
  EXPECT_TRUE(Runs(story, v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-03 08:00"));
}

TEST(DeadlinesTest, OneEndsWithItsStayOrPeriodBeforeItIsDue) {
  Story stay;
  stay.Admit("2025-05-01 08:00");
  stay.Declare("2025-05-01 20:00");
  stay.Discharge("2025-05-02 07:59");
  EXPECT_FALSE(Runs(stay, v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-03 08:00"));
  Story late = stay, in_time = stay;
  late.NotifyOfAdmission("2025-05-02 08:01");
  EXPECT_FALSE(Runs(late, v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-03 08:00"));
  in_time.NotifyOfAdmission("2025-05-02 08:00");
  EXPECT_EQ(TheDeadline(in_time, v1::DEADLINE_KIND_TIDLIGMELDING, "2025-05-03 08:00").state(),
            v1::DEADLINE_STATE_MET);
  Story period;
  period.Admit("2025-05-01 08:00");
  period.Declare("2025-05-02 08:00").Withdraw("2025-05-02 09:00");
  EXPECT_FALSE(Runs(period, v1::DEADLINE_KIND_UKP_NOTICE, "2025-05-03 08:00"));
}

TEST(DeadlinesTest, NobodyActsOnImportedHistory) {
  Story story;
  story.Admit("2025-05-01 08:00").mutable_source()->set_channel(v1::CHANNEL_IMPORT);
  story.Declare("2025-05-05 10:00");
  EXPECT_EQ(Served(story.facts(), "2025-06-01 08:00").deadlines_size(), 2) << "counted";
  EXPECT_TRUE(OpenMatters(ComputeStays(ClusterOf(story.facts())).stays, {}).empty());
}

using Definition = v1::PatientReadmitted;

std::set<int> Readmissions(const std::string& admitted, const std::string& discharged,
                           const std::string& again, int age = 67, bool dead = false,
                           v1::Urgency urgency = v1::URGENCY_ACUTE) {
  Story first(kHospital, "V0"), second(kOtherHospital, "V1");
  first.Admit(admitted).set_age_at_admission(age);
  v1::PatientDischarged& discharge = first.Discharge(discharged);
  if (dead) discharge.set_outcome("2");
  second.Admit(again).mutable_patient_admitted()->set_urgency(urgency);
  std::set<int> definitions;
  const v1::Stay stay = Served(Together({first, second}), "2026-01-01 12:00");
  for (const v1::Readmission& readmission : stay.readmissions())
    definitions.insert(readmission.definition());
  return definitions;
}

TEST(ReadmissionsTest, EachDefinitionHasItsOwnLimits) {
  const int fhi = Definition::DEFINITION_FHI;
  const int helsedirektoratet = Definition::DEFINITION_HELSEDIREKTORATET;
  const int barometer = Definition::DEFINITION_SAMHANDLINGSBAROMETER;
  using Which = std::set<int>;
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-10 10:00"),
            (Which{fhi, helsedirektoratet, barometer}));
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-10 10:00", 66),
            (Which{helsedirektoratet, barometer}));
  EXPECT_EQ(Readmissions("2025-05-05 08:00", "2025-05-05 10:00", "2025-05-10 10:00"),
            (Which{fhi, helsedirektoratet}))
      << "not overnight";
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-05 18:00"),
            (Which{fhi, barometer}))
      << "8 h: the same date";
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-05 17:59"), Which{})
      << "one episode";
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-06-04 10:00"),
            (Which{fhi, helsedirektoratet, barometer}));
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-06-04 10:01"),
            (Which{helsedirektoratet}))
      << "a minute over 30 x 24 h";
  EXPECT_EQ(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-06-05 00:00"), Which{});
}

TEST(ReadmissionsTest, OnlyAcuteOnesAfterADischargeAlive) {
  EXPECT_TRUE(
      Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-10 10:00", 67, true).empty());
  EXPECT_TRUE(Readmissions("2025-05-01 08:00", "2025-05-05 10:00", "2025-05-10 10:00", 67, false,
                           v1::URGENCY_ELECTIVE)
                  .empty());
}

bool Flagged(const std::vector<v1::Envelope>& facts, v1::StayFlag flag,
             const std::string& visit = "V1") {
  const v1::Stay stay = Served(facts, "2027-01-01 12:00", PaymentTerms::BuiltIn(), visit);
  return std::ranges::find(stay.flags(), flag) != stay.flags().end();
}

TEST(DataQualityTest, ADischargeBeforeItsAdmissionDoesNotEndTheStay) {
  Story story;
  story.Admit("2025-05-05 08:00");
  story.Discharge("2025-05-04 08:00");
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2025-05-06 08:00"));
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION));
  EXPECT_FALSE(Served(story.facts(), "2025-05-10 08:00").has_discharged_at());
}

TEST(ReadmissionsTest, AStayWithoutAnEndTakesAwayNoLaterOne) {
  Story lost, index(kHospital, "V2"), again(kHospital, "V3");
  lost.Admit("2025-05-01 08:00");
  index.Admit("2025-05-10 08:00");
  index.Discharge("2025-05-12 08:00");
  again.Admit("2025-05-15 08:00");
  const auto facts = Together({lost, index, again});
  EXPECT_EQ(Served(facts, "2025-06-01 08:00", PaymentTerms::BuiltIn(), "V3").readmissions_size(),
            3);
  EXPECT_EQ(Served(facts, "2025-06-01 08:00", PaymentTerms::BuiltIn(), "V2").readmissions_size(), 0)
      << "nobody knows when the first ended";
}

TEST(DataQualityTest, TheLaterOfTwoStaysAtOnceIsFlaggedAndTheEarlierWhereItHasNoEnd) {
  Story first, second(kHospital, "V2");
  first.Admit("2025-05-01 08:00");
  second.Admit("2025-05-12 08:00");
  EXPECT_TRUE(Flagged(Together({first, second}), v1::STAY_FLAG_OVERLAPPING_STAYS, "V1"));
  EXPECT_TRUE(Flagged(Together({first, second}), v1::STAY_FLAG_OVERLAPPING_STAYS, "V2"));
  first.Discharge("2025-05-12 09:00");
  EXPECT_FALSE(Flagged(Together({first, second}), v1::STAY_FLAG_OVERLAPPING_STAYS, "V1"));
  EXPECT_TRUE(Flagged(Together({first, second}), v1::STAY_FLAG_OVERLAPPING_STAYS, "V2"));
}

TEST(DataQualityTest, AnIdentifierOfTwoPersonsFlagsBoth) {
  Story first(kHospital, "V1", 1), second(kHospital, "V2", 2);
  first.Admit("2025-05-01 08:00").add_alias_refs(Ref(9));
  second.Admit("2025-05-02 08:00").add_alias_refs(Ref(9));
  const auto facts = Together({first, second});
  EXPECT_TRUE(Flagged(facts, v1::STAY_FLAG_IDENTITY_AMBIGUOUS, "V1"));
  EXPECT_TRUE(Flagged(facts, v1::STAY_FLAG_IDENTITY_AMBIGUOUS, "V2"));
}

TEST(DataQualityTest, UkpForALaterTimeThanItsMessageIsFlaggedAndCountsFromThen) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Declare("2025-05-05 10:00");
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2025-05-05 09:50"));
  EXPECT_FALSE(Flagged(story.facts(), v1::STAY_FLAG_UKP_IN_FUTURE)) << "a clock that is ahead";
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2025-05-05 09:49"));
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_UKP_IN_FUTURE));
  EXPECT_EQ(FromProto(Served(story.facts(), "2025-05-06 08:00").ukp_since()),
            OsloAt("2025-05-05 10:00"));
}

TEST(DataQualityTest, AnAnswerOutsideEveryPeriodIsFlaggedAndCountsForNothing) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Answer("2025-05-04 08:00", true).Ready("2025-05-05 10:00");
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_ANSWER_WITHOUT_UKP));
  EXPECT_EQ(Served(story.facts(), "2025-05-08 08:00").payable_days(), 3);
}

TEST(DataQualityTest, AFactMoreThanAYearAfterItsStayIsFlaggedUnlessImported) {
  Story story;
  story.Admit("2025-05-01 08:00");
  story.Discharge("2025-05-05 10:00");
  story.Epikrise("2025-05-05 10:00");
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2026-05-05 10:00"));
  EXPECT_FALSE(Flagged(story.facts(), v1::STAY_FLAG_LATE_FACT));
  *story.last().mutable_recorded_at() = ToProto(OsloAt("2026-05-05 10:01"));
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_LATE_FACT));
  story.last().mutable_source()->set_channel(v1::CHANNEL_IMPORT);
  EXPECT_FALSE(Flagged(story.facts(), v1::STAY_FLAG_LATE_FACT));
}

TEST(DataQualityTest, ATimeThatComesTwiceIsFlagged) {
  Story story;
  story.Admit("2025-10-26 02:30").set_time_ambiguous(true);
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_TIME_AMBIGUOUS));
}

TEST(DataQualityTest, AStayWithoutAdmissionBeginsWhereItIsStatedElseWithItsFirstProof) {
  Story story;
  story.Declare("2025-05-05 10:00");
  EXPECT_TRUE(Flagged(story.facts(), v1::STAY_FLAG_ADMISSION_NOT_RECEIVED));
  EXPECT_EQ(FromProto(Served(story.facts(), "2025-05-06 08:00").admitted_at()),
            OsloAt("2025-05-05 10:00"));
  *story.last().mutable_stated_admission_at() = ToProto(OsloAt("2025-05-01 08:00"));
  story.last().set_stated_admission_precision(v1::PRECISION_MINUTE);
  EXPECT_EQ(FromProto(Served(story.facts(), "2025-05-06 08:00").admitted_at()),
            OsloAt("2025-05-01 08:00"));
}

// The sources of parked messages that leave the stays incomplete, by visit.
std::map<std::string, std::string> Incomplete(const Cluster& cluster) {
  std::map<std::string, std::string> sources;
  for (const DerivedStay& stay : ComputeStays(cluster).stays) {
    for (const auto& [flag, source] : stay.findings)
      if (flag == v1::STAY_FLAG_INCOMPLETE) sources[stay.stay.visit_key()] += source;
  }
  return sources;
}

TEST(DataQualityTest, AParkedMessageIsAFindingOnItsOwnStayOnly) {
  Story first, elsewhere(kOtherHospital, "V2"), second(kHospital, "V3");
  first.Admit("2025-05-01 08:00");
  first.Discharge("2025-05-03 08:00");
  elsewhere.Admit("2025-05-10 08:00");
  second.Admit("2025-05-20 08:00");
  Cluster cluster = ClusterOf(Together({first, elsewhere, second}));
  rows::ParkedOf parked;
  parked.set_parked_id("p");
  parked.set_patient_ref(std::string(cluster.key.key()));
  parked.set_source("plo:59");
  using Sources = std::map<std::string, std::string>;
  const auto of = [&](const std::string& hospital, const std::string& visit,
                      const std::string& at) {
    parked.set_hospital(hospital);
    parked.set_visit_key(visit);
    parked.set_at_us(absl::ToUnixMicros(OsloAt(at)));
    cluster.parked["p"] = parked;
    return Incomplete(cluster);
  };
  EXPECT_EQ(of(kHospital, "V2", "2025-05-10 09:00"), Sources{}) << "another hospital's V2";
  EXPECT_EQ(of(kOtherHospital, "V2", "2025-07-10 09:00"), (Sources{{"V2", "plo:59"}}));
  EXPECT_EQ(of("", "", "2025-05-03 20:00"), (Sources{{"V1", "plo:59"}}));
  EXPECT_EQ(of("", "", "2025-05-03 20:01"), Sources{}) << "12 hours after its end";
  EXPECT_EQ(of(kHospital, "", "2025-05-21 08:00"), (Sources{{"V3", "plo:59"}}));
  parked.set_settled(true);
  EXPECT_EQ(of(kHospital, "", "2025-05-21 08:00"), Sources{});
}

TEST(DataQualityTest, AParkedMessageLeavesItsStayIncomplete) {
  Story story;
  story.Admit("2025-05-01 08:00");
  Cluster cluster = ClusterOf(story.facts());
  rows::ParkedOf parked;
  parked.set_parked_id("p");
  parked.set_visit_key("V1");
  parked.set_patient_ref(std::string(cluster.key.key()));
  cluster.parked["p"] = parked;
  const v1::Stay stay = ComputeStays(cluster).stays.at(0).stay;
  EXPECT_EQ(std::ranges::count(stay.flags(), v1::STAY_FLAG_INCOMPLETE), 1);
}

}  // namespace
}  // namespace overgang::projections
