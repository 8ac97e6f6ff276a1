// Deadlines, readmissions, mistakes in the data, and who said what when.
#include "absl/strings/str_join.h"
#include "tests/consumers/story_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StoryRulesTest : public StoryTest {
 protected:
  // The story anew, after the test changed what it is told of.
  static std::vector<std::string> Again(const v1::GetPathwayResponse& response,
                                        const std::string& now) {
    v1::GetPathwayResponse told = response;
    AddStory(*Directory::BuiltIn(), PaymentTerms::BuiltIn(), T(now), &told);
    return Shown(told);
  }
  static std::string SourceOf(const v1::GetPathwayResponse& response, const std::string& text) {
    for (const v1::StoryLine& line : response.story()) {
      if (absl::StartsWith(line.text(), text)) return line.source();
    }
    return "not told";
  }
};

TEST_F(StoryRulesTest, DeadlinesMetRunningAndMissed) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.NotifyOfAdmission("2026-03-02 10:00");
  facts.Declare("2026-03-02 13:05");
  facts.NotifyOfUkp("2026-03-02 13:20");
  const std::vector<std::string> lines = Story(facts.all(), "2026-03-02 14:00");
  EXPECT_THAT(Only("ok", lines),
              ElementsAre("02 13:20 ok Fristen for varsel om utskrivningsklar pasient ble holdt, 1 "
                          "t 45 min før den gikk ut.",
                          "02 15:20 ok Kommunen har frist til mandag 2. mars 2026 kl. 15.20 med å "
                          "svare på om den kan ta imot: 1 t 20 min igjen.",
                          "03 10:00 ok Kommunen har frist til tirsdag 3. mars 2026 kl. 10.00 med å "
                          "sende innleggelsesrapport: 20 t igjen.",
                          "06 13:05 ok Kommunen har frist til fredag 6. mars 2026 kl. 13.05 med å "
                          "kvittere for meldingen: 3 døgn 23 t igjen."));
  EXPECT_THAT(Only("!!", lines),
              ElementsAre("02 10:00 !! Fristen for varsel om innleggelsen ble ikke holdt: "
                          "sykehuset varslet 2 t etter fristen mandag 2. mars 2026 kl. 08.00."));
}

TEST_F(StoryRulesTest, DeadlinesThatNobodyMet) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Declare("2026-03-02 13:05");
  EXPECT_THAT(
      Only("!!", Story(facts.all(), "2026-03-02 18:00")),
      ElementsAre("02 08:00 !! Fristen for varsel om innleggelsen gikk ut mandag 2. mars 2026 kl. "
                  "08.00: kommunen er ikke varslet, 10 t etter fristen.",
                  "02 15:05 !! Fristen for varsel om utskrivningsklar pasient gikk ut mandag 2. "
                  "mars 2026 kl. 15.05: kommunen er ikke varslet, 2 t 55 min etter fristen."));
  facts.Discharge("2026-03-03 12:00");
  EXPECT_THAT(Only("!!", Story(facts.all(), "2026-03-03 18:00")),
              ElementsAre("02 08:00 !! Fristen for varsel om innleggelsen gikk ut mandag 2. mars "
                          "2026 kl. 08.00 uten at sykehuset varslet.",
                          "02 15:05 !! Fristen for varsel om utskrivningsklar pasient gikk ut "
                          "mandag 2. mars 2026 kl. 15.05 uten at sykehuset varslet.",
                          "03 14:00 !! Fristen for epikrise gikk ut tirsdag 3. mars 2026 kl. "
                          "14.00: epikrisen er ikke sendt, 4 t etter fristen."));
}

TEST_F(StoryRulesTest, ADeadlineThatIsMetToTheMinute) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.NotifyOfAdmission("2026-03-02 08:00");
  const v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-02 09:00");
  EXPECT_THAT(Only("ok", Shown(response)).front(),
              "02 08:00 ok Fristen for varsel om innleggelsen ble holdt, akkurat i tide.");
  EXPECT_EQ(response.story(2).kind(), v1::StoryLine::KIND_DEADLINE);
  EXPECT_THAT(response.story(2).event_ids(), ElementsAre(facts.all()[1].event_id()));
  EXPECT_EQ(response.story(2).rule(),
            "§ 8: sykehuset varsler kommunen innen 24 timer etter innleggelsen, eller etter at "
            "behovet for kommunale tjenester ble klart.");
}

TEST_F(StoryRulesTest, WhatFollowsFromAFactIsToldAfterItToTheNanosecond) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Kommune("2026-03-01 09:00").mutable_kommune_notified_of_admission();
  v1::Envelope notice = facts.all().back();
  notice.mutable_occurred_at()->set_nanos(123'456'789);
  const v1::GetPathwayResponse response =
      Pathway({facts.all().front(), notice}, "2026-03-01 10:00");
  EXPECT_EQ(response.story(1).text(), "Kommunen mottok varselet om innleggelsen.");
  EXPECT_EQ(response.story(2).kind(), v1::StoryLine::KIND_DEADLINE);
  EXPECT_THAT(response.story(2).event_ids(), ElementsAre(notice.event_id()));
}

