// Whole stories, line by line, as a case worker reads them.
#include "absl/strings/str_join.h"
#include "tests/consumers/story_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;

// Admitted and told of, as most stays begin.
Facts Begun() {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.NotifyOfAdmission("2026-03-01 09:00");
  return facts;
}

// Utskrivningsklar on the 2nd, and the kommune told.
Facts Ready() {
  Facts facts = Begun();
  facts.Declare("2026-03-02 13:05");
  facts.NotifyOfUkp("2026-03-02 13:20");
  return facts;
}

TEST_F(StoryTest, ASimpleStay) {
  Facts facts = Begun();
  facts.Kommune("2026-03-01 20:00").mutable_admission_report_received();
  facts.Discharge("2026-03-04 12:00");
  EXPECT_THAT(
      Story(facts.all(), "2026-03-10 12:00"),
      ElementsAre("01 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
                  "øyeblikkelig hjelp.",
                  "01 09:00 Kommunen mottok varselet om innleggelsen.",
                  "01 09:00 ok Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
                  "01 20:00 Sykehuset mottok innleggelsesrapporten fra kommunen.",
                  "01 20:00 ok Fristen for innleggelsesrapport ble holdt, 13 t før den gikk ut.",
                  "04 12:00 Pasienten ble skrevet ut."));
}

TEST_F(StoryTest, NoAnswerYet) {
  EXPECT_THAT(
      Story(Ready().all(), "2026-03-05 09:00"),
      ElementsAre("01 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
                  "øyeblikkelig hjelp.",
                  "01 09:00 Kommunen mottok varselet om innleggelsen.",
                  "01 09:00 ok Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
                  "02 09:00 !! Fristen for innleggelsesrapport gikk ut mandag 2. mars 2026 kl. "
                  "09.00: rapporten er ikke kommet, 3 døgn etter fristen.",
                  "02 13:05 Sykehuset meldte pasienten utskrivningsklar.",
                  "02 13:20 Kommunen mottok varselet om at pasienten er utskrivningsklar.",
                  "02 13:20 ok Fristen for varsel om utskrivningsklar pasient ble holdt, 1 t 45 "
                  "min før den gikk ut.",
                  "02 15:20 !! Fristen for svar fra kommunen gikk ut mandag 2. mars 2026 kl. "
                  "15.20: kommunen har ikke svart, 2 døgn 17 t etter fristen.",
                  "05 09:00 => Trondheim kommune betaler så langt for 3 døgn, fra og med mandag 2. "
                  "mars til og med onsdag 4. mars 2026, fordi pasienten var utskrivningsklar fra "
                  "2. mars, kommunen var varslet om innleggelsen 1. mars og om utskrivningsklar "
                  "pasient 2. mars, og den ikke hadde svart.",
                  "05 09:00 => Pasienten har vært utskrivningsklar siden mandag 2. mars 2026 kl. "
                  "13.05, i 2 døgn 19 t: 3 overliggerdøgn så langt.",
                  "06 13:05 ok Kommunen har frist til fredag 6. mars 2026 kl. 13.05 med å kvittere "
                  "for meldingen: 1 døgn 4 t igjen."));
}

