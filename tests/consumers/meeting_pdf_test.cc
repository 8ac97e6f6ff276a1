// The page of a meeting as PDF: what stands on it, read back with poppler, and what becomes of more
// than fits.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "consumers/meeting/pdf.h"
#include "consumers/meeting/summary.h"
#include "core/oslo_time.h"
#include "tests/consumers/meeting_example.h"

namespace overgang::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// What a program prints that is given the PDF as a file.
std::string Told(const std::string& pdf, const std::string& program) {
  const std::string file = absl::StrCat(std::filesystem::temp_directory_path().string(),
                                        "/overgang_meeting_pdf_", getpid(), ".pdf");
  std::ofstream(file, std::ios::binary) << pdf;
  std::FILE* pipe = popen(absl::StrCat(program, " ", file, " - 2>&1").c_str(), "r");
  std::string told;
  std::array<char, 4096> part{};
  while (const size_t count = std::fread(part.data(), 1, part.size(), pipe))
    told.append(part.data(), count);
  EXPECT_EQ(pclose(pipe), 0) << told << "\nsee deploy/install.sh test";
  std::filesystem::remove(file);
  return told;
}
std::string TextOf(const std::string& pdf) { return Unheld(Told(pdf, "pdftotext -layout")); }
// Its words with one space between two, wherever lines end.
std::string WordsOf(const std::string& pdf) {
  const std::string text = Unheld(Told(pdf, "pdftotext -raw"));
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \n\f"), absl::SkipEmpty()), " ");
}

// How far the lowest text is above the line at the foot of the page, in points.
double RoomLeft(const std::string& pdf) {
  std::vector<double> bottoms;
  for (const absl::string_view part : absl::StrSplit(Told(pdf, "pdftotext -bbox"), "yMax=\"")) {
    double bottom = 0;
    if (absl::SimpleAtod(part.substr(0, part.find('"')), &bottom)) bottoms.push_back(bottom);
  }
  std::ranges::sort(bottoms);
  const double foot = bottoms.back();
  while (foot - bottoms.back() < 1) bottoms.pop_back();
  return foot - bottoms.back();
}

TEST(MeetingPdf, HoldsTheMeetingWithItsNumbersOnOnePageThatSaysItsTitleAndLanguage) {
  v1::GetMeetingResponse meeting = Meeting();
  AddDecision(&meeting, "Åpne bufferplassene på Øya, og bemann dem for natten");
  AddKommune(&meeting, "Trondheim", 14);
  AddKommune(&meeting, "Malvik", 2);
  v1::SourceAge& silent = *meeting.mutable_snapshot()->mutable_as_of()->add_sources();
  silent.set_source("plo:91234");
  silent.set_stale(true);
  *silent.mutable_last_heard_at() = ToProto(kHeld - absl::Hours(5));
  AddCorrection(&meeting, "h:974749025", "ukp", 47, 49);
  AddCorrection(&meeting, "k:5001", "ukp_over_10_days", 3, 5);
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_THAT(*pdf, StartsWith("%PDF-1.4"));
  const std::string text = TextOf(*pdf);
  for (const char* said : {"Kapasitetsmøte – St. Olavs hospital",
                           "Holdt mandag 2. mars 2026 kl. 13.05. Tallene er slik de var kjent "
                           "mandag 2. mars 2026 kl. 13.01",
                           "Nivå:",
                           "Rød",
                           "siden mandag 2. mars 2026 kl. 10.05",
                           "613",
                           "47",
                           "21",
                           "104,5 %",
                           "627 i 600",
                           "Åpne bufferplassene på Øya, og bemann dem",
                           "Vakthavende avdelingssjef",
                           "2. mars kl. 15.05",
                           "Trondheim",
                           "114",
                           "PLO-meldinger fra HER-id 91234 (sist hørt 2. mars kl. 08.05)",
                           "8/3",
                           "korridorpasienter",
                           "meldt av",
                           "avdelingene: 11",
                           "Trondheim: utskrivningsklare over 10 døgn",
                           "Klinikksjef (St. Olavs hospital)",
                           "Ikke til stede: Koordinerende enhet (Trondheim)",
                           "utskrivningsklare",
                           "49",
                           "Møte 0f1e2d3c-0000-5000-8000-000000000001"})
    EXPECT_THAT(text, HasSubstr(said));
  EXPECT_THAT(text, Not(HasSubstr("… og")));
  const std::string about = Told(*pdf, "sh -c 'pdfinfo \"$0\"'");
  EXPECT_THAT(about,
              HasSubstr("Kapasitetsmøte – St. Olavs hospital – mandag 2. mars 2026 kl. 13.05"));
  EXPECT_THAT(about, HasSubstr("Pages:           1"));
  EXPECT_THAT(about, HasSubstr("A4"));
  EXPECT_THAT(about, Not(HasSubstr("Error")));
  EXPECT_THAT(*pdf, HasSubstr("/Lang (nb-NO)"));
  EXPECT_EQ(*meeting::SummaryPdf(meeting), *pdf);
}

