// `overgang pathway`: the hub's story on a terminal.
#include "overgang/v1/pathway_service.pb.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kStayId[] = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";
constexpr char kPatientRef[] = "0cb2-e089069c4894fad36c86cf92c2aaa3b9";

v1::StoryLine& AddLine(v1::GetPathwayResponse* response, v1::StoryLine::Kind kind, absl::Time at,
                       const std::string& text, const std::string& why) {
  v1::StoryLine& line = *response->add_story();
  line.set_stay_id(kStayId);
  line.set_kind(kind);
  *line.mutable_at() = ToProto(at);
  line.set_at_precision(v1::PRECISION_SECOND);
  line.set_text(text);
  kind == v1::StoryLine::KIND_FACT ? line.set_source(why) : line.set_rule(why);
  return line;
}

void AddView(v1::StayViews* views, v1::PaymentView::Side side, absl::Time notified, int days) {
  v1::PaymentView& view = *views->add_views();
  view.set_side(side);
  view.set_payable_days(days);
  v1::UkpPeriod& period = *view.add_periods();
  *period.mutable_since() = ToProto(kSeven);
  *period.mutable_notified_at() = ToProto(notified);
  v1::PeriodAnswer& answer = *period.add_answers();
  *answer.mutable_at() = ToProto(kSeven + absl::Hours(48));
  answer.set_can_receive(true);
  *answer.mutable_from() = ToProto(kSeven + absl::Hours(77));
  period.add_payable()->set_days(days);
}

v1::GetPathwayResponse Pathway() {
  v1::GetPathwayResponse response;
  *response.mutable_as_of()->mutable_now() = ToProto(kSeven + absl::Hours(72));
  v1::Stay& stay = *response.add_stays();
  stay.set_stay_id(kStayId);
  stay.set_patient_ref(kPatientRef);
  stay.set_hospital_name("St. Olavs hospital");
  stay.set_ward_name("Medisin 1");
  stay.set_stay_kommune("5001");
  stay.set_residence_kommune("5031");
  stay.set_sex(v1::SEX_FEMALE);
  stay.set_age_at_admission(83);
  *stay.mutable_admitted_at() = ToProto(kSeven);
  stay.add_ukp_periods();
  stay.set_overliggerdogn(3);
  stay.set_payable_days(2);
  AddLine(&response, v1::StoryLine::KIND_FACT, kSeven, "Pasienten ble innlagt.",
          "St. Olavs hospital, pasientsystemet (HL7).");
  AddLine(&response, v1::StoryLine::KIND_FACT, kSeven + absl::Hours(1), "Pasienten døde.", "")
      .set_cancelled(true);
  AddLine(&response, v1::StoryLine::KIND_DEADLINE, kSeven + absl::Hours(24),
          "Fristen for svar gikk ut.", "Straks regnes her som 2 timer.")
      .set_deadline_state(v1::DEADLINE_STATE_MISSED);
  AddLine(&response, v1::StoryLine::KIND_DERIVED, kSeven + absl::Hours(30),
          "Trondheim kommune betaler for 2 døgn.", "§ 13.")
      .set_at_precision(v1::PRECISION_DAY);
  AddLine(&response, v1::StoryLine::KIND_WARNING, kSeven + absl::Hours(31), "Noe mangler.", "")
      .set_stay_id("");
  v1::StayViews& views = *response.add_views();
  views.set_stay_id(kStayId);
  AddView(&views, v1::PaymentView::SIDE_HOSPITAL, kSeven, 3);
  AddView(&views, v1::PaymentView::SIDE_KOMMUNE, kSeven + absl::Hours(24), 2);
  return response;
}

