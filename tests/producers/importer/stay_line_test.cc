#include "producers/importer/stay_line.h"

#include <algorithm>
#include <set>

#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "gmock/gmock.h"
#include "tests/producers/importer/importer_fixture.h"

namespace overgang::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

absl::Time OsloAt(int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilSecond(2025, month, day, hour, minute), Oslo());
}

std::vector<std::string> Names(const StayLine& stay) {
  std::vector<std::string> names;
  for (const v1::Envelope& fact : stay.facts) names.emplace_back(FactName(fact));
  return names;
}

// Nothing stands for "none of them".
const v1::Envelope& FactOf(const StayLine& stay, v1::Envelope::FactCase kind) {
  static const v1::Envelope nothing;
  const auto it = std::ranges::find(stay.facts, kind, &v1::Envelope::fact_case);
  return it == stay.facts.end() ? nothing : *it;
}

std::map<std::string, std::string> Everything() {
  return {{"born", "1940-03-02"},
          {"sex", "female"},
          {"residence_kommune", "5001"},
          {"stay_kommune", "5031"},
          {"bydel", "500101"},
          {"moved_at", "2025-03-05 12:00"},
          {"moved_kommune", "5028"},
          {"ward", "MED1"},
          {"sector", "psykisk_helsevern"},
          {"urgency", "acute"},
          {"services_before", "extensive"},
          {"need_clear_at", "2025-03-02 08:00"},
          {"admission_notice_sent_at", "2025-03-02 09:00"},
          {"admission_notified_at", "2025-03-02 09:01:30"},
          {"admission_report_at", "2025-03-02 15:00"},
          {"expected_discharge", "2025-03-08"},
          {"ukp1_declared_at", "2025-03-04 10:00"},
          {"ukp1_notice_sent_at", "2025-03-04 10:01"},
          {"ukp1_notified_at", "2025-03-04 10:02"},
          {"ukp1_answer1_at", "2025-03-04 11:00"},
          {"ukp1_answer1", "no"},
          {"ukp1_answer2_at", "2025-03-04 16:00"},
          {"ukp1_answer2", "yes"},
          {"ukp1_answer2_from", "2025-03-07"},
          {"ukp1_withdrawn_at", "2025-03-04 20:00"},
          {"ukp2_declared_at", "2025-03-06"},
          {"epikrise_at", "2025-03-08 13:00"},
          {"discharged_at", "2025-03-08 14:00"},
          {"discharged_to", "1"},
          {"outcome", "1"},
          {"to_specialist_care", "yes"},
          {"died_at", "2025-03-08 13:30"}};
}

TEST(StayLine, TheLeastIsAnAdmission) {
  const StayLine stay = ReadWith({});
  EXPECT_THAT(stay.faults, IsEmpty());
  EXPECT_EQ(stay.id_number, kNumber);
  ASSERT_THAT(Names(stay), ElementsAre("PatientAdmitted"));
  const v1::Envelope& fact = stay.facts[0];
  EXPECT_EQ(fact.hospital(), "974749025");
  EXPECT_EQ(fact.visit_key(), "V1");
  EXPECT_EQ(fact.patient_ref(), "");
  EXPECT_EQ(FromProto(fact.occurred_at()), OsloAt(3, 1, 14, 5));
  EXPECT_EQ(FromProto(fact.recorded_at()), OsloAt(3, 1, 14, 5));
  EXPECT_EQ(fact.occurred_precision(), v1::PRECISION_MINUTE);
  EXPECT_TRUE(IsUuid(fact.event_id()));
  EXPECT_EQ(fact.correlation_id(), fact.event_id());
}

