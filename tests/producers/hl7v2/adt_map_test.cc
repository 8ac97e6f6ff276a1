#include "producers/hl7v2/adt_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/oslo_time.h"
#include "core/uuid.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string Utc(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromProto(time), absl::UTCTimeZone());
}

const std::string kInpatient = Fields("PV1", {{2, "I"},
                                              {3, "MED1^12^KORR-2"},
                                              {4, "A"},
                                              {6, "PSY1^3"},
                                              {14, "7"},
                                              {19, "V1^^^STO"},
                                              {36, "01"},
                                              {37, "1"},
                                              {44, "202603101000"},
                                              {45, "20260312140000"}});

std::string Body(std::string_view more = "") {
  return Evn("20260310101400") + FnrPid() + kInpatient + std::string(more);
}

TEST(AdtMap, AnAdmissionTellsWhoWhereAndWhen) {
  Mapper map;
  const AdtResult result = map(Adt("A01", Body()));
  ASSERT_FALSE(result.refusal) << result.refusal->refusal.reason;
  ASSERT_THAT(Names(result), ElementsAre("PatientAdmitted"));
  EXPECT_EQ(result.facility, kFacility);
  const v1::Envelope& fact = result.facts[0];
  EXPECT_EQ(fact.patient_ref(), map.pseudonymizer().OfNationalNumber(kFnr)->current);
  EXPECT_THAT(fact.alias_refs(),
              Contains(map.pseudonymizer().OfLocalIdentifier("STO", "4711").current));
  EXPECT_THAT(fact.alias_refs(), Contains(map.pseudonymizer().OfNationalNumber(kFnr)->others[0]));
  EXPECT_EQ(fact.hospital(), kHospital);
  EXPECT_EQ(fact.ward(), "MED1");
  EXPECT_EQ(fact.sector(), v1::SECTOR_SOMATIKK);
  EXPECT_EQ(fact.visit_key(), "V1@STO");
  EXPECT_EQ(fact.residence_kommune(), "5001");
  EXPECT_EQ(fact.stay_kommune(), "5001");
  EXPECT_EQ(fact.age_at_admission(), 76);
  EXPECT_EQ(fact.sex(), v1::SEX_FEMALE);
  EXPECT_EQ(Utc(fact.occurred_at()), "2026-03-10T09:00:00Z");
  EXPECT_EQ(fact.occurred_precision(), v1::PRECISION_MINUTE);
  EXPECT_EQ(Utc(fact.stated_admission_at()), "2026-03-10T09:00:00Z");
  EXPECT_EQ(Utc(fact.recorded_at()), "2026-03-10T09:14:00Z");
  EXPECT_EQ(fact.source().sender(), "STO");
  EXPECT_EQ(fact.source().control_id(), "M1");
  EXPECT_EQ(fact.schema_version(), 1);
  const v1::PatientAdmitted& admitted = fact.patient_admitted();
  EXPECT_EQ(admitted.urgency(), v1::URGENCY_ACUTE);
  EXPECT_TRUE(admitted.via_emergency_department());
  EXPECT_TRUE(admitted.corridor());
  EXPECT_EQ(admitted.bed(), "KORR-2");
}

TEST(AdtMap, EachEventGivesItsFacts) {
  const std::pair<std::string_view, std::vector<std::string>> cases[] = {
      {"A01", {"PatientAdmitted"}},
      {"A02", {"PatientTransferred"}},
      {"A03", {"PatientDischarged"}},
      {"A04", {}},
      {"A05", {}},
      {"A06", {"PatientAdmitted"}},
      {"A07", {"PatientDischarged"}},
      {"A08", {"PatientDetailsChanged"}},
      {"A11", {"FactCancelled"}},
      {"A12", {"FactCancelled"}},
      {"A13", {"FactCancelled", "FactCancelled"}},
      {"A21", {"LeaveStarted"}},
      {"A22", {"LeaveEnded"}},
      {"A25", {"ExpectedDischargeCleared"}},
      {"A28", {}},
      {"A29", {}},
      {"A31", {"PatientDetailsChanged"}},
      {"A44", {}},
      {"A45", {}},
      {"A52", {"FactCancelled"}},
      {"A53", {"FactCancelled"}},
      {"A60", {}},
      {"A99", {}},
      {"Z01", {}},
  };
  Mapper map;
  for (const auto& [trigger, names] : cases) {
    const AdtResult result = map(Adt(trigger, Body()));
    EXPECT_FALSE(result.refusal) << trigger;
    EXPECT_EQ(Names(result), names) << trigger;
    std::set<std::string> ids;
    for (const v1::Envelope& fact : result.facts) ids.insert(fact.event_id());
    EXPECT_EQ(ids.size(), names.size()) << trigger;
  }
}

