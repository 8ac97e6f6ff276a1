// Every fact and every flag has a sentence, and every sentence is Norwegian.
#include <functional>
#include <regex>

#include "tests/consumers/story_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

constexpr int kFirstFactNumber = 100;

// Names of the protocol and words of the code, which no case worker should meet.
std::vector<std::string> Leaks(const std::string& text) {
  static const std::regex kLeak(
      "[A-Z]{2,}_[A-Z_]+|[a-z]+_[a-z_]+|"
      "\\b(the|of|and|is|was|with|stay|fact|kommune_|discharge\\w*|admi\\w+ted|unspecified|"
      "deadline|"
      "patient_|ukp|fhi|unknown)\\b",
      std::regex::icase);
  std::vector<std::string> leaks;
  for (std::sregex_iterator at(text.begin(), text.end(), kLeak), end; at != end; ++at)
    leaks.push_back(at->str());
  return leaks;
}

void ExpectNorwegian(const std::string& text) {
  EXPECT_THAT(Leaks(text), ::testing::IsEmpty()) << text;
  EXPECT_TRUE(absl::EndsWith(text, ".")) << text;
}

TEST(StoryWordsTest, ALeakIsSeen) {
  EXPECT_THAT(Leaks("FACT_KIND_UKP_DECLARED"), ::testing::SizeIs(1));
  EXPECT_THAT(Leaks("The kommune was told"), ::testing::SizeIs(2));
  EXPECT_THAT(Leaks("can_receive"), ::testing::SizeIs(1));
}

TEST(StoryWordsTest, EveryFactHasASentenceOfItsOwn) {
  std::set<std::string> sentences;
  const auto& kinds = *v1::FactKind_descriptor();
  for (int i = 1; i < kinds.value_count(); ++i) {
    v1::Envelope fact;
    const auto* field =
        v1::Envelope::descriptor()->FindFieldByNumber(kFirstFactNumber + kinds.value(i)->number());
    ASSERT_NE(field, nullptr) << kinds.value(i)->name();
    fact.GetReflection()->MutableMessage(&fact, field);
    const std::string sentence = FactSentence(fact, *Directory::BuiltIn());
    ExpectNorwegian(sentence);
    sentences.insert(sentence);
    v1::Envelope cancellation;
    cancellation.mutable_fact_cancelled()->set_kind(
        static_cast<v1::FactKind>(kinds.value(i)->number()));
    const std::string taken_back = FactSentence(cancellation, *Directory::BuiltIn());
    ExpectNorwegian(taken_back);
    sentences.insert(taken_back);
  }
  // A cancellation of a cancellation is told like one of what no kind is stated of.
  EXPECT_EQ(sentences.size(), 2 * static_cast<size_t>(kinds.value_count() - 1) - 1);
}

TEST(StoryWordsTest, EveryFlagHasASentenceOfItsOwn) {
  std::set<std::string> sentences;
  const auto& flags = *v1::StayFlag_descriptor();
  for (int i = 0; i < flags.value_count(); ++i) {
    const std::string sentence = FlagSentence(static_cast<v1::StayFlag>(flags.value(i)->number()));
    ExpectNorwegian(sentence);
    sentences.insert(sentence);
  }
  EXPECT_EQ(sentences.size(), static_cast<size_t>(flags.value_count()));
}

// What is told of a fact that the test fills in.
std::string Sentence(const std::function<void(v1::Envelope*)>& fill) {
  v1::Envelope fact;
  fact.set_hospital(kHospital);
  fact.set_ward("MED1");
  fact.set_stay_kommune("5031");
  fill(&fact);
  const std::string text = FactSentence(fact, *Directory::BuiltIn());
  ExpectNorwegian(text);
  return text;
}