TEST_F(StoryRulesTest, WhatIsRegisteredAndWhatWasTakenBackIsSaid) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Declare("2026-03-02 13:05");
  v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-02 18:00");
  const auto decide = [&](v1::DeadlineKind kind, const std::string& due, bool withdrawn) {
    v1::PathwayDecision& decision = *response.add_decisions();
    decision.set_stay_id(response.stays(0).stay_id());
    v1::DeadlineMissed& missed = *decision.mutable_deadline_missed();
    missed.set_deadline(kind);
    *missed.mutable_due_at() = ToProto(T(due));
    missed.mutable_decision()->set_withdrawn(withdrawn);
  };
  decide(v1::DEADLINE_KIND_UKP_NOTICE, "2026-03-02 15:05", false);
  decide(v1::DEADLINE_KIND_TIDLIGMELDING, "2026-03-02 08:00", true);
  decide(v1::DEADLINE_KIND_ANSWER, "2026-03-02 16:00", true);
  // Withdrawals used not to say when it had been due.
  decide(v1::DEADLINE_KIND_EPIKRISE, "2026-03-02 16:00", true);
  response.mutable_decisions()->rbegin()->mutable_deadline_missed()->clear_due_at();
  v1::PathwayDecision& readmission = *response.add_decisions();
  readmission.set_stay_id(response.stays(0).stay_id());
  readmission.mutable_patient_readmitted()->set_definition(v1::PatientReadmitted::DEFINITION_FHI);
  readmission.mutable_patient_readmitted()->mutable_decision()->set_withdrawn(true);
  const std::vector<std::string> lines = Again(response, "2026-03-02 18:00");
  EXPECT_THAT(
      Only("!!", lines),
      ElementsAre(
          "02 08:00 !! Fristen for varsel om innleggelsen gikk ut mandag 2. mars 2026 kl. 08.00: "
          "kommunen er ikke varslet, 10 t etter fristen; bruddet som var registrert, er trukket "
          "tilbake.",
          "02 15:05 !! Fristen for varsel om utskrivningsklar pasient gikk ut mandag 2. mars 2026 "
          "kl. 15.05: kommunen er ikke varslet, 2 t 55 min etter fristen; bruddet er registrert."));
  EXPECT_THAT(
      Only("ok", lines),
      ElementsAre("01 08:00 ok Et brudd på fristen for epikrise var registrert, men er trukket "
                  "tilbake fordi opplysningene ble rettet.",
                  "02 16:00 ok Et brudd på fristen for svar fra kommunen mandag 2. mars 2026 kl. "
                  "16.00 var registrert, men er trukket tilbake fordi opplysningene ble rettet.",
                  "06 13:05 ok Kommunen har frist til fredag 6. mars 2026 kl. 13.05 med å kvittere "
                  "for meldingen: 3 døgn 19 t igjen."));
  EXPECT_THAT(
      Only("=>", lines).front(),
      "01 08:00 => Innleggelsen var registrert som reinnleggelse etter Folkehelseinstituttets "
      "definisjon, men det er trukket tilbake fordi opplysningene ble rettet.");
}

TEST_F(StoryRulesTest, AMoveThatIsDatedAheadHasEndedNothingYet) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.NotifyOfAdmission("2026-03-01 09:00");
  facts.Declare("2026-03-02 13:05");
  facts.NotifyOfUkp("2026-03-02 13:20");
  v1::Envelope& move = facts.Adt("2026-03-04 09:00");
  move.set_stay_kommune("5031");
  *move.mutable_patient_details_changed()->mutable_moved_kommune_at() =
      ToProto(T("2026-03-20 12:00"));
  const std::string told = absl::StrJoin(Story(facts.all(), "2026-03-05 09:00"), "\n");
  EXPECT_THAT(told, ::testing::HasSubstr("Trondheim kommune betaler så langt for 3 døgn"));
  EXPECT_THAT(told, ::testing::HasSubstr("har vært utskrivningsklar siden mandag 2. mars"));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("betaler ikke")));
  EXPECT_THAT(told, ::testing::HasSubstr("20 12:00 => Pasienten får Malvik kommune som "
                                         "oppholdskommune fredag 20. mars 2026 kl. 12.00."));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("fikk en annen")));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("blir utskrivningsklar")));
}