TEST(StayLine, EveryColumnBecomesWhatItSays) {
  const StayLine stay = ReadWith(Everything());
  ASSERT_THAT(stay.faults, IsEmpty());
  EXPECT_THAT(
      Names(stay),
      ElementsAre("PatientAdmitted", "KommuneKnowsPatient", "ExpectedDischargeSet",
                  "PatientDetailsChanged", "KommuneNotifiedOfAdmission", "AdmissionReportReceived",
                  "UkpDeclared", "KommuneNotifiedOfUkp", "KommuneAnswered", "KommuneAnswered",
                  "UkpWithdrawn", "UkpDeclared", "ReportSent", "PatientDischarged", "PatientDied"));
  const v1::Envelope& admitted = stay.facts[0];
  EXPECT_EQ(admitted.age_at_admission(), 84);  // The day before the birthday.
  EXPECT_EQ(admitted.sex(), v1::SEX_FEMALE);
  EXPECT_EQ(admitted.residence_kommune(), "5001");
  EXPECT_EQ(admitted.bydel(), "500101");
  EXPECT_EQ(admitted.ward(), "MED1");
  EXPECT_EQ(admitted.sector(), v1::SECTOR_PSYKISK_HELSEVERN);
  EXPECT_EQ(admitted.patient_admitted().urgency(), v1::URGENCY_ACUTE);
  EXPECT_EQ(FactOf(stay, v1::Envelope::kKommuneKnowsPatient).kommune_knows_patient().services(),
            v1::KommuneKnowsPatient::SERVICES_EXTENSIVE);
  const auto& expected = FactOf(stay, v1::Envelope::kExpectedDischargeSet).expected_discharge_set();
  EXPECT_EQ(FromProto(expected.expected_at()), OsloAt(3, 8, 12, 0));
  EXPECT_EQ(expected.expected_precision(), v1::PRECISION_DAY);
  const v1::Envelope& notified = FactOf(stay, v1::Envelope::kKommuneNotifiedOfAdmission);
  EXPECT_EQ(notified.occurred_precision(), v1::PRECISION_SECOND);
  EXPECT_EQ(FromProto(notified.kommune_notified_of_admission().sent_at()), OsloAt(3, 2, 9, 0));
  EXPECT_EQ(FromProto(notified.kommune_notified_of_admission().need_clear_at()),
            OsloAt(3, 2, 8, 0));
  const v1::Envelope& ukp = FactOf(stay, v1::Envelope::kKommuneNotifiedOfUkp);
  EXPECT_EQ(FromProto(ukp.occurred_at()), OsloAt(3, 4, 10, 2));
  EXPECT_EQ(FromProto(ukp.kommune_notified_of_ukp().sent_at()), OsloAt(3, 4, 10, 1));
  EXPECT_FALSE(stay.facts[8].kommune_answered().can_receive());
  EXPECT_FALSE(stay.facts[8].kommune_answered().has_from_date());
  EXPECT_TRUE(stay.facts[9].kommune_answered().can_receive());
  EXPECT_EQ(FromProto(stay.facts[9].kommune_answered().from_date()), OsloAt(3, 7, 12, 0));
  EXPECT_EQ(stay.facts[11].occurred_precision(), v1::PRECISION_DAY);
  EXPECT_EQ(stay.facts[12].report_sent().report(), v1::ReportSent::REPORT_EPIKRISE);
  const auto& discharged = stay.facts[13].patient_discharged();
  EXPECT_EQ(discharged.discharged_to(), "1");
  EXPECT_EQ(discharged.outcome(), "1");
  EXPECT_TRUE(discharged.to_specialist_care());
}

TEST(StayLine, FactsSayTheKommuneOfTheirTime) {
  const StayLine stay = ReadWith(Everything());
  for (const v1::Envelope& fact : stay.facts) {
    const bool before = FromProto(fact.occurred_at()) < OsloAt(3, 5, 12, 0);
    EXPECT_EQ(fact.stay_kommune(), before ? "5031" : "5028") << FactName(fact);
    EXPECT_EQ(fact.residence_kommune(), "5001");
  }
  const v1::Envelope& move = FactOf(stay, v1::Envelope::kPatientDetailsChanged);
  EXPECT_EQ(move.patient_details_changed().moved_kommune_at().seconds(),
            move.occurred_at().seconds());
}

