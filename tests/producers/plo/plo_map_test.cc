#include "producers/plo/plo_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/oslo_time.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

absl::Time Utc(int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilSecond(2026, month, day, hour, minute), absl::UTCTimeZone());
}

class PloMap : public ::testing::Test {
 protected:
  PloReading Read(const std::string& text, PloRole role = PloRole::kReceiver,
                  Environment environment = Environment::kTest) {
    const auto pseudonymizer = Pseudonymizer::Create({std::string(32, 'p')}, environment).value();
    return ReadPlo(text, {*directory_, pseudonymizer, role, now_});
  }
  std::vector<std::string> Names(const PloReading& reading) {
    std::vector<std::string> names;
    for (const v1::Envelope& fact : reading.facts) names.emplace_back(FactName(fact));
    return names;
  }
  void ExpectRefused(const PloReading& reading, std::string_view code, std::string_view place) {
    EXPECT_EQ(reading.kind, PloReading::Kind::kRefused);
    ASSERT_TRUE(reading.refusal.has_value());
    EXPECT_THAT(reading.refusal->place, HasSubstr(std::string(place)));
    EXPECT_THAT(reading.facts, IsEmpty());
    ASSERT_TRUE(reading.answer.has_value());
    EXPECT_EQ(reading.answer->status, AppRecStatus::kRejected);
    EXPECT_EQ(reading.answer->errors.at(0).code, code);
    EXPECT_THAT(reading.refusal->reason, Not(HasSubstr(SyntheticNumber())));
  }

  std::shared_ptr<const Directory> directory_ = Directory::BuiltIn();
  absl::Time now_ = Utc(1, 15, 9, 15);
};

TEST_F(PloMap, AnAdmissionSaysWhoWhereAndWhenAndNotifiesTheKommune) {
  const PloReading reading = Read(TestMessage().Text());
  ASSERT_THAT(Names(reading), ElementsAre("PatientAdmitted", "KommuneNotifiedOfAdmission"));
  const v1::Envelope& fact = reading.facts[0];
  EXPECT_EQ(fact.hospital(), "974749025");
  EXPECT_EQ(fact.stay_kommune(), "5001");
  EXPECT_EQ(FromProto(fact.occurred_at()), Utc(1, 15, 9));
  EXPECT_EQ(FromProto(fact.stated_admission_at()), Utc(1, 15, 9));
  EXPECT_EQ(FromProto(fact.recorded_at()), Utc(1, 15, 9, 12));
  EXPECT_EQ(fact.occurred_precision(), v1::PRECISION_SECOND);
  EXPECT_EQ(fact.age_at_admission(), 75);
  EXPECT_EQ(fact.sex(), v1::SEX_FEMALE);
  EXPECT_TRUE(IsPatientRef(fact.patient_ref()));
  EXPECT_EQ(fact.visit_key(), "");
  EXPECT_EQ(SourceName(fact.source()), "plo:59");
  EXPECT_EQ(fact.source().control_id(), TestMessage().msg_id);
  EXPECT_EQ(fact.source().digest().size(), 32u);
  EXPECT_EQ(fact.schema_version(), 1);
  EXPECT_EQ(FromProto(reading.facts[1].occurred_at()), now_);
  EXPECT_EQ(reading.facts[1].kommune_notified_of_admission().notice_id(), TestMessage().msg_id);
  ASSERT_TRUE(reading.answer.has_value());
  EXPECT_EQ(reading.answer->status, AppRecStatus::kOk);
  for (const v1::Envelope& each : reading.facts)
    EXPECT_THAT(each.SerializeAsString(), Not(HasSubstr(SyntheticNumber())));
}

TEST_F(PloMap, UkpIsDeclaredWhateverAnslagAndServiceSay) {
  for (int service : {25001, 35001}) {
    TestMessage message = Ukp();
    message.receiver_service = service;
    for (const char* anslag : {"true", "false", "0", "tull"}) {
      const PloReading reading =
          Read(absl::StrReplaceAll(message.Text(), {{">true<", absl::StrCat(">", anslag, "<")}}));
      ASSERT_THAT(Names(reading), ElementsAre("UkpDeclared", "KommuneNotifiedOfUkp")) << anslag;
      EXPECT_EQ(reading.facts[0].ukp_declared().anslag(), std::string_view(anslag) == "true");
      EXPECT_EQ(reading.facts[0].ukp_declared().anslag_stated(),
                std::string_view(anslag) != "tull");
      EXPECT_EQ(reading.facts[0].occurred_precision(), v1::PRECISION_DAY);
      EXPECT_EQ(FromProto(reading.facts[0].occurred_at()), OsloNoon(absl::CivilDay(2026, 1, 17)));
      EXPECT_EQ(FromProto(reading.facts[0].stated_admission_at()), Utc(1, 15, 9));
    }
  }
}