TEST(AdtMap, CancellationsNameWhatNeverWas) {
  const std::pair<std::string_view, v1::FactKind> cases[] = {
      {"A11", v1::FACT_KIND_PATIENT_ADMITTED},   {"A12", v1::FACT_KIND_PATIENT_TRANSFERRED},
      {"A13", v1::FACT_KIND_PATIENT_DISCHARGED}, {"A52", v1::FACT_KIND_LEAVE_STARTED},
      {"A53", v1::FACT_KIND_LEAVE_ENDED},
  };
  Mapper map;
  for (const auto& [trigger, kind] : cases) {
    const AdtResult result = map(Adt(trigger, Body()));
    ASSERT_FALSE(result.facts.empty());
    EXPECT_EQ(result.facts[0].fact_cancelled().kind(), kind);
    EXPECT_EQ(result.facts[0].visit_key(), "V1@STO");
    EXPECT_EQ(Utc(result.facts[0].occurred_at()), "2026-03-10T09:14:00Z");  // When it was recorded.
  }
  EXPECT_EQ(map(Adt("A13", Body())).facts[1].fact_cancelled().kind(), v1::FACT_KIND_PATIENT_DIED);
}

TEST(AdtMap, AMovementMarkedCancelIsACancellation) {
  Mapper map;
  const AdtResult result = map(Adt("A02", Body("ZBE|7^EPR|20260310100000||CANCEL\r")));
  ASSERT_THAT(Names(result), ElementsAre("FactCancelled"));
  EXPECT_EQ(result.facts[0].fact_cancelled().kind(), v1::FACT_KIND_PATIENT_TRANSFERRED);
  EXPECT_THAT(Names(map(Adt("A02", Body("ZBE|7^EPR|20260310100000||INSERT\r")))),
              ElementsAre("PatientTransferred"));
}

TEST(AdtMap, ATransferSaysWhereFromAndWhetherInTheCorridor) {
  Mapper map;
  const AdtResult result = map(Adt("A02", Body("ZBE|7^EPR|20260311090000||INSERT\r")));
  ASSERT_THAT(Names(result), ElementsAre("PatientTransferred"));
  const v1::PatientTransferred& moved = result.facts[0].patient_transferred();
  EXPECT_EQ(moved.from_ward(), "PSY1");
  EXPECT_TRUE(moved.corridor());
  EXPECT_EQ(Utc(result.facts[0].occurred_at()), "2026-03-11T08:00:00Z");  // ZBE-2.
}

TEST(AdtMap, ADischargeSaysWhereTo) {
  Mapper map;
  const AdtResult result = map(Adt("A03", Body()));
  ASSERT_THAT(Names(result), ElementsAre("PatientDischarged"));
  EXPECT_EQ(result.facts[0].patient_discharged().discharged_to(), "1");
  EXPECT_EQ(result.facts[0].patient_discharged().outcome(), "");
  EXPECT_EQ(Utc(result.facts[0].occurred_at()), "2026-03-12T13:00:00Z");
}

TEST(AdtMap, DeathComesInsideTheDischarge) {
  Mapper map;
  const auto pid = [](std::string_view died_at, std::string_view dead) {
    return Fields("PID", {{3, "4711^^^STO^MR"}, {29, died_at}, {30, dead}});
  };
  const std::string rest = kInpatient;
  const AdtResult both = map(Adt("A03", Evn("20260312") + pid("202603121100", "Y") + rest));
  ASSERT_THAT(Names(both), ElementsAre("PatientDischarged", "PatientDied"));
  EXPECT_EQ(both.facts[0].patient_discharged().outcome(), "2");
  EXPECT_EQ(Utc(both.facts[1].occurred_at()), "2026-03-12T10:00:00Z");
  const AdtResult indicator = map(Adt("A03", Evn("20260312") + pid("", "Y") + rest));
  ASSERT_THAT(Names(indicator), ElementsAre("PatientDischarged", "PatientDied"));
  EXPECT_EQ(Utc(indicator.facts[1].occurred_at()), "2026-03-12T13:00:00Z");
  EXPECT_THAT(Names(map(Adt("A03", Evn("20260312") + pid("20260312", "") + rest))),
              ElementsAre("PatientDischarged", "PatientDied"));
  EXPECT_THAT(Names(map(Adt("A03", Evn("20260312") + pid("20260312", "N") + rest))),
              ElementsAre("PatientDischarged"));
  EXPECT_THAT(Names(map(Adt("A03", Evn("20260312") + pid("\"\"", "\"\"") + rest))),
              ElementsAre("PatientDischarged"));
}