TEST(StoryWordsTest, WhatAFactSaysOfThePatientIsTold) {
  const google::protobuf::Timestamp monday = ToProto(T("2026-03-02 12:00"));
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              v1::PatientAdmitted& admitted = *fact->mutable_patient_admitted();
              admitted.set_urgency(v1::URGENCY_ELECTIVE);
              admitted.set_via_emergency_department(true);
              admitted.set_corridor(true);
            }),
            "Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som planlagt "
            "innleggelse, gjennom akuttmottaket, og fikk plass på korridor.");
  EXPECT_EQ(
      Sentence([&](v1::Envelope* fact) {
        v1::PatientDetailsChanged& changed = *fact->mutable_patient_details_changed();
        *changed.mutable_died_at() = monday;
        *changed.mutable_moved_kommune_at() = monday;
      }),
      "Sykehuset oppdaterte opplysningene om pasienten: pasienten døde mandag 2. mars 2026 kl. "
      "12.00 og pasienten har Malvik kommune som oppholdskommune fra og med mandag 2. mars 2026.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_patient_transferred()->set_from_ward("AKM");
              fact->mutable_patient_transferred()->set_corridor(true);
            }),
            "Pasienten ble flyttet fra avdeling Akuttmottak til avdeling Medisin 1, og fikk plass "
            "på korridor.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_patient_transferred()->set_from_ward("MED1");
            }),
            "Pasienten ble flyttet innen avdeling Medisin 1.");
  EXPECT_EQ(Sentence([&](v1::Envelope* fact) {
              *fact->mutable_leave_started()->mutable_expected_return_at() = monday;
            }),
            "Pasienten fikk permisjon og ventes tilbake mandag 2. mars 2026 kl. 12.00.");
  EXPECT_EQ(Sentence([&](v1::Envelope* fact) {
              *fact->mutable_expected_discharge_set()->mutable_expected_at() = monday;
              fact->mutable_expected_discharge_set()->set_expected_precision(v1::PRECISION_DAY);
            }),
            "Sykehuset satte forventet utskrivning til mandag 2. mars 2026.");
}

TEST(StoryWordsTest, WhatAFactSaysBetweenHospitalAndKommuneIsTold) {
  const google::protobuf::Timestamp monday = ToProto(T("2026-03-02 12:00"));
  EXPECT_EQ(Sentence([&](v1::Envelope* fact) {
              *fact->mutable_kommune_notified_of_admission()->mutable_sent_at() = monday;
              *fact->mutable_kommune_notified_of_admission()->mutable_need_clear_at() = monday;
            }),
            "Kommunen mottok varselet om innleggelsen, sendt mandag 2. mars 2026 kl. 12.00; "
            "behovet for kommunale tjenester ble klart mandag 2. mars 2026 kl. 12.00.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              v1::UkpDeclared& declared = *fact->mutable_ukp_declared();
              declared.set_decided_by("overlege");
              declared.mutable_assessment()->set_admission_problem_clarified(true);
              declared.mutable_assessment()->set_other_problems_clarified(true);
              declared.mutable_assessment()->set_unclarified_explained(true);
            }),
            "Sykehuset meldte pasienten utskrivningsklar (avgjort av overlege); ikke alle punktene "
            "i § 9 er vurdert, det mangler d og e.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_report_sent()->set_report(v1::ReportSent::REPORT_EPIKRISE);
              fact->mutable_report_sent()->set_to("fastlege");
            }),
            "Sykehuset sendte epikrisen til fastlegen.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_patient_discharged()->set_to_specialist_care(true);
            }),
            "Pasienten ble skrevet ut til annen behandling i spesialisthelsetjenesten.");
  EXPECT_EQ(
      Sentence([](v1::Envelope* fact) { fact->mutable_patient_discharged()->set_outcome("2"); }),
      "Pasienten døde på sykehuset, og oppholdet ble avsluttet.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_source()->set_channel(v1::CHANNEL_PLO);
              fact->mutable_patient_discharged()->set_discharged_to("1");
            }),
            "Sykehuset meldte til kommunen at pasienten ble skrevet ut til bosted eller "
            "arbeidssted.");
  EXPECT_EQ(Sentence([](v1::Envelope* fact) {
              fact->mutable_source()->set_channel(v1::CHANNEL_PLO);
              fact->mutable_patient_admitted();
            }),
            "Sykehuset meldte til kommunen at pasienten ble innlagt ved St. Olavs hospital, "
            "avdeling Medisin 1.");
  for (int kind = 0; v1::PlaceKind_IsValid(kind); ++kind) {
    Sentence([&](v1::Envelope* fact) {
      fact->mutable_kommune_answered()->set_can_receive(true);
      fact->mutable_kommune_answered()->set_place_kind(static_cast<v1::PlaceKind>(kind));
    });
  }
}