TEST_F(PloMap, TheSameMessageGivesTheSameFactsAndAnotherMsgIdOthers) {
  const auto ids = [&](const TestMessage& message) {
    std::vector<std::string> ids;
    for (const v1::Envelope& fact : Read(message.Text()).facts) ids.push_back(fact.event_id());
    return ids;
  };
  TestMessage upper = TestMessage();
  upper.msg_id = absl::AsciiStrToUpper(upper.msg_id);
  TestMessage other = TestMessage();
  other.msg_id = "99999999-2222-4333-8444-555555555555";
  EXPECT_EQ(ids(TestMessage()), ids(TestMessage()));
  EXPECT_EQ(ids(TestMessage()), ids(upper));
  EXPECT_NE(ids(TestMessage()), ids(other));
  const auto some = ids(TestMessage());
  EXPECT_EQ(std::set<std::string>(some.begin(), some.end()).size(), some.size());
}

TEST_F(PloMap, WithdrawalDischargeAndDeath) {
  TestMessage message = Ukp();
  message.type = "LOG_AVMELDING";
  message.usage = "AvmeldingUtskrivningsklarPasient";
  message.events.push_back({"4", "2026-01-18T08:00:00"});
  EXPECT_THAT(Names(Read(message.Text())), ElementsAre("UkpWithdrawn"));

  message.type = "LOG_UTSKREVET";
  message.usage = "MeldingOmUtskrevetPasient";
  message.events = {{"2", "2026-01-19T12:00:00"}};
  message.discharged = "<UtskrevetTil><Uttilstand V=\"1\"/><UtTil V=\"4\"/></UtskrevetTil>";
  const PloReading alive = Read(message.Text());
  ASSERT_THAT(Names(alive), ElementsAre("PatientDischarged"));
  EXPECT_EQ(alive.facts[0].patient_discharged().discharged_to(), "4");
  EXPECT_FALSE(alive.facts[0].has_stated_admission_at());
  message.discharged = "<UtskrevetTil><Uttilstand V=\"2\"/></UtskrevetTil>";
  EXPECT_THAT(Names(Read(message.Text())), ElementsAre("PatientDischarged", "PatientDied"));

  message.type = "LOG_DOD";
  message.usage = "OrienteringOmDod";
  message.events = {{"13", "2026-01-19"}};
  message.discharged.clear();
  message.sender = 91096;  // A GP that no directory knows.
  const PloReading dead = Read(message.Text());
  ASSERT_THAT(Names(dead), ElementsAre("PatientDied"));
  EXPECT_EQ(dead.facts[0].hospital(), "");
  EXPECT_TRUE(dead.answer.has_value());
}

TEST_F(PloMap, ACancellationNamesItsOriginalAndTakesBackTheNoticeToo) {
  TestMessage message = Ukp();
  message.status = "C";
  message.parent = message.conversation = "AAAAAAAA-2222-4333-8444-555555555555";
  const PloReading reading = Read(message.Text());
  ASSERT_THAT(Names(reading), ElementsAre("FactCancelled", "FactCancelled"));
  EXPECT_EQ(reading.facts[0].fact_cancelled().kind(), v1::FACT_KIND_UKP_DECLARED);
  EXPECT_EQ(reading.facts[1].fact_cancelled().kind(), v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP);
  for (const v1::Envelope& fact : reading.facts) {
    EXPECT_EQ(fact.fact_cancelled().reference(), "aaaaaaaa-2222-4333-8444-555555555555");
    EXPECT_EQ(FromProto(fact.recorded_at()), Utc(1, 17, 8, 30));
    EXPECT_EQ(FromProto(fact.stated_admission_at()), Utc(1, 15, 9));
  }
  EXPECT_EQ(reading.facts[0].source().conversation(), "aaaaaaaa-2222-4333-8444-555555555555");
  message.parent = message.conversation = "";
  EXPECT_EQ(Read(message.Text()).facts.at(0).fact_cancelled().reference(), "");
}

