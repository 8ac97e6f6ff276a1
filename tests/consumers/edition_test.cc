#include "consumers/daily_status/edition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/daily_status/definitions.h"
#include "consumers/daily_status/mail_page.h"
#include "consumers/daily_status/mime.h"
#include "consumers/daily_status/numbers.h"
#include "consumers/daily_status/picture.h"
#include "tests/adapters/temp_dir.h"
#include "tests/consumers/edition_fixture.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(EditionTest, TheSubjectSaysItAll) {
  EXPECT_EQ(Compose(Status()).subject, "UKP Trondheim 07.30: 2 (+1), 1 over 7 døgn");
  EXPECT_EQ(Compose(Status("h:974749025")).subject,
            "UKP St. Olavs hospital 07.30: 2 (+1), 1 over 7 døgn");
  EXPECT_EQ(Compose(Status("k:5031")).subject, "UKP Malvik 07.30: 0 (0)");
  v1::DailyStatusIssued fewer = Status();
  const_cast<v1::StatusNumber*>(FindNumber(fewer, "ukp_change"))->set_value(-3);
  EXPECT_EQ(Compose(fewer).subject, "UKP Trondheim 07.30: 2 (\u22123), 1 over 7 døgn");
  const_cast<v1::StatusNumber*>(FindNumber(fewer, "ukp_change"))->set_unknown(true);
  EXPECT_EQ(Compose(fewer).subject, "UKP Trondheim 07.30: 2, 1 over 7 døgn");
}

TEST_F(EditionTest, PlainTextSaysWhatTheHtmlSays) {
  const Edition edition = Compose(Status(), {"nb", "https://o.example", nullptr});
  for (const char* said :
       {"Per mandag 2. mars 2026 kl. 07.30", "2 utskrivningsklare pasienter på sykehus.",
        "Én flere enn i går (1).", "Alle ligger på St. Olavs hospital.", "9 døgn 1 t",
        "Fra søndag 1. mars 2026 kl. 07.30 til mandag 2. mars 2026 kl. 07.30.", "6\u202f200 kr",
        "Øya helsehus: Korttid (Trondheim og Malvik)", "27. februar 06.00 (eldre enn ett døgn)",
        "Trondheim rehabilitering: Rehabilitering", "ikke meldt", "Ledige i over ett døgn: 2.",
        "Snitt av de siste mandagene", "Innleggelser og utskrivninger (ADT) fra St. Olavs hospital",
        "https://o.example/#/kommune/5001", "https://o.example/definisjoner",
        "Alle tallene er vedlagt som CSV og XLSX."}) {
    EXPECT_THAT(edition.text, HasSubstr(said));
    EXPECT_THAT(edition.html, HasSubstr(said));
  }
  EXPECT_THAT(edition.text, ::testing::ContainsRegex("\nUtskrivningsklare +2\n"));
  EXPECT_THAT(edition.text, ::testing::ContainsRegex("\n  Over 7 døgn +1\n"));
}

TEST_F(EditionTest, HalvesAreRoundedUp) {
  v1::DailyStatusIssued status = Status();
  for (const auto& [mean, said] : {std::pair(0.25, "0,3"), {28.75, "28,8"}, {2.0, "2"}}) {
    const_cast<v1::StatusNumber*>(FindNumber(status, "ukp_mean_same_weekday"))->set_value(mean);
    EXPECT_THAT(Compose(status).text,
                HasSubstr(absl::StrCat("Snitt av de siste mandagene: ", said, ".")));
  }
}

TEST_F(EditionTest, HtmlIsForReadersOfAllKinds) {
  const std::string html = Compose(Status(), {"nb", "https://o.example", nullptr}).html;
  EXPECT_THAT(html, HasSubstr("<html lang=\"nb\""));
  EXPECT_THAT(html, HasSubstr("<h1 "));
  EXPECT_THAT(html, HasSubstr("scope=\"col\""));
  EXPECT_THAT(html, HasSubstr("scope=\"row\""));
  EXPECT_THAT(html, HasSubstr("alt=\"Stolpediagram over utskrivningsklare kl. 07.30"));
  EXPECT_THAT(html, HasSubstr("href=\"https://o.example/definisjoner#awaiting_answer\""));
  // Nothing is fetched from anywhere.
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
  const std::regex source("src=\"(?!cid:)");
  EXPECT_FALSE(std::regex_search(html, source));
}

TEST_F(EditionTest, WithoutAPageThereAreNoLinks) {
  const Edition edition = Compose(Status());
  EXPECT_THAT(edition.html, Not(HasSubstr("href=")));
  EXPECT_THAT(edition.text, Not(HasSubstr("tavla")));
}