TEST(StoryWordsTest, SourcesAreNamed) {
  const auto source = [](v1::Channel channel, const std::string& sender) {
    v1::PathwayEntry entry;
    entry.mutable_fact()->set_hospital(kHospital);
    entry.mutable_fact()->mutable_source()->set_channel(channel);
    entry.mutable_fact()->mutable_source()->set_sender(sender);
    return SourceText(entry, *Directory::BuiltIn());
  };
  EXPECT_EQ(source(v1::CHANNEL_HL7V2, "STO"), "St. Olavs hospital, pasientsystemet (HL7).");
  EXPECT_EQ(source(v1::CHANNEL_PLO, "59"), "St. Olavs hospital, elektronisk melding (PLO).");
  EXPECT_EQ(source(v1::CHANNEL_PLO, "25001"), "Trondheim kommune, elektronisk melding (PLO).");
  EXPECT_EQ(source(v1::CHANNEL_PLO, "7"), "HER-id 7, elektronisk melding (PLO).");
  EXPECT_EQ(source(v1::CHANNEL_PLO, "unknown"), "Ukjent avsender, elektronisk melding (PLO).");
  EXPECT_EQ(source(v1::CHANNEL_INTAKE, "portal"), "Innmelding fra portal.");
  v1::PathwayEntry answer;
  answer.mutable_fact()->mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  answer.mutable_fact()->mutable_kommune_answered()->set_comment_code("no-place");
  EXPECT_EQ(SourceText(answer, *Directory::BuiltIn()), "Innmelding. Oppgitt kode: no-place.");
  EXPECT_EQ(source(v1::CHANNEL_IMPORT, "history.csv"), "Fil med historikk.");
}

// Of stays that hold everything, nothing leaks.
TEST_F(StoryTest, NoLineLeaks) {
  v1::GetPathwayResponse response;
  v1::Stay& stay = *response.add_stays();
  stay.set_stay_id("s");
  *stay.mutable_admitted_at() = ToProto(T("2026-03-01 08:00"));
  for (int flag = 1; v1::StayFlag_IsValid(flag); ++flag)
    stay.add_flags(static_cast<v1::StayFlag>(flag));
  for (int end = 0; v1::UkpEnd_IsValid(end); ++end) {
    v1::UkpPeriod& period = *stay.add_ukp_periods();
    period.set_kommune("5001");
    period.set_end(static_cast<v1::UkpEnd>(end));
    *period.mutable_since() = ToProto(T("2026-03-01 08:00") + absl::Hours(48 * end));
    *period.mutable_until() = ToProto(T("2026-03-01 08:00") + absl::Hours(48 * end + 40));
    v1::PayableSpan& span = *period.add_payable();
    span.set_from_date("2026-03-01");
    span.set_to_date("2026-03-02");
  }
  for (int kind = 0; v1::DeadlineKind_IsValid(kind); ++kind) {
    for (int state = 1; v1::DeadlineState_IsValid(state); ++state) {
      v1::Deadline& deadline = *stay.add_deadlines();
      deadline.set_deadline(static_cast<v1::DeadlineKind>(kind));
      deadline.set_state(static_cast<v1::DeadlineState>(state));
      *deadline.mutable_due_at() = ToProto(T("2026-03-02 08:00"));
    }
  }
  for (int definition = 0; v1::PatientReadmitted::Definition_IsValid(definition); ++definition) {
    stay.add_readmissions()->set_definition(
        static_cast<v1::PatientReadmitted::Definition>(definition));
  }
  const auto story =
      TellStory(response, *Directory::BuiltIn(), PaymentTerms::BuiltIn(), T("2026-03-09 08:00"));
  EXPECT_GT(story.size(), 40u);
  for (const v1::StoryLine& line : story) {
    ExpectNorwegian(line.text());
    EXPECT_THAT(Leaks(line.rule()), ::testing::IsEmpty()) << line.rule();
  }
}

}  // namespace
}  // namespace overgang::board