TEST_F(StoryTest, YesForLaterThenNoThenYes) {
  Facts facts = Ready();
  v1::KommuneAnswered& later = facts.Answer("2026-03-03 10:00", true);
  *later.mutable_from_date() = ToProto(T("2026-03-05 12:00"));
  later.set_place_kind(v1::PLACE_KIND_KORTTID);
  facts.Answer("2026-03-07 10:00", false);
  facts.Answer("2026-03-09 10:00", true);
  facts.Discharge("2026-03-10 12:00");
  EXPECT_THAT(
      Story(facts.all(), "2026-03-20 09:00"),
      ElementsAre(
          "01 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
          "øyeblikkelig hjelp.",
          "01 09:00 Kommunen mottok varselet om innleggelsen.",
          "01 09:00 ok Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
          "02 09:00 !! Fristen for innleggelsesrapport gikk ut mandag 2. mars 2026 kl. 09.00 uten "
          "at rapporten kom.",
          "02 13:05 Sykehuset meldte pasienten utskrivningsklar.",
          "02 13:20 Kommunen mottok varselet om at pasienten er utskrivningsklar.",
          "02 13:20 ok Fristen for varsel om utskrivningsklar pasient ble holdt, 1 t 45 min før "
          "den gikk ut.",
          "03 10:00 Kommunen svarte at den kan ta imot pasienten fra torsdag 5. mars 2026, på "
          "korttidsplass.",
          "03 10:00 !! Fristen for svar fra kommunen ble ikke holdt: kommunen svarte 18 t 40 min "
          "etter fristen mandag 2. mars 2026 kl. 15.20.",
          "05 => Trondheim kommune betaler for 3 døgn, fra og med mandag 2. mars til og med onsdag "
          "4. mars 2026, fordi pasienten var utskrivningsklar fra 2. mars, kommunen var varslet om "
          "innleggelsen 1. mars og om utskrivningsklar pasient 2. mars, og den ikke hadde svart, "
          "og deretter svarte at den først kan ta imot 5. mars; betalingen tok slutt da kommunen "
          "kunne ta imot.",
          "06 13:05 !! Fristen for kvittering på elektronisk melding gikk ut fredag 6. mars 2026 "
          "kl. 13.05 uten at kvitteringen kom.",
          "07 10:00 Kommunen svarte at den ikke kan ta imot pasienten ennå.",
          "07 10:00 => Trondheim kommune betaler ikke for 2 døgn, fra og med torsdag 5. mars til "
          "og med fredag 6. mars 2026, fordi kommunen kunne ta imot fra 5. mars.",
          "09 10:00 Kommunen svarte at den kan ta imot pasienten med det samme.",
          "09 10:00 => Trondheim kommune betaler for 2 døgn, fra og med lørdag 7. mars til og med "
          "søndag 8. mars 2026, fordi pasienten var utskrivningsklar fra 2. mars, kommunen var "
          "varslet om innleggelsen 1. mars og om utskrivningsklar pasient 2. mars, og den svarte "
          "nei 7. mars; betalingen tok slutt da kommunen kunne ta imot.",
          "10 12:00 Pasienten ble skrevet ut.",
          "10 12:00 => Trondheim kommune betaler ikke for 1 døgn, mandag 9. mars 2026, fordi "
          "kommunen kunne ta imot fra 9. mars.",
          "10 12:00 => Pasienten var utskrivningsklar i 7 døgn 22 t, fra mandag 2. mars 2026 kl. "
          "13.05 til tirsdag 10. mars 2026 kl. 12.00, da pasienten ble skrevet ut: 8 "
          "overliggerdøgn.",
          "10 14:00 !! Fristen for epikrise gikk ut tirsdag 10. mars 2026 kl. 14.00: epikrisen er "
          "ikke sendt, 9 døgn 19 t etter fristen."));
}

TEST_F(StoryTest, AYesTheSameDayIsNotPaid) {
  Facts facts = Ready();
  facts.Answer("2026-03-02 14:00", true);
  facts.Discharge("2026-03-03 10:00");
  EXPECT_THAT(Only("=>", Story(facts.all(), "2026-03-20 09:00")),
              ElementsAre("03 10:00 => Trondheim kommune betaler ikke for 1 døgn, mandag 2. mars "
                          "2026, fordi kommunen svarte ja samme dag.",
                          "03 10:00 => Pasienten var utskrivningsklar i 20 t 55 min, fra mandag 2. "
                          "mars 2026 kl. 13.05 til tirsdag 3. mars 2026 kl. 10.00, da pasienten "
                          "ble skrevet ut: 1 overliggerdøgn."));
}