TEST_F(EditionTest, NynorskIsNynorskThroughout) {
  const Edition edition = Compose(Status(), {"nn", "https://o.example", nullptr});
  EXPECT_THAT(edition.text, HasSubstr("2 utskrivingsklare pasientar på sjukehus."));
  EXPECT_THAT(edition.text, HasSubstr("Per måndag 2. mars 2026 kl. 07.30"));
  EXPECT_THAT(edition.html, HasSubstr("<html lang=\"nn\""));
  EXPECT_THAT(edition.html, HasSubstr("/definisjonar#ukp\""));
  for (const char* bokmal : {"sykehus ", "ikke ", "Ledige plasser", "mandag", "Kilder"})
    EXPECT_THAT(edition.text, Not(HasSubstr(bokmal)));
}

TEST_F(EditionTest, ALateStatusAMissedDayAndAStaleSourceAreTold) {
  v1::DailyStatusIssued status = Status("k:5001", "2026-03-02 09:12");
  EXPECT_THAT(Compose(status).text, Not(HasSubstr("\n! ")));
  status.set_late(true);
  status.set_missed_date("2026-03-01");
  status.mutable_as_of()->mutable_sources(0)->set_stale(true);
  const Edition edition = Compose(status);
  EXPECT_THAT(edition.subject, StartsWith("UKP Trondheim 2.3. 09.12: "));
  for (const char* said :
       {"Denne statusen er laget etter den faste tiden.",
        "Det ble ikke sendt noen status søndag 1. mars 2026.",
        "Foreldet kilde: Innleggelser og utskrivninger (ADT) fra St. Olavs hospital, sist hørt "
        "mandag 2. mars 2026 kl. 07.29."}) {
    EXPECT_THAT(edition.text, HasSubstr(said));
    EXPECT_THAT(edition.html, HasSubstr(said));
  }
  EXPECT_THAT(edition.text, HasSubstr("Utskrivningsklare kl. 07.30 hver dag")) << "of past days";
  v1::DailyStatusIssued lagging = Status();
  lagging.mutable_as_of()->set_stale(true);
  EXPECT_THAT(Compose(lagging).text, HasSubstr("Huben ligger etter loggen."));
}

TEST_F(EditionTest, WhatTheDirectoryHasNoNameForIsCalledWhatItIs) {
  v1::DailyStatusIssued status = Status();
  for (v1::StatusNumber& number : *status.mutable_numbers())
    if (number.of() == "5001-oya/korttid") number.set_of("5001-ny/korttid");
  EXPECT_THAT(Compose(status).text, HasSubstr("Enhet uten navn (5001-ny): Korttid"));
  EXPECT_THAT(Compose(status, {"nn", "", nullptr}).text,
              HasSubstr("Eining utan namn (5001-ny): Korttid"));
  status.set_scope("h:983658776");
  EXPECT_THAT(Compose(status).subject, StartsWith("UKP Sykehus 983658776 07.30: "));
}

TEST_F(EditionTest, AYearWithoutAPriceSaysSo) {
  auto question = world_.Question(kNow);
  const PaymentTerms without({}, {});
  question.terms = &without;
  const auto statuses = CountStatuses(question, {"k:5001"});
  ASSERT_TRUE(statuses.ok());
  EXPECT_THAT(Compose(statuses->front()).text, HasSubstr("Prisen per døgn er ikke satt for året."));
}

TEST_F(EditionTest, TheSameFactGivesTheSameBytes) {
  world_.AddStays(300, kNow);
  for (const char* scope : {"k:5001", "h:974749025"}) {
    const v1::DailyStatusIssued status = Status(scope);
    v1::DailyStatusIssued read;  // As it comes back from the log.
    ASSERT_TRUE(read.ParseFromString(status.SerializeAsString()));
    const MailHead head{"a@b.example", "1@o.example", OsloTime(kNow)};
    const MailHead later{"a@b.example", "1@o.example", OsloTime("2026-03-02 08:00")};
    const auto compose = [&](const v1::DailyStatusIssued& from, const MailHead& with) {
      const auto mail = ComposeMail(from, {}, with, *Templates::BuiltIn(), *Directory::BuiltIn());
      EXPECT_TRUE(mail.ok()) << mail.status();
      return mail.ok() ? mail->message() : "";
    };
    const std::string once = compose(status, head);
    EXPECT_EQ(once, compose(read, head));
    const std::string another = compose(read, later);
    EXPECT_NE(once, another);
    EXPECT_EQ(DigestOfMessage(once), DigestOfMessage(another)) << "but for its Date";
    EXPECT_EQ(DigestOfMessage(once).size(), 64U);
    MailHead addressed = head;
    addressed.to = "leser@example.no";
    const std::string to_one = compose(status, addressed);
    EXPECT_THAT(to_one, HasSubstr("\r\nTo: leser@example.no\r\n"));
    EXPECT_EQ(DigestOfMessage(once), DigestOfMessage(to_one)) << "and tells nothing of who gets it";
    EXPECT_NE(DigestOfMessage(once),
              DigestOfMessage(compose(read, {"a@b.example", "2@o.example", OsloTime(kNow)})));
  }
}

