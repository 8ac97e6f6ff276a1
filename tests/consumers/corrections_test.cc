// What a correction says: what was sent and what is right, in tables that add up.
#include <gmock/gmock.h>

#include "consumers/daily_status/decider.h"
#include "tests/consumers/edition_fixture.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::Not;

using CorrectedEditionTest = EditionTest;

// The status as it is known when more was learnt.
v1::DailyStatusIssued Corrected(const v1::DailyStatusIssued& sent,
                                const v1::DailyStatusIssued& recount) {
  const auto correction = CorrectionOf(sent, recount, 2);
  EXPECT_TRUE(correction.has_value());
  v1::DailyStatusIssued corrected = sent;
  if (correction.has_value()) Correct(*correction, &corrected);
  return corrected;
}

TEST_F(CorrectedEditionTest, ACorrectionShowsOldAndNewAndIsRightBelow) {
  const v1::DailyStatusIssued sent = Status();
  for (int i = 0; i < 3; ++i) {
    projections::StayEntry stay = StayOf("2026-02-10 10:00");
    AddPeriod(stay, i == 0 ? "2026-02-17 19:30" : "2026-03-01 12:00");
    world_.population().Add(stay);
  }
  const Edition edition = Compose(Corrected(sent, Status()), {"nb", "", &sent});
  EXPECT_EQ(edition.subject, "RETTET 2.3. UKP Trondheim 07.30: 5 (sendt: 2), 2 over 7 døgn");
  for (const char* said :
       {"- Utskrivningsklare: 5 (sendt: 2)\n", "- Innlagte i alt: 5 (sendt: 2)\n",
        "- Lengst ventetid: 12 døgn 12 t (sendt: 9 døgn 1 t)\n",
        "5 utskrivningsklare pasienter på sykehus. 4 flere enn i går (1).",
        "9 døgn 1 t → 12 døgn 12 t"}) {
    EXPECT_THAT(edition.text, HasSubstr(said));
  }
  EXPECT_THAT(edition.text, ::testing::ContainsRegex("\nUtskrivningsklare +2→5\n"));
  EXPECT_THAT(edition.text, Not(HasSubstr("Endring siden")));
  EXPECT_THAT(edition.html, HasSubstr("9 døgn 1 t → <wbr>12 døgn 12 t"));
}

double Sum(const v1::DailyStatusIssued& status, const std::string& name,
           const std::string& prefix) {
  double sum = 0;
  for (const v1::StatusNumber& number : status.numbers())
    if (number.name() == name && number.of().starts_with(prefix)) sum += number.value();
  return sum;
}

TEST_F(CorrectedEditionTest, ACorrectionOfAHospitalAddsUpByKommuneAndByWard) {
  world_.AddStays(200, kNow);
  world_.AddBeds("MED1", 28, 25, 26, 3, "2026-03-02 06:00");
  const v1::DailyStatusIssued sent = Status("h:974749025");
  for (int i = 0; i < 3; ++i) {  // A kommune and a ward of which nothing was told.
    projections::StayEntry stay = StayOf("2026-02-10 10:00", "", i == 0 ? "0301" : "5001");
    stay.ward.Assign(i == 0 ? "NY7" : "MED1");
    AddPeriod(stay, "2026-02-25 10:00");
    world_.population().Add(stay);
  }
  world_.AddBeds("MED1", 28, 25, 20, 0, "2026-03-02 07:40");
  const v1::DailyStatusIssued recount = Status("h:974749025");
  const v1::DailyStatusIssued now = Corrected(sent, recount);
  for (const char* name : {"ukp", "inpatients"}) {
    const double all = FindNumber(now, name)->value();
    EXPECT_EQ(all, FindNumber(sent, name)->value() + 3);
    EXPECT_EQ(Sum(now, name, "k:"), all) << name;
    EXPECT_EQ(Sum(now, name, "w:"), all) << name;
  }
  for (const v1::StatusNumber& number : recount.numbers()) {
    if (!IsRecounted(number)) continue;
    const v1::StatusNumber* corrected = FindNumber(now, number.name(), number.of());
    ASSERT_NE(corrected, nullptr) << number.name() << number.of();
    EXPECT_EQ(corrected->value(), number.value()) << number.name() << number.of();
  }
  EXPECT_EQ(FindNumber(now, "beds_occupied")->value(), 26) << "as it was reported then";
  const std::string text = Compose(now, {"nb", "", &sent}).text;
  EXPECT_THAT(text, ::testing::ContainsRegex("\nOslo +0→1 +0→1 "));
  EXPECT_THAT(text, ::testing::ContainsRegex("\nAvdeling NY7 +0→1 +0→1 "));
  EXPECT_THAT(text, Not(HasSubstr("- Utskrivningsklare: 1 ")));
}

TEST_F(CorrectedEditionTest, WhoLeftSinceIsLeftOutOfItsKommuneAndWardToo) {
  const v1::DailyStatusIssued recount = Status("h:974749025");
  v1::DailyStatusIssued sent = recount;
  for (const char* name : {"ukp", "inpatients"}) {
    const_cast<v1::StatusNumber*>(FindNumber(sent, name))->set_value(4);
    for (const char* of : {"k:5031", "w:GER1"}) {
      *sent.add_numbers() = *FindNumber(sent, name);
      sent.mutable_numbers(sent.numbers_size() - 1)->set_of(of);
      sent.mutable_numbers(sent.numbers_size() - 1)->set_value(2);
    }
  }
  const v1::DailyStatusIssued now = Corrected(sent, recount);
  EXPECT_EQ(FindNumber(now, "ukp", "k:5031")->value(), 0);
  EXPECT_EQ(Sum(now, "ukp", "w:"), 2);
  EXPECT_THAT(Compose(now, {"nb", "", &sent}).text,
              ::testing::ContainsRegex("\nMalvik +2→0 +2→0 "));
}

TEST_F(CorrectedEditionTest, NobodysWaitIsNoTime) {
  const v1::DailyStatusIssued sent = Status("k:5031");
  for (int i = 0; i < 2; ++i) {
    projections::StayEntry stay = StayOf("2026-02-10 10:00", "", "5031");
    AddPeriod(stay, "2026-02-17 19:30");
    world_.population().Add(stay);
  }
  EXPECT_THAT(Compose(Corrected(sent, Status("k:5031")), {"nb", "", &sent}).text,
              HasSubstr("- Lengst ventetid: 12 døgn 12 t (sendt: –)\n"));
}

}  // namespace
}  // namespace overgang::daily_status