TEST_F(PloMap, AChangeIsACancellationAndANewFactRecordedAfterIt) {
  TestMessage message = Ukp();
  message.status = "M";
  const PloReading reading = Read(message.Text());
  ASSERT_THAT(Names(reading), ElementsAre("FactCancelled", "UkpDeclared", "KommuneNotifiedOfUkp"));
  EXPECT_LT(FromProto(reading.facts[0].recorded_at()), FromProto(reading.facts[1].recorded_at()));
  message.status = "A";
  EXPECT_THAT(Names(Read(message.Text())), ElementsAre("UkpDeclared", "KommuneNotifiedOfUkp"));
}

TEST_F(PloMap, Version20HasTimesAsTextAndItsAdministrativePartInAnElement) {
  TestMessage message = Ukp();
  message.version = "2.0";
  message.events = {{"1", "2026-01-15T10:00:00"}, {"3", "2026-01-17T08:15:00+01:00"}};
  const PloReading reading = Read(message.Text());
  ASSERT_THAT(Names(reading), ElementsAre("UkpDeclared", "KommuneNotifiedOfUkp"));
  EXPECT_EQ(FromProto(reading.facts[0].occurred_at()), Utc(1, 17, 7, 15));
  message.type = "LOG_TILBAKEMELDING";
  message.usage = "TilbakemeldingUtskrivningsklarPasient";
  EXPECT_EQ(Read(message.Text()).kind, PloReading::Kind::kNoFact);
}

TEST_F(PloMap, TheHourThatComesTwiceIsTheFirstAndMarked) {
  TestMessage message;
  message.events = {{"1", "2026-10-25T02:30:00"}};
  const PloReading reading = Read(message.Text());
  EXPECT_TRUE(reading.facts.at(0).time_ambiguous());
  EXPECT_EQ(FromProto(reading.facts[0].occurred_at()), Utc(10, 25, 0, 30));
}

TEST_F(PloMap, AsCopyNothingIsAnsweredAndNobodyNotified) {
  const PloReading reading = Read(Ukp().Text(), PloRole::kCopy);
  EXPECT_THAT(Names(reading), ElementsAre("UkpDeclared"));
  EXPECT_FALSE(reading.answer.has_value());
}

TEST_F(PloMap, AMsgIdThatIsNoUuidIsE10) {
  for (const char* id : {"", "1", "0b7c2e4e7a554d529a3a5f6d0c1e2f30"}) {
    TestMessage message;
    message.msg_id = id;
    ExpectRefused(Read(message.Text()), "E10", "MsgHead/MsgInfo/MsgId");
  }
}

TEST_F(PloMap, APersonWhoIsNotIdentifiedIsE36) {
  const std::string number =
      absl::StrCat("<Ident><Id>", SyntheticNumber(), "</Id><TypeId V=\"FNR\"/></Ident>");
  std::string wrong = SyntheticNumber();
  wrong[10] = wrong[10] == '0' ? '1' : '0';
  for (const std::string& patient :
       {std::string("<GivenName>Kari</GivenName>") + number,
        std::string("<FamilyName>Nilsen</FamilyName>"),
        std::string("<FamilyName>Nilsen</FamilyName><DateOfBirth>1950-03-01</DateOfBirth>"),
        std::string("<FamilyName>Nilsen</FamilyName><Sex V=\"2\"/>"),
        absl::StrCat("<FamilyName>Nilsen</FamilyName><Ident><Id>", wrong,
                     "</Id><TypeId V=\"FNR\"/></Ident>")}) {
    TestMessage message;
    message.patient = patient;
    const PloReading reading = Read(message.Text());
    ExpectRefused(reading, "E36", "MsgHead/MsgInfo/Patient");
    EXPECT_THAT(reading.refusal->reason, Not(HasSubstr(wrong)));
    EXPECT_THAT(reading.refusal->reason, Not(HasSubstr("Nilsen")));
  }
}

TEST_F(PloMap, APersonWithoutNumberIsNamedByNameBirthAndSex) {
  TestMessage message;
  message.patient =
      "<FamilyName>Nilsen</FamilyName><DateOfBirth>1950-03-01</DateOfBirth><Sex V=\"2\"/>";
  const PloReading reading = Read(message.Text());
  ASSERT_EQ(reading.kind, PloReading::Kind::kFacts);
  message.patient =
      "<FamilyName>Nilsen</FamilyName><DateOfBirth>1950-03-02</DateOfBirth><Sex V=\"2\"/>";
  EXPECT_NE(Read(message.Text()).facts.at(0).patient_ref(), reading.facts[0].patient_ref());
}

