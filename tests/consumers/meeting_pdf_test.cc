// The page of a meeting as PDF: what stands on it, read back with poppler, and what becomes of more
// than fits.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "consumers/meeting/pdf.h"
#include "core/oslo_time.h"

namespace overgang::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kHospital[] = "974749025";
const absl::Time kHeld = absl::FromCivil(absl::CivilMinute(2026, 3, 2, 13, 5), Oslo());

// What a program prints that is given the PDF as a file.
std::string Told(const std::string& pdf, const std::string& program) {
  const std::string file =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/overgang_meeting_pdf_",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".pdf");
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
std::string TextOf(const std::string& pdf) { return Told(pdf, "pdftotext -layout"); }

v1::GetMeetingResponse Meeting() {
  v1::GetMeetingResponse meeting;
  meeting.set_hospital(kHospital);
  *meeting.mutable_held_at() = ToProto(kHeld);
  v1::MeetingHeld& held = *meeting.mutable_meeting();
  held.set_meeting_id("0f1e2d3c-0000-5000-8000-000000000001");
  v1::MeetingAttendance& present = *held.add_attendance();
  present.set_role("Klinikksjef");
  present.set_recipient("h:974749025");
  present.set_present(true);
  v1::MeetingAttendance& absent = *held.add_attendance();
  absent.set_role("Koordinerende enhet");
  absent.set_recipient("k:5001");
  v1::MeetingSnapshot& snapshot = *meeting.mutable_snapshot();
  *snapshot.mutable_as_of()->mutable_now() = ToProto(kHeld - absl::Minutes(4));
  v1::HospitalCensus& census = *snapshot.mutable_census();
  census.set_hospital(kHospital);
  census.set_name("St. Olavs hospital");
  census.set_inpatients(613);
  census.set_ukp(47);
  census.set_ukp_over_24h(21);
  census.set_corridor(9);
  census.set_occupancy_percent(104.5);
  snapshot.mutable_level()->set_to(v1::ESCALATION_LEVEL_ROD);
  *snapshot.mutable_since() = ToProto(kHeld - absl::Hours(3));
  return meeting;
}

void AddDecision(v1::GetMeetingResponse* meeting, const std::string& text) {
  v1::MeetingDecision& decision = *meeting->mutable_meeting()->add_decided();
  decision.set_text(text);
  decision.set_recipient("h:974749025");
  decision.mutable_owner_role()->set_name("Vakthavende avdelingssjef");
  *decision.mutable_due_at() = ToProto(kHeld + absl::Hours(2));
}

void AddKommune(v1::GetMeetingResponse* meeting, const std::string& name, int ukp) {
  v1::KommuneCensus& kommune = *meeting->mutable_snapshot()->add_kommuner();
  kommune.set_name(name);
  kommune.set_inpatients(ukp + 100);
  kommune.set_ukp(ukp);
}

TEST(MeetingPdf, HoldsTheMeetingWithItsNumbersOnOnePageThatSaysItsTitleAndLanguage) {
  v1::GetMeetingResponse meeting = Meeting();
  AddDecision(&meeting, "Åpne bufferplassene på Øya, og bemann dem for natten");
  AddKommune(&meeting, "Trondheim", 14);
  AddKommune(&meeting, "Malvik", 2);
  v1::SourceAge& silent = *meeting.mutable_snapshot()->mutable_as_of()->add_sources();
  silent.set_source("plo:91234");
  silent.set_stale(true);
  v1::MeetingCorrection& correction = *meeting.add_corrections();
  correction.set_of("h:974749025");
  correction.set_number("ukp");
  correction.set_frozen(47);
  correction.set_now(49);
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
                           "Åpne bufferplassene på Øya, og bemann dem",
                           "Vakthavende avdelingssjef",
                           "2. mars kl. 15.05",
                           "Trondheim",
                           "114",
                           "plo:91234",
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
  for (int i = 0; i < 30; ++i) {
    v1::Tiltakskort& card = *meeting.mutable_snapshot()->add_cards();
    card.mutable_issued()->set_title(std::string(300, 'w'));
    card.mutable_issued()->set_recipient("k:5001");
  }
  v1::Tiltakskort& own = *meeting.mutable_snapshot()->add_cards();
  own.mutable_issued()->set_title("Sykehusets eget kort");
  own.mutable_issued()->set_recipient("h:974749025");
  const auto pdf = meeting::SummaryPdf(meeting);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  const std::string text = TextOf(*pdf);
  EXPECT_THAT(text, HasSubstr("Sykehusets eget kort"));
  EXPECT_THAT(text, HasSubstr("Nr. 1 Vedtak"));
  EXPECT_THAT(text, HasSubstr("ord…"));
  EXPECT_THAT(text, HasSubstr("… og "));
  EXPECT_THAT(text, HasSubstr("Kommune40"));
  EXPECT_THAT(text, HasSubstr("Åpne tiltakskort"));
  EXPECT_THAT(text, HasSubstr("Til stede"));
  EXPECT_THAT(text, HasSubstr("Møte 0f1e2d3c"));
  // As many rows as are shown, and the rest in the number.
  size_t shown = 0;
  for (size_t at = text.find("Nr. "); at != std::string::npos; at = text.find("Nr. ", at + 1))
    ++shown;
  EXPECT_GT(shown, 3U);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("… og ", 100 - shown, " til")));
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