TEST_F(EditionTest, WhatCannotBeComposedSaysWhy) {
  const auto refuse = [&](const v1::DailyStatusIssued& status, const EditionOptions& options) {
    return ComposeEdition(status, options, *Templates::BuiltIn(), *Directory::BuiltIn())
        .status()
        .message();
  };
  EXPECT_THAT(std::string(refuse(Status(), {"en", "", nullptr})), HasSubstr("no mails in en"));
  v1::DailyStatusIssued status = Status();
  status.set_date("yesterday");
  EXPECT_NE(refuse(status, {}), "");
  EXPECT_FALSE(MailOf(Compose(Status()), {"nobody", "1@o.example", OsloTime(kNow)}).ok());
  EXPECT_FALSE(MailOf(Compose(Status()), {"a@b.example", "1", OsloTime(kNow)}).ok());
  EXPECT_FALSE(
      MailOf(Compose(Status()), {"a@b.example", "1@o.example", OsloTime(kNow), "a\r\nBcc: b@c"})
          .ok());
}

// Every text that the program asks for is there, in both languages, and none for nothing.
TEST_F(EditionTest, EveryTextThatIsSaidIsThere) {
  std::set<std::string> said;
  std::string all;
  for (const auto& file : std::filesystem::directory_iterator(OVERGANG_DAILY_STATUS)) {
    if (file.path().extension() != ".cc") continue;
    std::ifstream in(file.path());
    all += std::string(std::istreambuf_iterator<char>(in), {});
  }
  const std::regex text("\"([a-z_0-9]+(\\.[a-z_0-9]+)+)\"");
  for (std::sregex_iterator it(all.begin(), all.end(), text), end; it != end; ++it)
    said.insert((*it)[1]);
  said.insert({"title", "subject", "as_of", "moment", "today", "tomorrow", "unknown", "hidden",
               "none", "stale", "fresh", "later", "kr", "percent", "today_at", "attached",
               "footer"});
  for (const std::string& id : SectionIds()) said.insert("heading." + id);
  for (const std::string_view name : NumberNames()) {
    said.insert("n." + std::string(name));
    said.insert("d." + std::string(name));
  }
  for (const char* language : {"nb", "nn"}) {
    const Words& words = *Templates::BuiltIn()->WordsOf(language);
    for (const std::string& key : said) {
      if (key.find(".txt") != std::string::npos || key.find(".html") != std::string::npos ||
          key == "trend.png") {
        continue;
      }
      EXPECT_TRUE(words.Has(key)) << language << " has no " << key;
    }
  }
}

TEST_F(EditionTest, EveryNumberIsNamedAndExplained) {
  world_.AddStays(300, kNow);
  world_.AddBeds("MED1", 28, 25, 26, 3, "2026-03-02 06:00");
  world_.AddEmergencyDepartment(1, 1, 1, "2026-03-02 06:00");
  world_.AddPlaces("5001-oya", v1::PLACE_KIND_KAD, 8, 1, "2026-03-02 01:00", "2026-03-03 07:30");
  const auto names = NumberNames();
  const std::string page = DefinitionsPage(*Templates::BuiltIn(), "nb");
  for (const char* scope : {"k:5001", "h:974749025"}) {
    const v1::DailyStatusIssued status = Status(scope);
    for (const v1::StatusNumber& number : status.numbers()) {
      EXPECT_NE(std::ranges::find(names, number.name()), names.end()) << number.name();
      EXPECT_THAT(page, HasSubstr("<dt id=\"" + number.name() + "\">"));
      EXPECT_TRUE(Templates::BuiltIn()->WordsOf("nn")->Has("unit." + number.unit()))
          << number.unit();
    }
  }
}

// docs/status.md has each number with the name, unit and definition that the program has.
TEST_F(EditionTest, TheDocumentSaysWhatTheProgramSays) {
  std::ifstream in(OVERGANG_STATUS_RULES);
  const std::string document(std::istreambuf_iterator<char>(in), {});
  const Words& words = *Templates::BuiltIn()->WordsOf("nb");
  for (const std::string_view name : NumberNames()) {
    const std::string n(name);
    EXPECT_THAT(document, HasSubstr("| `" + n + "` | " + words.Say("n." + n) + " | "));
    EXPECT_THAT(document, HasSubstr(" | " + words.Say("d." + n) + " |\n"));
  }
}

class TemplatesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name) << bytes;
  }
  std::string Mistakes() {
    const auto loaded = Templates::Load(folder_.path());
    return loaded.ok() ? "" : std::string(loaded.status().message());
  }
  TempDir folder_;
};