TEST(AdtMap, AnUpdateSetsAndClearsTheExpectedDischarge) {
  Mapper map;
  const AdtResult set = map(Adt("A08", Body(Fields("PV2", {{9, "20260315"}}))));
  ASSERT_THAT(Names(set), ElementsAre("PatientDetailsChanged", "ExpectedDischargeSet"));
  EXPECT_EQ(set.facts[1].expected_discharge_set().expected_precision(), v1::PRECISION_DAY);
  EXPECT_EQ(Utc(set.facts[1].expected_discharge_set().expected_at()), "2026-03-15T11:00:00Z");
  EXPECT_EQ(Utc(set.facts[1].occurred_at()), "2026-03-10T09:14:00Z");
  EXPECT_THAT(Names(map(Adt("A08", Body(Fields("PV2", {{9, "\"\""}}))))),
              ElementsAre("PatientDetailsChanged", "ExpectedDischargeCleared"));
  EXPECT_THAT(Names(map(Adt("A16", Body(Fields("PV2", {{9, "202603151200"}}))))),
              ElementsAre("ExpectedDischargeSet"));
  EXPECT_THAT(Names(map(Adt("A01", Body(Fields("PV2", {{9, "20260315"}}))))),
              ElementsAre("PatientAdmitted", "ExpectedDischargeSet"));
}

TEST(AdtMap, APendingDischargeWithoutADateIsNoFactAndWithABadOneRefused) {
  Mapper map;
  EXPECT_THAT(map(Adt("A16", Body())).facts, IsEmpty());
  EXPECT_FALSE(map(Adt("A16", Body())).refusal);
  for (const std::string_view bad : {"soon", "2026"}) {
    for (const std::string_view trigger : {"A08", "A16"}) {
      EXPECT_EQ(map(Adt(trigger, Body(Fields("PV2", {{9, bad}})))).refusal->refusal.place, "PV2-9");
    }
    EXPECT_THAT(Names(map(Adt("A01", Body(Fields("PV2", {{9, bad}}))))),
                ElementsAre("PatientAdmitted"));
  }
}

TEST(AdtMap, TheMessageTypeIsTrustedBeforeTheEventSegment) {
  Mapper map;
  EXPECT_THAT(Names(map(Adt("A03", "EVN|A01|20260310\r" + FnrPid() + kInpatient))),
              ElementsAre("PatientDischarged"));
  EXPECT_THAT(Names(map(Adt("", "EVN|A01|20260310\r" + FnrPid() + kInpatient))),
              ElementsAre("PatientAdmitted"));
}

TEST(AdtMap, AMergeJoinsEveryPair) {
  Mapper map;
  const AdtResult result =
      map(Adt("A40", Evn("20260310") + FnrPid() + "MRG|900^^^STO^MR~901^^^STO^MR\r" +
                         Pid("4800^^^STO^MR") + "MRG|902^^^STO^MR\r"));
  ASSERT_FALSE(result.refusal);
  const Pseudonymizer& p = map.pseudonymizer();
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const v1::Envelope& fact : result.facts) {
    EXPECT_EQ(fact.visit_key(), "");
    pairs.emplace_back(fact.patient_ref(), fact.patient_merged().merged_ref());
  }
  const std::string survivor = p.OfNationalNumber(kFnr)->current,
                    second = p.OfLocalIdentifier("STO", "4800").current;
  EXPECT_THAT(pairs, Contains(std::pair(survivor, p.OfLocalIdentifier("STO", "900").current)));
  EXPECT_THAT(pairs, Contains(std::pair(survivor, p.OfLocalIdentifier("STO", "900").others[0])));
  EXPECT_THAT(pairs, Contains(std::pair(survivor, p.OfLocalIdentifier("STO", "901").current)));
  EXPECT_THAT(pairs, Contains(std::pair(second, p.OfLocalIdentifier("STO", "902").current)));
  EXPECT_EQ(pairs.size(), 6u);  // Each under both keys.
}