TEST(MeetingPdf, WhatDoesNotFitIsCutAndSaysHowMuch) {
  v1::GetMeetingResponse meeting = Meeting();
  std::string words = "Vedtak";
  for (int i = 0; i < 200; ++i) words += " ord";
  for (int i = 1; i <= 100; ++i) AddDecision(&meeting, absl::StrCat("Nr. ", i, " ", words));
  for (int i = 1; i <= 40; ++i) AddKommune(&meeting, absl::StrCat("Kommune", i), i);
  for (int i = 0; i < 30; ++i) AddCard(&meeting, std::string(300, 'w'), "k:5001");
  AddCard(&meeting, "Sykehusets eget kort", "h:974749025");
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string text = TextOf(*pdf);
  EXPECT_THAT(text, HasSubstr("Sykehusets eget kort"));
  EXPECT_THAT(text, HasSubstr("Nr. 1 Vedtak"));
  EXPECT_THAT(text, ContainsRegex("ord?…"));
  EXPECT_THAT(text, HasSubstr("… og "));
  EXPECT_THAT(text, HasSubstr("Kommune40"));
  EXPECT_THAT(text, HasSubstr("Åpne tiltakskort"));
  EXPECT_THAT(text, HasSubstr("Til stede"));
  EXPECT_THAT(text, HasSubstr("Møte 0f1e2d3c"));
  // As many rows as are shown, and the rest in the number.
  const size_t shown = CountOf(text, "Nr. ");
  EXPECT_GT(shown, 3U);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("… og ", 100 - shown, " til")));
}

constexpr double kRowHeight = 18;   // Of one line, and what is below its letters.
constexpr double kFootHeight = 16;  // Below which only the meeting's id stands.

TEST(MeetingPdf, NothingIsLeftOutOfAPageThatHasRoom) {
  v1::GetMeetingResponse meeting = Meeting();
  for (int i = 1; i <= 14; ++i) AddKommune(&meeting, absl::StrCat("Kommune", i), i);
  for (int i = 1; i <= 9; ++i) AddCard(&meeting, absl::StrCat("Kort", i), "k:5001");
  for (int i = 1; i <= 8; ++i) AddCorrection(&meeting, "k:5001", absl::StrCat("tall", i), 1, 2);
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string text = TextOf(*pdf);
  EXPECT_THAT(text, Not(HasSubstr("… og")));
  EXPECT_EQ(CountOf(text, "Kommune"), 14U + 1) << "and the heading";
  EXPECT_EQ(CountOf(text, "tall"), 8U);
}

// A few decisions leave room for rows of the other tables; more are written smaller before one of
// them is left out.
class MeetingPdfOfManyDecisions : public ::testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Decisions, MeetingPdfOfManyDecisions, ::testing::Values(2, 5, 9));

TEST_P(MeetingPdfOfManyDecisions, WhatWasDecidedAndCorrectedStandsWholeAndTheRestFillsThePage) {
  v1::GetMeetingResponse meeting = Meeting();
  std::string words;
  for (int i = 0; i < 18; ++i) absl::StrAppend(&words, " langt", i);
  for (size_t i = 0; i < GetParam(); ++i)
    AddDecision(&meeting, absl::StrCat("Vedtatt", i, words, " slutt."));
  for (int i = 1; i <= 9; ++i) AddCorrection(&meeting, "k:5001", absl::StrCat("tall", i), 1, 2);
  for (int i = 1; i <= 60; ++i) AddKommune(&meeting, absl::StrCat("Sted", i), i);
  for (int i = 1; i <= 30; ++i) AddCard(&meeting, absl::StrCat("Kort nr. ", i), "k:5001");
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string text = TextOf(*pdf);
  EXPECT_EQ(CountOf(text, "Vedtatt"), GetParam()) << text;
  EXPECT_EQ(CountOf(text, "slutt."), GetParam()) << text;
  EXPECT_EQ(CountOf(text, "tall"), 9U) << text;
  const size_t kommuner = CountOf(text, "Sted");
  const size_t cards = CountOf(text, "Kort nr. ");
  EXPECT_GE(kommuner, 1U);
  EXPECT_GE(cards, 1U);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("… og ", 60 - kommuner, " til")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("… og ", 30 - cards, " til")));
  EXPECT_LT(RoomLeft(*pdf), kFootHeight + kRowHeight) << "one more row had room";
}

// Corrections that can never all stand there make no decision shorter.
class MeetingPdfOfManyCorrections : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Corrections, MeetingPdfOfManyCorrections,
                         ::testing::Values(20, 40, 60, 120));