TEST_F(StoryRulesTest, ADeathToldInPassingIsTakenBackByName) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  *facts.Adt("2026-03-03 09:00").mutable_patient_details_changed()->mutable_died_at() =
      ToProto(T("2026-03-03 08:00"));
  facts.Cancel("2026-03-04 10:00", v1::FACT_KIND_PATIENT_DIED);
  const std::string told = absl::StrJoin(Story(facts.all(), "2026-03-05 09:00"), "\n");
  EXPECT_THAT(told, ::testing::HasSubstr("Sykehuset trakk tilbake meldingen om dødsfall (tirsdag "
                                         "3. mars 2026 kl. 09.00)."));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("Oppholdet endte")));
}

TEST_F(StoryRulesTest, WhatWasDecidedLaterHadNotHappened) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Declare("2026-03-02 13:05");
  v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-02 18:00");
  v1::Envelope decided = Fact("decided", 1, "V1", 0);
  *decided.mutable_occurred_at() = *decided.mutable_recorded_at() = ToProto(T("2026-03-02 15:06"));
  v1::DeadlineMissed& missed = *decided.mutable_deadline_missed();
  missed.set_stay_id(response.stays(0).stay_id());
  missed.set_deadline(v1::DEADLINE_KIND_UKP_NOTICE);
  *missed.mutable_due_at() = ToProto(T("2026-03-02 15:05"));
  missed.mutable_decision()->set_subject("deadline/ukp_notice");
  missed.mutable_decision()->set_revision(1);
  Append({decided});
  v1::GetPathwayRequest request;
  request.set_patient_ref(Ref(1));
  const auto told = [&](const std::string& until) {
    *request.mutable_moment()->mutable_occurred_until() = ToProto(T(until));
    const auto answer =
        Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway", request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return absl::StrJoin(Shown(*answer), "\n");
  };
  EXPECT_THAT(told("2026-03-02 15:05"), ::testing::Not(::testing::HasSubstr("registrert")));
  EXPECT_THAT(told("2026-03-02 16:00"), ::testing::HasSubstr("bruddet er registrert"));
}

TEST_F(StoryRulesTest, AReadmissionUnderEachDefinition) {
  Facts first(1, "V1"), second(1, "V2");
  first.Admit("2026-02-20 08:00");
  first.Discharge("2026-02-24 12:00");
  second.Admit("2026-03-01 08:00");
  std::vector<v1::Envelope> all = first.all();
  all.insert(all.end(), second.all().begin(), second.all().end());
  const v1::GetPathwayResponse response = Pathway(all, "2026-03-01 09:00");
  EXPECT_THAT(
      Only("=>", Shown(response)),
      ElementsAre(
          "01 08:00 => Innleggelsen er en reinnleggelse etter Folkehelseinstituttets definisjon, 4 "
          "døgn 20 t etter at pasienten ble skrevet ut fra forrige opphold ved St. Olavs hospital.",
          "01 08:00 => Innleggelsen er en reinnleggelse etter Helsedirektoratets definisjon, 4 "
          "døgn 20 t etter at pasienten ble skrevet ut fra forrige opphold ved St. Olavs hospital.",
          "01 08:00 => Innleggelsen er en reinnleggelse etter Samhandlingsbarometerets definisjon, "
          "4 døgn 20 t etter at pasienten ble skrevet ut fra forrige opphold ved St. Olavs "
          "hospital."));
  EXPECT_EQ(response.story(2).stay_id(), response.stays(1).stay_id()) << "stay by stay";
}

TEST_F(StoryRulesTest, TwoStaysOfOneEpisode) {
  Facts first(1, "V1"), second(1, "V2");
  first.Admit("2026-03-01 08:00");
  first.Discharge("2026-03-01 12:00");
  second.Admit("2026-03-01 15:00");
  std::vector<v1::Envelope> all = first.all();
  all.insert(all.end(), second.all().begin(), second.all().end());
  EXPECT_THAT(Only("=>", Story(all, "2026-03-01 16:00")),
              ElementsAre("01 15:00 => Oppholdet hører til samme sykehusepisode som et tidligere "
                          "opphold ved St. Olavs hospital."));
}