TEST(AdtMap, AMergeWithItselfIsNoFactAndOneWithoutMrgIsRefused) {
  Mapper map;
  EXPECT_THAT(map(Adt("A40", Evn("20260310") + FnrPid() + "MRG|4711^^^STO^MR\r")).facts, IsEmpty());
  const AdtResult result = map(Adt("A40", Evn("20260310") + FnrPid()));
  ASSERT_TRUE(result.refusal);
  EXPECT_EQ(result.refusal->refusal.place, "MRG");
  EXPECT_EQ(
      map(Adt("A40", Evn("20260310") + FnrPid() + "MRG|0000^^^STO^MR\r")).refusal->refusal.place,
      "MRG-1");
}

TEST(AdtMap, AMergeOfTooManyIsRefused) {
  Mapper map;
  std::string mrg;
  for (int i = 1000; i < 1000 + kFactsMax; ++i) {
    mrg += "MRG|" + std::to_string(i) + "^^^STO^MR\r";
  }
  const AdtResult result = map(Adt("A40", Evn("20260310") + FnrPid() + mrg));
  EXPECT_EQ(result.refusal->refusal.code, "too_many");
  EXPECT_THAT(result.facts, IsEmpty());
}

TEST(AdtMap, TheSameMessageHasTheSameIdsWhateverItsTime) {
  Mapper map;
  const std::string first = map(Adt("A01", Body())).facts[0].event_id();
  EXPECT_TRUE(IsUuid(first));
  EXPECT_EQ(map(Adt("A01", Body(), "20260311090000")).facts[0].event_id(), first);
  EXPECT_NE(map(Adt("A01", Body(), "20260310101500", "M2")).facts[0].event_id(),
            first);                                                        // Another number.
  EXPECT_NE(map(Adt("A01", Body("NTE|1\r"))).facts[0].event_id(), first);  // The number used again.
}

TEST(AdtMap, TheAutumnHourIsMarked) {
  Mapper map;
  const std::string body =
      Evn("202610250235") + FnrPid() + Fields("PV1", {{2, "I"}, {44, "202610250230"}});
  const AdtResult first = map(Adt("A01", body, "20261025023600"));
  EXPECT_TRUE(first.facts[0].time_ambiguous());
  EXPECT_EQ(Utc(first.facts[0].occurred_at()), "2026-10-25T00:30:00Z");
  const AdtResult second = map(Adt("A01", body, "20261025023600+0100"));
  EXPECT_FALSE(second.facts[0].time_ambiguous());
  EXPECT_EQ(Utc(second.facts[0].occurred_at()), "2026-10-25T01:30:00Z");
}

TEST(AdtMap, TimesComeFromTheNextFieldWhereOneIsEmpty) {
  Mapper map;
  const std::string pv1 = Fields("PV1", {{2, "I"}});
  EXPECT_EQ(Utc(map(Adt("A01", Evn("202603100900", "202603100800") + FnrPid() + pv1))
                    .facts[0]
                    .occurred_at()),
            "2026-03-10T07:00:00Z");
  EXPECT_EQ(Utc(map(Adt("A01", Evn("202603100900") + FnrPid() + pv1)).facts[0].occurred_at()),
            "2026-03-10T08:00:00Z");
  EXPECT_EQ(Utc(map(Adt("A01", FnrPid() + pv1)).facts[0].occurred_at()),
            "2026-03-10T09:15:00Z");  // MSH-7.
  EXPECT_EQ(map(Adt("A01", FnrPid() + pv1, "")).refusal->refusal.place, "EVN-2");
  EXPECT_EQ(map(Adt("A01", Evn("yesterday") + FnrPid() + pv1)).refusal->refusal.place, "EVN-2");
  EXPECT_EQ(map(Adt("A01", FnrPid() + Fields("PV1", {{44, "20261345"}}))).refusal->refusal.place,
            "PV1-44");
}