TEST_F(TemplatesTest, TheBuiltInOnesAreProven) {
  EXPECT_TRUE(Prove(*Templates::BuiltIn()).ok()) << Prove(*Templates::BuiltIn());
  for (const EmbeddedFile& file : BuiltInFiles())
    Write(std::string(file.name), std::string(file.bytes));
  EXPECT_EQ(Mistakes(), "") << "a copy of them is right as well";
}

TEST_F(TemplatesTest, AnOperatorsFilesReplaceTheBuiltInOnesOneByOne) {
  Write("words.nb.txt", "subject = {{name}} har {{ukp}}, {{n.free_places}} ledige\n");
  Write("layout.txt", "kommune = places\n");
  Write("status.txt", "{{title}}: {{n.ukp_over_24h}}{{#sections}} {{heading}}{{/sections}}\n");
  const auto templates = Templates::Load(folder_.path());
  ASSERT_TRUE(templates.ok()) << templates.status();
  StatusWorld world(1);
  world.AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, 2, "2026-03-02 06:00");
  const auto statuses = CountStatuses(world.Question(kNow), {"k:5001"});
  ASSERT_TRUE(statuses.ok());
  const auto edition = ComposeEdition(statuses->front(), {}, **templates, *Directory::BuiltIn());
  ASSERT_TRUE(edition.ok());
  EXPECT_EQ(edition->subject, "Trondheim har 0, 2 ledige");
  EXPECT_EQ(edition->text, "UKP Trondheim: 0 Ledige plasser\n");
}

TEST_F(TemplatesTest, EveryMistakeIsToldWithItsFileAndLineAndWhatToDo) {
  Write("words.nb.txt", "title = UKP {{nmae}}\nsubjekt = x\nkr = {{amuont}} kr\nno key\n");
  EXPECT_THAT(Mistakes(), HasSubstr("words.nb.txt:4: no key; write key = text"));
  Write("words.nb.txt", "title = UKP {{nmae}}\nsubjekt = x\nkr = {{amuont}} kr\n");
  Write("layout.txt", "# mine\nkommune = placs, waiting\nsykehus = beds\n");
  Write("status.html", "<p>{{titel}}</p>\n{{#rows}}\n");
  std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr("words.nb.txt:2: subjekt: there is no such key; did you mean "
                                  "subject?"));
  EXPECT_THAT(mistakes, HasSubstr("{{amuont}}: there is nothing of this name here; did you mean "
                                  "{{amount}}?"));
  EXPECT_THAT(mistakes, HasSubstr("layout.txt:2: placs: there is no such part; did you mean "
                                  "places?"));
  EXPECT_THAT(mistakes, HasSubstr("layout.txt:3: sykehus: is neither kommune nor hospital"));
  EXPECT_THAT(mistakes, HasSubstr("status.html:2: {{#rows}}: has no end"));
  Write("words.nb.txt", "title = UKP {{nmae}}\n");
  Write("layout.txt", "");
  Write("status.html", "<p>{{titel}}</p>\n{{#sections}}{{#rows}}{{lin}}{{/rows}}{{/sections}}\n");
  mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr("words.nb.txt:1:1: {{nmae}}: there is nothing of this name"));
  EXPECT_THAT(mistakes, HasSubstr("status.html:1: {{titel}}: there is nothing of this name here; "
                                  "did you mean {{title}}?"));
  EXPECT_THAT(mistakes, HasSubstr("status.html:2: {{lin}}: there is nothing of this name here; did "
                                  "you mean {{line}}?"));
}

TEST_F(TemplatesTest, AFolderThatIsNotThereOrAFileNobodyUsesIsAMistake) {
  EXPECT_THAT(std::string(Templates::Load(folder_ / "none").status().message()),
              HasSubstr("name a folder that the hub may read"));
  Write("word.nb.txt", "title = x\n");
  EXPECT_THAT(Mistakes(), HasSubstr("word.nb.txt: no mail uses this file; did you mean "
                                    "words.nb.txt?"));
}

TEST(PictureTest, DaysThatAreNotKnownAreLeftOut) {
  Trend trend;
  for (int i = 0; i < 29; ++i) trend.days.push_back({absl::CivilDay(2026, 2, 2) + i, {}});
  const auto empty = DrawTrend(trend, "i dag");
  ASSERT_TRUE(empty.ok());
  EXPECT_THAT(*empty, StartsWith("\x89PNG"));
  trend.days.back().ukp = 1234;
  const auto one = DrawTrend(trend, "i dag");
  ASSERT_TRUE(one.ok());
  EXPECT_NE(*empty, *one);
  EXPECT_EQ(trend.most(), 1234);
}

}  // namespace
}  // namespace overgang::daily_status