TEST_F(StoryTest, MovedToAnotherKommune) {
  Facts facts = Ready();
  v1::Envelope& move = facts.Adt("2026-03-04 09:00");
  move.set_stay_kommune("5031");
  move.set_residence_kommune("5031");
  *move.mutable_patient_details_changed()->mutable_moved_kommune_at() =
      ToProto(T("2026-03-04 00:00"));
  facts.NotifyOfUkp("2026-03-06 10:00");
  facts.Answer("2026-03-06 10:30", true);
  facts.Discharge("2026-03-07 12:00");
  EXPECT_THAT(
      Only("=>", Story(facts.all(), "2026-03-20 09:00")),
      ElementsAre(
          "04 00:00 => Trondheim kommune betaler for 2 døgn, fra og med mandag 2. mars til og med "
          "tirsdag 3. mars 2026, fordi pasienten var utskrivningsklar fra 2. mars, kommunen var "
          "varslet om innleggelsen 1. mars og om utskrivningsklar pasient 2. mars, og den ikke "
          "hadde svart; betalingen tok slutt da pasienten fikk en annen oppholdskommune.",
          "04 00:00 => Pasienten var utskrivningsklar i 1 døgn 10 t, fra mandag 2. mars 2026 kl. "
          "13.05 til onsdag 4. mars 2026 kl. 00.00, da pasienten fikk en annen oppholdskommune: 2 "
          "overliggerdøgn.",
          "04 00:00 => Pasienten er fortsatt utskrivningsklar, men nå med Malvik kommune som "
          "oppholdskommune.",
          "04 09:00 => Pasienten fikk en annen oppholdskommune under oppholdet.",
          "06 10:30 => Malvik kommune betaler ikke for 2 døgn, fra og med onsdag 4. mars til og "
          "med torsdag 5. mars 2026, fordi kommunen ikke var varslet om utskrivningsklar pasient.",
          "07 12:00 => Malvik kommune betaler ikke for 1 døgn, fredag 6. mars 2026, fordi kommunen "
          "kunne ta imot fra 6. mars.",
          "07 12:00 => Pasienten var utskrivningsklar i 3 døgn 12 t, fra onsdag 4. mars 2026 kl. "
          "00.00 til lørdag 7. mars 2026 kl. 12.00, da pasienten ble skrevet ut: 3 "
          "overliggerdøgn."));
}

TEST_F(StoryTest, WithdrawnDeclaredAgainAndDied) {
  Facts facts = Ready();
  facts.Plo("2026-03-04 08:00").mutable_ukp_withdrawn();
  facts.Declare("2026-03-06 10:00");
  facts.Declare("2026-03-06 11:00");
  facts.Adt("2026-03-08 05:00").mutable_patient_died();
  facts.Declare("2026-03-08 06:00");
  EXPECT_THAT(
      Story(facts.all(), "2026-03-20 09:00"),
      ElementsAre(
          "01 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
          "øyeblikkelig hjelp.",
          "01 09:00 Kommunen mottok varselet om innleggelsen.",
          "01 09:00 ok Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
          "02 09:00 !! Fristen for innleggelsesrapport gikk ut mandag 2. mars 2026 kl. 09.00 uten "
          "at rapporten kom.",
          "02 13:05 Sykehuset meldte pasienten utskrivningsklar.",
          "02 13:20 Kommunen mottok varselet om at pasienten er utskrivningsklar.",
          "02 13:20 ok Fristen for varsel om utskrivningsklar pasient ble holdt, 1 t 45 min før "
          "den gikk ut.",
          "02 15:20 !! Fristen for svar fra kommunen gikk ut mandag 2. mars 2026 kl. 15.20 uten at "
          "kommunen svarte.",
          "04 08:00 Sykehuset meldte at pasienten ikke lenger er utskrivningsklar.",
          "04 08:00 => Trondheim kommune betaler for 2 døgn, fra og med mandag 2. mars til og med "
          "tirsdag 3. mars 2026, fordi pasienten var utskrivningsklar fra 2. mars, kommunen var "
          "varslet om innleggelsen 1. mars og om utskrivningsklar pasient 2. mars, og den ikke "
          "hadde svart; betalingen tok slutt da pasienten ikke lenger var utskrivningsklar.",
          "04 08:00 => Pasienten var utskrivningsklar i 1 døgn 18 t, fra mandag 2. mars 2026 kl. "
          "13.05 til onsdag 4. mars 2026 kl. 08.00, da sykehuset meldte at pasienten ikke lenger "
          "var utskrivningsklar: 2 overliggerdøgn.",
          "06 10:00 Sykehuset meldte pasienten utskrivningsklar.",
          "06 11:00 Sykehuset meldte pasienten utskrivningsklar.",
          "06 11:00 => Meldingen endret ingenting, for pasienten var allerede utskrivningsklar.",
          "06 12:00 !! Fristen for varsel om utskrivningsklar pasient gikk ut fredag 6. mars 2026 "
          "kl. 12.00 uten at sykehuset varslet.",
          "06 13:05 !! Fristen for kvittering på elektronisk melding gikk ut fredag 6. mars 2026 "
          "kl. 13.05 uten at kvitteringen kom.",
          "08 05:00 Pasienten døde.", "08 05:00 => Oppholdet endte med at pasienten døde.",
          "08 05:00 => Trondheim kommune betaler ikke for 2 døgn, fra og med fredag 6. mars til og "
          "med lørdag 7. mars 2026, fordi kommunen ikke var varslet om utskrivningsklar pasient.",
          "08 05:00 => Sykehuset og kommunen kommer til ulike tall: etter det sykehuset sendte, er "
          "det 4 døgn å betale for, etter det kommunen mottok, er det 2.",
          "08 05:00 => Pasienten var utskrivningsklar i 1 døgn 19 t, fra fredag 6. mars 2026 kl. "
          "10.00 til søndag 8. mars 2026 kl. 05.00, da pasienten døde: 2 overliggerdøgn.",
          "08 06:00 Sykehuset meldte pasienten utskrivningsklar.",
          "08 06:00 => Meldingen teller ikke, for oppholdet var slutt."));
}