TEST_F(StoryRulesTest, MistakesInTheDataAndWhatBecomesOfThem) {
  Facts facts;
  facts.Admit("2026-03-02 08:00");
  facts.Answer("2026-03-02 09:00", true);
  v1::Envelope& early = facts.Adt("2026-03-01 12:00");
  *early.mutable_recorded_at() = ToProto(T("2026-03-02 10:00"));
  early.mutable_patient_discharged();
  v1::Envelope& future = facts.Plo("2026-03-04 12:00");
  *future.mutable_recorded_at() = ToProto(T("2026-03-03 12:00"));
  future.mutable_ukp_declared();
  Facts other(1, "V2");
  other.Admit("2026-03-02 20:00");
  std::vector<v1::Envelope> all = facts.all();
  all.insert(all.end(), other.all().begin(), other.all().end());
  EXPECT_THAT(
      Only("??", Story(all, "2026-03-05 09:00")),
      ElementsAre(
          "01 12:00 ?? Utskrivningen er tidfestet før innleggelsen; den avslutter ikke oppholdet.",
          "02 08:00 ?? Pasienten har et annet opphold ved samme sykehus i samme tidsrom; begge "
          "regnes med.",
          "02 09:00 ?? Kommunen svarte mens pasienten ikke var utskrivningsklar; svaret teller "
          "ikke.",
          "04 12:00 ?? Pasienten er meldt utskrivningsklar fra et tidspunkt som ligger etter "
          "meldingen; det gjelder fra det tidspunktet.",
          "02 20:00 ?? Pasienten har et annet opphold ved samme sykehus i samme tidsrom; begge "
          "regnes med."));
}

TEST_F(StoryRulesTest, AStayKnownWithoutItsAdmission) {
  Facts facts;
  facts.Discharge("2026-03-02 08:00");
  EXPECT_THAT(
      Only("??", Story(facts.all(), "2026-03-05 09:00")),
      ElementsAre("02 08:00 ?? Meldingen om innleggelsen mangler; oppholdet regnes fra det "
                  "tidspunktet andre meldinger oppgir, eller fra den første opplysningen om det."));
}

TEST_F(StoryRulesTest, AFactThatCameMuchLaterSaysWhen) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  v1::Envelope& report = facts.Kommune("2026-03-01 20:00");
  *report.mutable_recorded_at() = ToProto(T("2026-03-02 09:30"));
  report.mutable_admission_report_received();
  v1::Envelope& known = facts.Kommune("2026-03-01 12:00");
  known.set_occurred_precision(v1::PRECISION_DAY);
  *known.mutable_recorded_at() = ToProto(T("2026-03-02 10:00"));
  known.mutable_kommune_knows_patient()->set_services(v1::KommuneKnowsPatient::SERVICES_SOME);
  v1::Envelope& late = facts.Adt("2027-06-01 12:00");
  *late.mutable_occurred_at() = ToProto(T("2026-03-02 12:00"));
  late.mutable_leave_ended();
  facts.Discharge("2026-03-05 12:00");
  const v1::GetPathwayResponse response = Pathway(facts.all(), "2027-06-02 09:00");
  EXPECT_EQ(SourceOf(response, "Sykehuset mottok innleggelsesrapporten"),
            "Trondheim kommune, elektronisk melding (PLO). Meldt mandag 2. mars 2026 kl. 09.30, 13 "
            "t 30 min etterpå. Kom fram tirsdag 3. mars 2026 kl. 08.00.");
  EXPECT_EQ(SourceOf(response, "Pasienten hadde noen"),
            "Trondheim kommune, elektronisk melding (PLO). Meldt mandag 2. mars 2026 kl. 10.00. "
            "Kom fram tirsdag 3. mars 2026 kl. 08.00.");
  EXPECT_EQ(SourceOf(response, "Pasienten ble innlagt"),
            "St. Olavs hospital, pasientsystemet (HL7). Kom fram tirsdag 3. mars 2026 kl. 08.00.");
  EXPECT_THAT(Only("??", Shown(response)),
              ElementsAre("02 12:00 ?? Opplysningen kom mer enn ett år etter at oppholdet var "
                          "slutt; den teller likevel."));
}

TEST_F(StoryRulesTest, FactsOfNoStayComeLast) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Cancel("2026-03-01 09:00", v1::FACT_KIND_PATIENT_ADMITTED);
  Facts other(1, "V2");
  other.Admit("2026-03-03 08:00");
  std::vector<v1::Envelope> all = facts.all();
  all.push_back(other.all().front());
  const v1::GetPathwayResponse response = Pathway(all, "2026-03-03 09:00");
  EXPECT_THAT(
      Shown(response),
      ElementsAre(
          "03 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
          "øyeblikkelig hjelp.",
          "01 08:00 (gjelder ikke) Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin "
          "1, som øyeblikkelig hjelp.",
          "01 09:00 Sykehuset trakk tilbake innleggelsen (søndag 1. mars 2026 kl. 08.00)."));
  EXPECT_EQ(response.story().rbegin()->stay_id(), "");
}

TEST_F(StoryRulesTest, NamesAreThoseOfTheDirectory) {
  Facts facts;
  facts.Admit("2026-03-01 08:00").set_ward("NEW7");
  const v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-03 09:00");
  EXPECT_EQ(response.stays(0).hospital_name(), "St. Olavs hospital");
  EXPECT_EQ(response.stays(0).ward_name(), "NEW7") << "the directory does not know it";
}

}  // namespace
}  // namespace overgang::board
