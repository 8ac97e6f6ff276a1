// What the deciders make of a matter: the facts as everyone reads them.
#include <gtest/gtest.h>

#include "consumers/deadlines/deadline_decider.h"
#include "consumers/deciding/decision.h"
#include "consumers/readmissions/readmission_decider.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "tests/projections/fact_builder.h"

namespace overgang {
namespace {

using namespace overgang::testing;
using projections::Matter;
using projections::StayWho;

StayWho Who() {
  StayWho who;
  who.patient = *projections::PatientRef::Parse(Ref(1));
  who.hospital.Assign(kHospital);
  who.residence_kommune.Assign("5001");
  who.stay_kommune.Assign("5031");
  who.sector = v1::SECTOR_SOMATIKK;
  who.ward.Assign("MED1");
  who.visit_key = "V1";
  return who;
}

projections::Uuid Id(const std::string& name) {
  projections::Uuid id;
  EXPECT_TRUE(projections::Uuid::Parse(NameUuid({"test", name}), &id));
  return id;
}

Matter Deadline() {
  Matter matter;
  matter.stay_id = Id("stay");
  matter.deadline = v1::DEADLINE_KIND_ANSWER;
  matter.due_us = absl::ToUnixMicros(At(120));
  matter.subject = "deadline/" + matter.stay_id.Text() + "/4/0";
  return matter;
}

Matter Readmission() {
  Matter matter;
  matter.kind = Matter::Kind::kReadmission;
  matter.stay_id = Id("stay");
  matter.definition = v1::PatientReadmitted::DEFINITION_FHI;
  matter.index_stay_id = Id("index");
  matter.since_discharge_us = absl::ToInt64Microseconds(absl::Hours(30) + absl::Microseconds(7));
  matter.subject = "readmission/" + matter.stay_id.Text() + "/1";
  return matter;
}

TEST(DeadlineDecider, AMissedDeadlineHappenedWhenItWasDueAndSaysByHowMuch) {
  const v1::Envelope fact = deadlines::Decide(Deadline(), Who(), At(200), "cursor");
  const v1::DeadlineMissed& missed = fact.deadline_missed();
  EXPECT_EQ(missed.stay_id(), Id("stay").Text());
  EXPECT_EQ(missed.deadline(), v1::DEADLINE_KIND_ANSWER);
  EXPECT_EQ(FromProto(missed.due_at()), At(120));
  EXPECT_EQ(missed.over_by().seconds(), 80 * 60);
  EXPECT_EQ(FromProto(fact.occurred_at()), At(120));
  EXPECT_EQ(FromProto(fact.recorded_at()), At(200));
  EXPECT_EQ(missed.decision().subject(), Deadline().subject);
  EXPECT_EQ(missed.decision().revision(), 1);
  EXPECT_FALSE(missed.decision().withdrawn());
  EXPECT_EQ(missed.decision().cursor(), "cursor");
}

TEST(DeadlineDecider, OneThatWasMetLateIsOverByWhenItWasMetWhateverTheTimeNow) {
  Matter matter = Deadline();
  matter.met_us = absl::ToUnixMicros(At(150));
  for (int now : {160, 6000}) {
    EXPECT_EQ(deadlines::Decide(matter, Who(), At(now), "").deadline_missed().over_by().seconds(),
              30 * 60);
  }
}

TEST(DeadlineDecider, AWithdrawalNamesWhatItTakesBackAndIsOfNow) {
  Matter matter = Deadline();
  matter.withdraw = true;
  matter.revision = 2;
  const v1::Envelope fact = deadlines::Decide(matter, Who(), At(300), "");
  EXPECT_TRUE(fact.deadline_missed().decision().withdrawn());
  EXPECT_EQ(fact.deadline_missed().decision().revision(), 2);
  EXPECT_EQ(fact.deadline_missed().deadline(), v1::DEADLINE_KIND_ANSWER);
  EXPECT_EQ(FromProto(fact.deadline_missed().due_at()), At(120)) << "which deadline it was";
  EXPECT_FALSE(fact.deadline_missed().has_over_by());
  EXPECT_EQ(FromProto(fact.occurred_at()), At(300));
}

TEST(ReadmissionDecider, AReadmissionNamesBothStaysAndTheTimeBetween) {
  const v1::Envelope fact = readmissions::Decide(Readmission(), Who(), At(10), "cursor");
  const v1::PatientReadmitted& readmitted = fact.patient_readmitted();
  EXPECT_EQ(readmitted.stay_id(), Id("stay").Text());
  EXPECT_EQ(readmitted.index_stay_id(), Id("index").Text());
  EXPECT_EQ(readmitted.definition(), v1::PatientReadmitted::DEFINITION_FHI);
  EXPECT_EQ(readmitted.since_discharge().seconds(), 30 * 3600);
  EXPECT_EQ(readmitted.since_discharge().nanos(), 7'000);
  EXPECT_EQ(FromProto(fact.occurred_at()), At(10));
}

TEST(ReadmissionDecider, AWithdrawalNamesTheDefinitionAndNoIndexStay) {
  Matter matter = Readmission();
  matter.withdraw = true;
  const v1::PatientReadmitted withdrawn =
      readmissions::Decide(matter, Who(), At(10), "").patient_readmitted();
  EXPECT_TRUE(withdrawn.decision().withdrawn());
  EXPECT_EQ(withdrawn.definition(), v1::PatientReadmitted::DEFINITION_FHI);
  EXPECT_EQ(withdrawn.index_stay_id(), "");
}

TEST(Decisions, SayWhoseTheyAreAndThatTheHubTookThem) {
  for (const v1::Envelope& fact : {deadlines::Decide(Deadline(), Who(), At(200), ""),
                                   readmissions::Decide(Readmission(), Who(), At(200), "")}) {
    EXPECT_EQ(fact.patient_ref(), Ref(1));
    EXPECT_EQ(fact.hospital(), kHospital);
    EXPECT_EQ(fact.residence_kommune(), "5001");
    EXPECT_EQ(fact.stay_kommune(), "5031");
    EXPECT_EQ(fact.sector(), v1::SECTOR_SOMATIKK);
    EXPECT_EQ(fact.ward(), "MED1");
    EXPECT_EQ(fact.visit_key(), "V1");
    EXPECT_EQ(fact.source().channel(), v1::CHANNEL_HUB);
    EXPECT_EQ(fact.schema_version(), 1);
    const NewRecord record = ToRecord(fact);
    EXPECT_EQ(record.topic, Topic::kReadmissions);
    EXPECT_EQ(record.key, Ref(1));
  }
}

TEST(Decisions, WhoeverTakesOneWheneverGivesItTheSameIdAndEachRevisionAnother) {
  const std::string id = deadlines::Decide(Deadline(), Who(), At(200), "a").event_id();
  EXPECT_EQ(deadlines::Decide(Deadline(), Who(), At(999), "b").event_id(), id);
  Matter later = Deadline();
  later.revision = 2;
  EXPECT_NE(deadlines::Decide(later, Who(), At(200), "a").event_id(), id);
  StayWho other = Who();
  other.patient = *projections::PatientRef::Parse(Ref(2));
  EXPECT_NE(deadlines::Decide(Deadline(), other, At(200), "a").event_id(), id);
  EXPECT_TRUE(IsUuid(id));
}

}  // namespace
}  // namespace overgang