TEST_F(StoryTest, ADischargeThatWasTakenBack) {
  Facts facts = Begun();
  facts.Discharge("2026-03-02 12:00");
  facts.Cancel("2026-03-02 13:00", v1::FACT_KIND_PATIENT_DISCHARGED);
  facts.Cancel("2026-03-02 14:00", v1::FACT_KIND_KOMMUNE_ANSWERED);
  const v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-02 15:00");
  EXPECT_THAT(
      Shown(response),
      ElementsAre("01 08:00 Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som "
                  "øyeblikkelig hjelp.",
                  "01 09:00 Kommunen mottok varselet om innleggelsen.",
                  "01 09:00 ok Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
                  "02 09:00 !! Fristen for innleggelsesrapport gikk ut mandag 2. mars 2026 kl. "
                  "09.00: rapporten er ikke kommet, 6 t etter fristen.",
                  "02 12:00 (gjelder ikke) Pasienten ble skrevet ut.",
                  "02 13:00 Sykehuset trakk tilbake utskrivningen (mandag 2. mars 2026 kl. 12.00).",
                  "02 14:00 Kommunen trakk tilbake svaret sitt, men meldingen det gjelder, er ikke "
                  "kommet."));
  for (const v1::StoryLine& line : response.story()) {
    if (!absl::StartsWith(line.text(), "Sykehuset trakk tilbake")) continue;
    EXPECT_EQ(line.event_ids_size(), 2) << "itself and what it took back";
  }
}

TEST_F(StoryTest, WithoutNoticeNothingIsPaid) {
  Facts facts;
  facts.Admit("2026-03-01 08:00");
  facts.Declare("2026-03-02 13:05");
  facts.NotifyOfUkp("2026-03-03 10:00");
  facts.NotifyOfAdmission("2026-03-05 10:00");
  facts.Discharge("2026-03-06 12:00");
  EXPECT_THAT(
      Only("=>", Story(facts.all(), "2026-03-20 09:00")),
      ElementsAre("03 => Trondheim kommune betaler ikke for 1 døgn, mandag 2. mars 2026, fordi "
                  "kommunen verken var varslet om innleggelsen eller om utskrivningsklar pasient.",
                  "05 => Trondheim kommune betaler ikke for 2 døgn, fra og med tirsdag 3. mars til "
                  "og med onsdag 4. mars 2026, fordi kommunen ikke var varslet om innleggelsen.",
                  "06 12:00 => Trondheim kommune betaler for 1 døgn, torsdag 5. mars 2026, fordi "
                  "pasienten var utskrivningsklar fra 2. mars, kommunen var varslet om "
                  "innleggelsen 5. mars og om utskrivningsklar pasient 3. mars, og den ikke hadde "
                  "svart; betalingen tok slutt da pasienten ble skrevet ut.",
                  "06 12:00 => Pasienten var utskrivningsklar i 3 døgn 22 t, fra mandag 2. mars "
                  "2026 kl. 13.05 til fredag 6. mars 2026 kl. 12.00, da pasienten ble skrevet ut: "
                  "4 overliggerdøgn."));
}