TEST_F(PloMap, PloAndAdtOfOnePersonMeet) {
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  EXPECT_EQ(Read(TestMessage().Text()).facts.at(0).patient_ref(),
            pseudonymizer.OfNationalNumber(SyntheticNumber())->current);
}

TEST_F(PloMap, SeveralNumbersOfAPersonAreAliases) {
  TestMessage message;
  message.patient = absl::StrCat("<FamilyName>Nilsen</FamilyName><Ident><Id>", SyntheticNumber(1),
                                 "</Id><TypeId V=\"DNR\"/></Ident>", "<Ident><Id>",
                                 SyntheticNumber(2), "</Id><TypeId V=\"FNR\"/></Ident>");
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  const PloReading reading = Read(message.Text());
  EXPECT_EQ(reading.facts.at(0).patient_ref(),
            pseudonymizer.OfNationalNumber(SyntheticNumber(2))->current);
  EXPECT_THAT(reading.facts[0].alias_refs(),
              ElementsAre(pseudonymizer.OfNationalNumber(SyntheticNumber(1))->current));
}

TEST_F(PloMap, ProductionRefusesSyntheticPersons) {
  ExpectRefused(Read(TestMessage().Text(), PloRole::kReceiver, Environment::kProduction), "E36",
                "MsgHead/MsgInfo/Patient/Ident/Id");
}

TEST_F(PloMap, TheWrongOrganisationGetsNoAppRec) {
  TestMessage message;
  message.receiver = 424242;
  message.receiver_service = 424243;
  const PloReading reading = Read(message.Text());
  EXPECT_EQ(reading.kind, PloReading::Kind::kWrongOrganisation);
  EXPECT_FALSE(reading.answer.has_value());
  EXPECT_EQ(reading.refusal->code, "wrong_organisation");
}

TEST_F(PloMap, TheServiceAloneTellsTheKommuneToo) {
  TestMessage message;
  message.receiver = 424242;
  EXPECT_EQ(Read(message.Text()).facts.at(0).stay_kommune(), "5001");
}

TEST_F(PloMap, WhatIsWrongIsNamedByItsElement) {
  TestMessage message;
  message.sender = 4711;
  ExpectRefused(Read(message.Text()), "X99", "MsgHead/MsgInfo/Sender");
  message = TestMessage();
  message.receiver = 59;
  message.receiver_service = 0;
  ExpectRefused(Read(message.Text()), "E21", "MsgHead/MsgInfo/Receiver");
  message = TestMessage();
  message.generated = "i dag";
  ExpectRefused(Read(message.Text()), "T02", "MsgHead/MsgInfo/GenDate");
  message = TestMessage();
  message.status = "X";
  ExpectRefused(Read(message.Text()), "T02",
                "Pasientlogistikk/InformasjonOmForsendelsen/Forsendelsesstatus");
  message = TestMessage();
  message.events = {{"3", "2026-01-15"}};
  ExpectRefused(Read(message.Text()), "T02", "MeldingInnlagtPasient/TidsfestetHendelse");
  message = TestMessage();
  message.events = {{"1", "2026-02-30"}};
  ExpectRefused(Read(message.Text()), "T02", "TidsfestetHendelse/TidspunktForHendelse");
  message = TestMessage();
  message.usage = "OrienteringOmDod";
  ExpectRefused(Read(message.Text()), "T02", "MsgHead/MsgInfo/Type");
  message = TestMessage();
  message.version = "http://example.no/3.0";
  ExpectRefused(Read(message.Text()), "T10", "Pasientlogistikk");
}

TEST_F(PloMap, LintTellsTheFactsOrTheErrorAndNobodysNumber) {
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  const PloContext context = {*directory_, pseudonymizer, PloRole::kReceiver, now_};
  const LintReport report = LintPlo(Ukp().Text(), context);
  EXPECT_EQ(report.refused, 0);
  EXPECT_THAT(report.text, HasSubstr("LOG_UTSKRIVNINGSKLAR 1.6 from 59\n  UkpDeclared 2026-01-17 "
                                     "hospital 974749025 kommune 5001"));
  EXPECT_THAT(report.text, Not(HasSubstr(SyntheticNumber())));
  TestMessage wrong;
  wrong.generated = "x";
  EXPECT_THAT(LintPlo(wrong.Text(), context).text,
              HasSubstr("error element_wrong at MsgHead/MsgInfo/GenDate"));
  EXPECT_EQ(LintPlo(wrong.Text(), context).refused, 1);
}

}  // namespace
}  // namespace overgang::plo