TEST(StayLine, AnEndBeforeItsAdmissionIsAMistakeAndNoEndOfAnEarlierOne) {
  const StayLine stay =
      ReadWith({{"discharged_at", "2025-02-27"}, {"died_at", "2025-03-01 14:04"}});
  ASSERT_THAT(Names(stay), ElementsAre("PatientAdmitted", "PatientDischarged", "PatientDied"));
  EXPECT_EQ(FromProto(stay.facts[1].occurred_at()), OsloAt(2, 27, 12, 0));
  EXPECT_EQ(FromProto(stay.facts[2].occurred_at()), OsloAt(3, 1, 14, 4));
  for (const v1::Envelope& fact : stay.facts)
    EXPECT_EQ(FromProto(fact.recorded_at()), OsloAt(3, 1, 14, 5)) << FactName(fact);
  for (const v1::Envelope& fact : ReadWith(Everything()).facts)
    EXPECT_EQ(FromProto(fact.recorded_at()), FromProto(fact.occurred_at())) << FactName(fact);
}

TEST(StayLine, APatientReferenceNeedsNoNumber) {
  const std::string ref = "ab12-" + std::string(32, '0');
  const StayLine stay = ReadWith({{"id_number", ""}, {"patient_ref", ref}});
  EXPECT_THAT(stay.faults, IsEmpty());
  EXPECT_EQ(stay.id_number, "");
  ASSERT_EQ(stay.facts.size(), 1u);
  EXPECT_EQ(stay.facts[0].patient_ref(), ref);
}

std::set<std::string> Ids(const StayLine& stay) {
  std::set<std::string> ids;
  for (const v1::Envelope& fact : stay.facts) ids.insert(fact.event_id());
  return ids;
}

TEST(StayLine, IdsAreOfWhatFactsSayAndNotOfHowItIsWritten) {
  const auto all = Everything();
  const std::set<std::string> ids = Ids(ReadWith(all));
  EXPECT_EQ(ids.size(), 15u);
  auto otherwise = all;
  otherwise["admission_notified_at"] = "2025-03-02T09:01:30";
  otherwise["ward"] = "\"MED1\"";
  otherwise["ukp3_declared_at"] = "";
  EXPECT_EQ(Ids(ReadWith(otherwise)), ids);
  // Another visit, another stay.
  otherwise["visit"] = "V2";
  for (const std::string& id : Ids(ReadWith(otherwise))) EXPECT_FALSE(ids.contains(id));
}

TEST(StayLine, ALineThatSaysMoreAddsOnlyWhatIsNew) {
  const std::set<std::string> open = Ids(ReadWith({}));
  const std::set<std::string> ended = Ids(ReadWith({{"discharged_at", "2025-03-03 10:00"}}));
  EXPECT_EQ(ended.size(), 2u);
  EXPECT_TRUE(std::ranges::includes(ended, open));
}

TEST(StayLine, AGrownLineWithAnotherWardKommuneAndAgeSaysEachAnswerOnce) {
  auto grown = Everything();
  for (const char* end : {"discharged_at", "discharged_to", "outcome", "to_specialist_care"})
    grown.erase(end);
  const std::set<std::string> open = Ids(ReadWith(grown));
  grown = Everything();
  grown["ward"] = "GER1";
  grown["sector"] = "somatikk";
  grown["residence_kommune"] = grown["stay_kommune"] = "5028";
  grown["bydel"] = "502801";
  grown["born"] = "1941-03-02";
  grown["sex"] = "male";
  std::vector<std::string> added;
  for (const v1::Envelope& fact : ReadWith(grown).facts) {
    if (!open.contains(fact.event_id())) added.emplace_back(FactName(fact));
  }
  EXPECT_THAT(added, ElementsAre("PatientAdmitted", "PatientDischarged"));
  // What a move says is whereto.
  grown["moved_kommune"] = "5001";
  EXPECT_NE(FactOf(ReadWith(grown), v1::Envelope::kPatientDetailsChanged).event_id(),
            FactOf(ReadWith(Everything()), v1::Envelope::kPatientDetailsChanged).event_id());
}