TEST_F(StoryTest, BothAccountsWhereTheyDiffer) {
  Facts facts = Begun();
  facts.Declare("2026-03-02 13:05");
  v1::Envelope& notice = facts.Kommune("2026-03-04 08:00");
  *notice.mutable_kommune_notified_of_ukp()->mutable_sent_at() = ToProto(T("2026-03-02 13:10"));
  facts.Discharge("2026-03-05 10:00");
  const v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-20 09:00");
  ASSERT_EQ(response.views_size(), 1);
  EXPECT_THAT(
      Only("=>", Shown(response)),
      ElementsAre(
          "04 => Trondheim kommune betaler ikke for 2 døgn, fra og med mandag 2. mars til og med "
          "tirsdag 3. mars 2026, fordi kommunen ikke var varslet om utskrivningsklar pasient.",
          "05 10:00 => Trondheim kommune betaler for 1 døgn, onsdag 4. mars 2026, fordi pasienten "
          "var utskrivningsklar fra 2. mars, kommunen var varslet om innleggelsen 1. mars og om "
          "utskrivningsklar pasient 4. mars, og den ikke hadde svart; betalingen tok slutt da "
          "pasienten ble skrevet ut.",
          "05 10:00 => Sykehuset og kommunen kommer til ulike tall: etter det sykehuset sendte, er "
          "det 3 døgn å betale for, etter det kommunen mottok, er det 1.",
          "05 10:00 => Pasienten var utskrivningsklar i 2 døgn 20 t, fra mandag 2. mars 2026 kl. "
          "13.05 til torsdag 5. mars 2026 kl. 10.00, da pasienten ble skrevet ut: 3 "
          "overliggerdøgn."));
}

TEST_F(StoryTest, WhatAnAgreementExemptsIsSaid) {
  v1::GetPathwayResponse response = Pathway(Ready().all(), "2026-03-05 09:00");
  // As with payment from 24 hours after the notice.
  v1::PayableSpan& span = *response.mutable_stays(0)->mutable_ukp_periods(0)->mutable_payable(0);
  span.set_from_date("2026-03-03");
  span.set_days(2);
  EXPECT_THAT(
      Only("=>", Retold(response, "2026-03-05 09:00")),
      ElementsAre("03 => Trondheim kommune betaler ikke for 1 døgn, mandag 2. mars 2026, fordi "
                  "avtalen mellom kommunen og sykehuset gir betaling først 24 timer etter varsel.",
                  "05 09:00 => Trondheim kommune betaler så langt for 2 døgn, fra og med tirsdag "
                  "3. mars til og med onsdag 4. mars 2026, fordi pasienten var utskrivningsklar "
                  "fra 2. mars, kommunen var varslet om innleggelsen 1. mars og om "
                  "utskrivningsklar pasient 2. mars, og den ikke hadde svart.",
                  "05 09:00 => Pasienten har vært utskrivningsklar siden mandag 2. mars 2026 kl. "
                  "13.05, i 2 døgn 19 t: 3 overliggerdøgn så langt."));
}

TEST_F(StoryTest, OfTwoOptionsOfAnAgreementTheOneThatHeldIsTold) {
  PaymentAgreement both;
  both.start_24h_after_notice = both.requires_epikrise = true;
  const PaymentTerms terms({}, {both});
  Facts facts = Ready();
  facts.Discharge("2026-03-05 10:00");
  const auto payment = [&](v1::GetPathwayResponse response) {
    response.mutable_stays(0)->mutable_ukp_periods(0)->clear_payable();
    return absl::StrJoin(Only("=>", Retold(response, "2026-03-06 09:00", terms)), "\n");
  };
  EXPECT_THAT(
      payment(Pathway(facts.all(), "2026-03-06 09:00")),
      ::testing::HasSubstr("fordi avtalen mellom kommunen og sykehuset krever epikrise, og "
                           "den ikke var sendt innen 2 timer etter at oppholdet tok slutt"));
  v1::Envelope& epikrise = facts.Adt("2026-03-05 12:00");  // At exactly the due time.
  epikrise.mutable_report_sent()->set_report(v1::ReportSent::REPORT_EPIKRISE);
  const std::string told = payment(Pathway({epikrise}, "2026-03-06 09:00"));
  EXPECT_THAT(told, ::testing::HasSubstr("gir betaling først 24 timer etter varsel"));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("epikrise")));
}

TEST_F(StoryTest, WhereNothingIsPaidWithoutEpikriseThatIsNoReasonForTheDaysOfTheDead) {
  PaymentAgreement both;
  both.start_24h_after_notice = both.requires_epikrise = true;
  const PaymentTerms terms({}, {both});
  Facts facts = Ready();
  facts.Adt("2026-03-05 10:00").mutable_patient_discharged()->set_outcome("2");
  v1::GetPathwayResponse response = Pathway(facts.all(), "2026-03-06 09:00");
  response.mutable_stays(0)->mutable_ukp_periods(0)->clear_payable();
  const std::string told =
      absl::StrJoin(Only("=>", Retold(response, "2026-03-06 09:00", terms)), "\n");
  EXPECT_THAT(told, ::testing::HasSubstr("gir betaling først 24 timer etter varsel"));
  EXPECT_THAT(told, ::testing::Not(::testing::HasSubstr("krever epikrise")));
}