TEST_P(MeetingPdfOfManyCorrections, WhatWasDecidedStandsWhole) {
  v1::GetMeetingResponse meeting = Meeting();
  std::string words;
  for (int i = 0; i < 60; ++i) absl::StrAppend(&words, " langt", i);
  for (int i = 0; i < 3; ++i) AddDecision(&meeting, absl::StrCat("Vedtatt", i, words, " slutt."));
  for (int i = 1; i <= GetParam(); ++i)
    AddCorrection(&meeting, "k:5001", absl::StrCat("tall", i), 1, 2);
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string text = TextOf(*pdf);
  EXPECT_EQ(CountOf(text, "Vedtatt"), 3U) << text;
  EXPECT_EQ(CountOf(text, "slutt."), 3U) << text;
  const auto corrections = static_cast<int>(CountOf(text, "tall"));
  if (corrections == GetParam()) return;
  EXPECT_THAT(text, HasSubstr(absl::StrCat("… og ", GetParam() - corrections, " til")));
  EXPECT_LT(RoomLeft(*pdf), kFootHeight + kRowHeight) << "one more row had room";
}

TEST(MeetingPdf, ALengthOfTimeStandsOnOneLine) {
  constexpr size_t kShifts = 8;  // Of five lines, so that one would end within a length.
  for (size_t i = 1; i <= kShifts; ++i) {
    v1::GetMeetingResponse meeting = Meeting();
    v1::LevelChanged& level = *meeting.mutable_snapshot()->mutable_level();
    v1::LevelInput past;
    past.set_past(true);
    past.set_level(v1::ESCALATION_LEVEL_ROD);
    past.set_name(std::string(i, 'i'));
    *level.add_inputs() = past;
    past.set_name("longest_wait_minutes");
    past.set_value(500);
    past.set_threshold(480);
    for (int lines = 0; lines < 6; ++lines) *level.add_inputs() = past;
    const auto pdf = meeting::SummaryPdf(meeting);
    ASSERT_TRUE(pdf.ok()) << pdf.status();
    const std::string text = TextOf(*pdf);
    EXPECT_THAT(text, HasSubstr("8 t 20 min (grensen for rød er 8 t)"));
    EXPECT_THAT(text, Not(ContainsRegex("[0-9]\n *(t|min)[ )]")));
  }
}

// Where no bed is open there is no share of the open ones, whatever is in them.
TEST(MeetingPdf, AnUnknownShareOfBedsIsNoNought) {
  v1::GetMeetingResponse meeting = Meeting();
  meeting.mutable_snapshot()->mutable_census()->set_occupancy_percent(0);
  const std::string page = Unheld(meeting::SummaryPage(meeting));
  EXPECT_THAT(page, HasSubstr("<b>–</b>belegg"));
  EXPECT_THAT(page, HasSubstr("627 i 600 senger"));
  EXPECT_THAT(page, Not(HasSubstr("0 %")));
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_THAT(WordsOf(*pdf), HasSubstr("– belegg 627 i 600 senger"));
  EXPECT_THAT(WordsOf(*pdf), Not(HasSubstr("0 %")));
}

TEST(MeetingPdf, SaysWhatTheLevelRestsOnAndWhoDecidedIt) {
  v1::GetMeetingResponse meeting = Meeting();
  v1::LevelChanged& level = *meeting.mutable_snapshot()->mutable_level();
  v1::LevelInput& holds = *level.add_inputs();
  holds.set_name("occupancy");
  holds.set_value(101);
  holds.set_threshold(103);
  holds.set_exit(100);
  holds.set_holds(true);
  holds.set_level(v1::ESCALATION_LEVEL_ROD);
  v1::LevelInput& past = *level.add_inputs();
  past.set_name("corridor");
  past.set_value(12);
  past.set_threshold(10);
  past.set_past(true);
  past.set_level(v1::ESCALATION_LEVEL_ROD);
  level.set_cause(v1::LEVEL_CAUSE_OVERRIDE);
  level.set_overridden_by("kari-nordmann");
  level.set_reason("Stengt <sengepost>");
  level.set_by_rules(v1::ESCALATION_LEVEL_GUL);
  *level.mutable_expires_at() = ToProto(kHeld + absl::Hours(4));
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string paper = WordsOf(*pdf);
  const std::string page = absl::StrReplaceAll(Unheld(meeting::SummaryPage(meeting)),
                                               {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}});
  for (const char* said :
       {"Satt av kari-nordmann: «Stengt <sengepost>». Gjelder til 2. mars kl. 17.05. Deretter gir "
        "reglene gul hvis tallene ikke endrer seg.",
        "Grunnlaget da nivået ble satt: Korridorpasienter meldt av avdelingene: 12 (grensen for "
        "rød er 10); Belegg 101 % holder nivået (grensen for rød er 103 %, slipper ved 100 %)."}) {
    EXPECT_THAT(paper, HasSubstr(said));
    EXPECT_THAT(page, HasSubstr(said));
  }
}

TEST(MeetingPdf, AMeetingOfNothingIsAPageToo) {
  v1::GetMeetingResponse meeting;
  meeting.set_hospital(kHospital);
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_THAT(TextOf(*pdf), HasSubstr("Ingen nivåregler gjelder."));
}

}  // namespace
}  // namespace overgang::testing