TEST(AdtMap, RefusesWhatItCannotTakeAndNamesTheField) {
  struct Case {
    std::string text;
    std::string_view place;
    bool reject;
  };
  const Case cases[] = {
      {"MSH|^~\\&|EPR|STO|||20260310||ORU^R01|M1|P|2.5\r", "MSH-9", true},
      {"MSH|^~\\&|EPR|STO|||20260310|||M1|P|2.5\r", "MSH-9", true},
      {"MSH|^~\\&|EPR|STO|||20260310||ADT^A01|M1|P|3.0\r", "MSH-12", true},
      {"MSH|^~\\&|EPR|STO|||20260310||ADT^A01|M1|X|2.5\r", "MSH-11", true},
      {"MSH|^~\\&|EPR|STO|||20260310||ADT^A01||P|2.5\r", "MSH-10", false},
      {"MSH|^~\\&|EPR|NOWHERE|||20260310||ADT^A01|M1|P|2.5\r", "MSH-4", false},
      {"MSH|^~\\&|EPR||||20260310||ADT^A60|M1|P|2.5\r", "MSH-4", false},
      {Adt("A01", Evn("20260310")), "PID", false},
      {Adt("A01", Evn("20260310") + "PID|1\r"), "PID-3", false},
      {"hello", "MSH", false},
  };
  Mapper map;
  for (const Case& c : cases) {
    const AdtResult result = map(c.text);
    ASSERT_TRUE(result.refusal) << c.text;
    EXPECT_EQ(result.refusal->refusal.place, c.place);
    EXPECT_EQ(result.refusal->reject, c.reject) << c.text;
    EXPECT_THAT(result.facts, IsEmpty());
    EXPECT_NE(result.refusal->refusal.reason, "");
  }
}

TEST(AdtMap, TestMessagesAreRefusedInProduction) {
  Mapper map(Environment::kProduction);
  const AdtResult result = map("MSH|^~\\&|EPR|STO|||20260310||ADT^A01|M1|T|2.5\r");
  ASSERT_TRUE(result.refusal);
  EXPECT_EQ(result.refusal->refusal.place, "MSH-11");
}

TEST(AdtMap, AnAcknowledgementIsNotAMessage) {
  Mapper map;
  const AdtResult result = map("MSH|^~\\&|EPR|STO|||20260310||ACK^A01|M1|P|2.5\rMSA|AA|7\r");
  EXPECT_TRUE(result.is_acknowledgement);
  EXPECT_FALSE(result.refusal);
}

TEST(AdtMap, ARefusedStayIsNamedWhereItIsKnown) {
  Mapper map;
  const AdtResult result = map(Adt("A03", FnrPid() + Fields("PV1", {{19, "V1"}, {45, "soon"}})));
  ASSERT_TRUE(result.refusal);
  EXPECT_EQ(result.refusal->refusal.patient_ref,
            map.pseudonymizer().OfNationalNumber(kFnr)->current);
  EXPECT_EQ(result.refusal->refusal.visit_key, "V1");
}

// Whatever field a sender puts it in, a national identity number does not get into a fact.
TEST(AdtMap, ANationalNumberIsFoundNowhereInAFact) {
  Mapper map;
  const std::string canary = "x " + std::string(kFnr) + "^028150 99977^" + std::string(kFnr);
  std::string everywhere;
  for (const std::string_view name : {"EVN", "PID", "PV1", "PV2", "ZBE", "MRG"}) {
    everywhere += name;
    for (int field = 1; field <= 52; ++field) {
      const bool time = (name == "EVN" && (field == 2 || field == 6)) ||
                        (name == "PV1" && (field == 44 || field == 45)) ||
                        (name == "PV2" && field == 9) || (name == "ZBE" && field == 2);
      const bool person = (name == "PID" && field == 3) || (name == "MRG" && field == 1);
      everywhere += '|';
      everywhere += time ? "20260310" : person ? "4711^^^" + std::string(name) + "^MR" : canary;
    }
    everywhere += '\r';
  }
  for (const std::string_view trigger : {"A01", "A02", "A03", "A08", "A13", "A16", "A21", "A40"}) {
    const AdtResult result = map(Adt(trigger, everywhere, "20260310", kFnr));
    ASSERT_FALSE(result.facts.empty()) << trigger;
    for (const v1::Envelope& fact : result.facts) {
      const std::string text = fact.SerializeAsString();
      EXPECT_THAT(text, Not(HasSubstr(std::string(kFnr)))) << trigger;
      EXPECT_THAT(text, Not(HasSubstr("028150 99977"))) << trigger;
    }
  }
}

}  // namespace
}  // namespace overgang::hl7v2