TEST_F(StoryTest, BeforeTheKommuneOfStayPaidTheOneOfResidenceIsTheOneNotStated) {
  v1::GetPathwayResponse response = Pathway(Ready().all(), "2026-03-05 09:00");
  v1::Stay& stay = *response.mutable_stays(0);
  stay.set_residence_kommune("9999");
  v1::PayableSpan& span = *stay.mutable_ukp_periods(0)->mutable_payable(0);
  span.set_from_date("2018-03-02");
  span.set_to_date("2018-03-05");
  EXPECT_THAT(absl::StrJoin(Retold(response, "2026-03-05 09:00"), "\n"),
              ::testing::HasSubstr("for bostedskommunen er ikke oppgitt."));
}

TEST_F(StoryTest, AnUnknownKommunePaysNothing) {
  v1::GetPathwayResponse response = Pathway(Ready().all(), "2026-03-05 09:00");
  response.mutable_stays(0)->mutable_ukp_periods(0)->set_kommune("9999");
  EXPECT_THAT(Only("=>", Retold(response, "2026-03-05 09:00")).front(),
              ::testing::HasSubstr("Ingen kommune betaler for 3 døgn"));
}

// The hour from 2 to 3 comes twice on 25 October 2026; the night has 25 hours of elapsed time.
TEST_F(StoryTest, TheNightWhenClocksGoBack) {
  Facts facts;
  facts.Admit("2026-10-20 08:00");
  facts.NotifyOfAdmission("2026-10-20 09:00");
  v1::Envelope& declared = facts.Plo("2026-10-25 01:30");
  const absl::Time first = T("2026-10-25 01:30") + absl::Hours(1);
  *declared.mutable_occurred_at() = *declared.mutable_recorded_at() = ToProto(first);
  declared.set_time_ambiguous(true);
  declared.mutable_ukp_declared();
  v1::Envelope& notified = facts.Kommune("2026-10-25 01:30");
  *notified.mutable_occurred_at() = *notified.mutable_recorded_at() =
      ToProto(first + absl::Hours(1));
  notified.mutable_kommune_notified_of_ukp();
  facts.Discharge("2026-10-26 01:30");
  auto lines = Story(facts.all(), "2026-11-20 09:00");
  lines.erase(lines.begin(), lines.begin() + 4);  // Of the admission.
  EXPECT_THAT(
      lines,
      ElementsAre("25 02:30 Sykehuset meldte pasienten utskrivningsklar.",
                  "25 02:30 ?? Klokkeslettet er i timen som kommer to ganger når klokken stilles "
                  "tilbake; den første av de to er brukt.",
                  "25 02:30 Kommunen mottok varselet om at pasienten er utskrivningsklar.",
                  "25 02:30 ok Fristen for varsel om utskrivningsklar pasient ble holdt, 1 t før "
                  "den gikk ut.",
                  "25 04:30 !! Fristen for svar fra kommunen gikk ut søndag 25. oktober 2026 kl. "
                  "04.30 uten at kommunen svarte.",
                  "26 01:30 Pasienten ble skrevet ut.",
                  "26 01:30 => Trondheim kommune betaler for 1 døgn, søndag 25. oktober 2026, "
                  "fordi pasienten var utskrivningsklar fra 25. oktober, kommunen var varslet om "
                  "innleggelsen 20. oktober og om utskrivningsklar pasient 25. oktober, og den "
                  "ikke hadde svart; betalingen tok slutt da pasienten ble skrevet ut.",
                  "26 01:30 => Pasienten var utskrivningsklar i 1 døgn, fra søndag 25. oktober "
                  "2026 kl. 02.30 (sommertid) til mandag 26. oktober 2026 kl. 01.30, da pasienten "
                  "ble skrevet ut: 1 overliggerdøgn.",
                  "26 03:30 !! Fristen for epikrise gikk ut mandag 26. oktober 2026 kl. 03.30: "
                  "epikrisen er ikke sendt, 25 døgn 5 t etter fristen."));
}

}  // namespace
}  // namespace overgang::board