TEST_F(CliTest, PathwayTellsTheStory) {
  v1::GetPathwayRequest seen;
  Answer<v1::GetPathwayRequest>("PathwayService/GetPathway", Pathway(), &seen);
  const Ran ran = Run({"pathway", kStayId});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(seen.stay_id(), kStayId);
  EXPECT_FALSE(seen.moment().has_as_of());
  EXPECT_EQ(ran.out, R"(Kvinne, 83 år
  Sykehus                   St. Olavs hospital
  Avdeling                  Medisin 1
  Kommune                   Trondheim
  Folkeregistrert kommune   Malvik
  Innlagt                   torsdag 15. januar 2026 kl. 07.00
  Utskrevet                 ikke ennå
  Overliggerdøgn            3
  Døgn å betale for         2
  Oppholdets nummer         6ba7b810-9dad-51d1-80b4-00c04fd430c8
  Pasientens referanse      0cb2-e089069c4894fad36c86cf92c2aaa3b9

Hva som har skjedd
torsdag 15. januar 2026
  07.00    Pasienten ble innlagt.
           St. Olavs hospital, pasientsystemet (HL7).
  08.00    Gjelder ikke: Pasienten døde.
fredag 16. januar 2026
  07.00  ! Fristen for svar gikk ut.
           Straks regnes her som 2 timer.
         → Trondheim kommune betaler for 2 døgn.
           § 13.

Sykehusets og kommunens regnestykke
                      Sykehuset sendte         Kommunen mottok
Utskrivningsklar fra  15. januar kl. 07.00     15. januar kl. 07.00
Utskrivningsklar til  varer fortsatt           varer fortsatt
Kommunen varslet      15. januar kl. 07.00     16. januar kl. 07.00
Svar                  ja 17. januar kl. 07.00  ja 17. januar kl. 07.00
  kan ta imot         fra 18. januar           fra 18. januar
Døgn å betale for     3                        2
Til sammen            3                        2

Opplysninger som ikke hører til noe opphold
fredag 16. januar 2026
  14.00  ? Noe mangler.

Slik det var kjent søndag 18. januar 2026 kl. 07.00. Overgang forteller hva som er meldt, og regner
etter reglene; det er forskriften og avtalene som avgjør.
)");
}

TEST_F(CliTest, PathwayColoursWhatWasMissedAndWhatDiffers) {
  Answer<v1::GetPathwayRequest>("PathwayService/GetPathway", Pathway());
  const Ran ran = Run({"pathway", kStayId}, /*terminal=*/true);
  EXPECT_THAT(ran.out, HasSubstr("! \x1b[33mFristen for svar gikk ut.\x1b[0m"));
  EXPECT_THAT(ran.out, HasSubstr("\x1b[2mGjelder ikke: Pasienten døde.\x1b[0m"));
  EXPECT_THAT(ran.out, HasSubstr("\x1b[33m3\x1b[0m"));
  EXPECT_THAT(Run({"pathway", kStayId}).out, Not(HasSubstr("\x1b")));
}

TEST_F(CliTest, PathwayAsksForAMomentPast) {
  v1::GetPathwayRequest seen;
  Answer<v1::GetPathwayRequest>("PathwayService/GetPathway", Pathway(), &seen);
  ASSERT_EQ(Run({"pathway", kPatientRef, "--as-of", "2026-01-15T07:00", "--as-of-cursor", "c7",
                 "--occurred-until", "2026-01-15T06:00:00Z"})
                .code,
            0);
  EXPECT_EQ(seen.patient_ref(), kPatientRef);
  EXPECT_EQ(FromProto(seen.moment().as_of()), kSeven);
  EXPECT_EQ(seen.moment().as_of_cursor(), "c7");
  EXPECT_EQ(FromProto(seen.moment().occurred_until()), kSeven);
  const Ran ran = Run({"pathway", kPatientRef, "--occurred-until", "i dag"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--occurred-until"));
  EXPECT_EQ(Run({"pathway", "Kari"}).code, 2);
}

TEST_F(CliTest, PathwayJsonHasTheStoryLineByLine) {
  v1::GetPathwayResponse pathway = Pathway();
  pathway.add_facts()->set_stay_id(kStayId);
  Answer<v1::GetPathwayRequest>("PathwayService/GetPathway", pathway);
  const Ran ran = Run({"pathway", kStayId, "--json"});
  // As of, one stay, one fact, five lines of story.
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 8);
  EXPECT_THAT(ran.out, HasSubstr("\"text\":\"Trondheim kommune betaler for 2 døgn.\""));
}

TEST(WrappedTest, LinesAreAsWideAsTheyLook) {
  EXPECT_THAT(cli::Wrapped("på vei til Sør-Fron", 9),
              testing::ElementsAre("på vei", "til", "Sør-Fron"));
  EXPECT_THAT(cli::Wrapped("øyeblikkelig hjelp", 5), testing::ElementsAre("øyeblikkelig", "hjelp"))
      << "a long word stays whole";
  EXPECT_THAT(cli::Wrapped("ææ øø", 5), testing::ElementsAre("ææ øø"));
}

}  // namespace
}  // namespace overgang