TEST(StayLine, IdsTellNothingOfThePerson) {
  const auto with = [](const char* number, const char* born) {
    return Ids(ReadWith({{"id_number", number}, {"born", born}, {"sex", "male"}}));
  };
  EXPECT_EQ(with(kNumber, "1972-05-01"), with("14915010025", "1972-06-02"));  // Both are 52.
}

// Each fault of a line, as "column name".
std::vector<std::string> Faults(const std::map<std::string, std::string>& values) {
  const StayLine stay = ReadWith(values);
  EXPECT_THAT(stay.facts, IsEmpty());
  std::vector<std::string> names;
  for (const Fault& fault : stay.faults) {
    EXPECT_FALSE(fault.what.empty());
    EXPECT_FALSE(fault.remedy.empty());
    for (const auto& [name, value] : values) {
      if (value.size() > 4) {
        EXPECT_THAT(fault.what, Not(HasSubstr(value)));
      }
    }
    names.push_back(fault.name);
  }
  return names;
}

TEST(StayLine, WhatCannotBeReadIsNamedByItsColumn) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"hospital", "St. Olavs"},
                                          {"admitted_at", "01.03.2025"},
                                          {"id_number", "01857210058"},
                                          {"visit", std::string(kTextBytesMax + 1, 'v')},
                                          {"ward", std::string(kTextBytesMax + 1, 'w')},
                                          {"sector", "somatic"},
                                          {"residence_kommune", "Trondheim"},
                                          {"stay_kommune", "1601"},
                                          {"bydel", "3010"},
                                          {"urgency", "yes"},
                                          {"services_before", "many"},
                                          {"admission_notified_at", "2025-03-02 9:00"},
                                          {"admission_report_at", "2025-02-30"},
                                          {"expected_discharge", "soon"},
                                          {"epikrise_at", "yes"},
                                          {"discharged_at", "2025-03-08 25:00"},
                                          {"died_at", "2026-01-15 08:01"},
                                          {"ukp1_declared_at", "1925-03-04 10:00"}}) {
    EXPECT_THAT(Faults({{name, value}}), ElementsAre(name)) << value;
  }
}

TEST(StayLine, WhatIsMissingIsNamed) {
  EXPECT_THAT(Faults({{"hospital", ""}}), ElementsAre("hospital"));
  EXPECT_THAT(Faults({{"visit", ""}}), ElementsAre("visit"));
  EXPECT_THAT(Faults({{"id_number", ""}}), ElementsAre("id_number"));
  EXPECT_THAT(Faults({{"admitted_at", ""}}), ElementsAre("admitted_at"));
}

TEST(StayLine, WhatGoesTogetherIsAskedForTogether) {
  using V = std::map<std::string, std::string>;
  EXPECT_THAT(Faults(V{{"patient_ref", "ab12-" + std::string(32, '0')}}), ElementsAre("id_number"));
  EXPECT_THAT(Faults(V{{"id_number", ""}, {"patient_ref", "x"}}), ElementsAre("patient_ref"));
  EXPECT_THAT(Faults(V{{"moved_at", "2025-03-02"}}), ElementsAre("moved_at"));
  EXPECT_THAT(Faults(V{{"moved_at", ""}, {"moved_kommune", "5001"}}), ElementsAre("moved_at"));
  EXPECT_THAT(Faults(V{{"sex", "male"}}), ElementsAre("sex"));
  EXPECT_THAT(Faults(V{{"age", "80"}}), ElementsAre("age"));
  EXPECT_THAT(Faults(V{{"age", "80"}, {"sex", "male"}, {"born", "1945-01-01"}}),
              ElementsAre("age"));
  EXPECT_THAT(Faults(V{{"age", "131"}, {"sex", "male"}}), ElementsAre("age"));
  EXPECT_THAT(Faults(V{{"age", "old"}, {"sex", "male"}}), ElementsAre("age"));
  EXPECT_THAT(Faults(V{{"born", "2025-03-02"}, {"sex", "male"}}), ElementsAre("born"));
  EXPECT_THAT(Faults(V{{"born", "1945-13-01"}, {"sex", "male"}}), ElementsAre("born"));
  EXPECT_THAT(Faults(V{{"admission_notice_sent_at", "2025-03-02"}, {"admission_notified_at", ""}}),
              ElementsAre("admission_notified_at"));
  EXPECT_THAT(Faults(V{{"need_clear_at", "2025-03-02"}}), ElementsAre("need_clear_at"));
  EXPECT_THAT(Faults(V{{"ukp1_notified_at", "2025-03-04"}}), ElementsAre("ukp1_notified_at"));
  EXPECT_THAT(Faults(V{{"ukp2_declared_at", ""}, {"ukp2_withdrawn_at", "2025-03-04"}}),
              ElementsAre("ukp2_declared_at"));
  EXPECT_THAT(Faults(V{{"ukp1_declared_at", "2025-03-04"},
                       {"ukp1_answer1_at", "2025-03-04"},
                       {"ukp1_answer1", ""}}),
              ElementsAre("ukp1_answer1"));
  EXPECT_THAT(Faults(V{{"ukp1_declared_at", "2025-03-04"},
                       {"ukp1_answer1_at", "2025-03-04"},
                       {"ukp1_answer1", "no"},
                       {"ukp1_answer1_from", "2025-03-05"}}),
              ElementsAre("ukp1_answer1_from"));
  EXPECT_THAT(Faults(V{{"outcome", "1"}}), ElementsAre("outcome"));
}

TEST(StayLine, AllFaultsOfALineAreToldAtOnce) {
  EXPECT_THAT(Faults({{"hospital", "1"}, {"ward", "MED1"}, {"urgency", "x"}, {"died_at", "never"}}),
              ElementsAre("hospital", "urgency", "died_at"));
}

TEST(StayLine, ALineWithAnotherNumberOfValuesIsTold) {
  const File file =
      ReadFile("hospital;visit;id_number;admitted_at\n974749025;V1;" + std::string(kNumber) + "\n");
  ASSERT_EQ(file.stays.size(), 1u);
  ASSERT_EQ(file.stays[0].faults.size(), 1u);
  EXPECT_EQ(file.stays[0].faults[0].column, 0);
  EXPECT_THAT(file.stays[0].faults[0].what, HasSubstr("3 values and the first 4"));
}

TEST(StayLine, WhatIsToComeIsTakenOnlyWhereItIsAPromise) {
  EXPECT_THAT(ReadWith({{"expected_discharge", "2026-02-01"}}).faults, IsEmpty());
  EXPECT_THAT(ReadWith({{"ukp1_declared_at", "2026-01-14"},
                        {"ukp1_answer1_at", "2026-01-14"},
                        {"ukp1_answer1", "yes"},
                        {"ukp1_answer1_from", "2026-01-20"}})
                  .faults,
              IsEmpty());
  EXPECT_THAT(ReadWith({{"discharged_at", "2026-01-15"}}).faults, IsEmpty());  // Today, at noon.
  EXPECT_THAT(Faults({{"discharged_at", "2026-01-16"}}), ElementsAre("discharged_at"));
}

TEST(StayLine, TheHourThatComesTwiceIsMarked) {
  const StayLine stay = ReadWith({{"discharged_at", "2025-10-26 02:30"}});
  ASSERT_EQ(stay.facts.size(), 2u);
  EXPECT_FALSE(stay.facts[0].time_ambiguous());
  EXPECT_TRUE(stay.facts[1].time_ambiguous());
}

}  // namespace
}  // namespace overgang::importer
