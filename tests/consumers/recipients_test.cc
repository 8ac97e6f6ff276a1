// The recipients file: good lines count, bad ones are told with their line and the remedy, and
// never with what stands in them.
#include "consumers/daily_status/recipients.h"

#include <gmock/gmock.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace overgang::daily_status {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kHeader[] = "scope;id;name;email;language;what\n";

Recipients Read(const std::string& text) {
  return ReadRecipients(text, "recipients.csv", *Directory::BuiltIn(), [](std::string_view email) {
    std::string hash(email);
    absl::AsciiStrToLower(&hash);
    return hash;
  });
}

TEST(RecipientsTest, EachLineIsAReaderOfAScope) {
  const Recipients read = Read(absl::StrCat(kHeader,
                                            "kommune;5001;Ola Nordmann;ola@example.no;nb;both\n"
                                            "hospital;974749025;Drift;drift@example.no;nn;"
                                            "daily_status\n"
                                            "kommune;5031;Per;per@example.no;nb;escalation\n"));
  EXPECT_THAT(read.mistakes, IsEmpty());
  ASSERT_EQ(read.daily_status.size(), 2) << "who wants cards only gets no status";
  EXPECT_EQ(read.daily_status[0].scope, "h:974749025");
  EXPECT_EQ(read.daily_status[0].language, "nn");
  EXPECT_EQ(read.daily_status[1].scope, "k:5001");
  EXPECT_EQ(read.daily_status[1].name, "Ola Nordmann");
  EXPECT_EQ(read.daily_status[1].email, "ola@example.no");
  EXPECT_THAT(read.Scopes(), ElementsAre("h:974749025", "k:5001"));
  EXPECT_EQ(read.Find("k:5001", "ola@example.no"), &read.daily_status[1]);
  EXPECT_EQ(read.Find("k:5031", "ola@example.no"), nullptr);
  EXPECT_EQ(read.Find("k:5001", "per@example.no"), nullptr);
}

TEST(RecipientsTest, ItReadsWhatSpreadsheetsWrite) {
  const Recipients read = Read(
      "\xef\xbb\xbfscope;id;name;email;language;what\r\n\r\n"
      "kommune;5001;\"Nordmann; Ola \"\"Olle\"\"\"; ola@example.no ;nb;both\r\n");
  EXPECT_THAT(read.mistakes, IsEmpty());
  ASSERT_EQ(read.daily_status.size(), 1);
  EXPECT_EQ(read.daily_status[0].name, "Nordmann; Ola \"Olle\"");
  EXPECT_EQ(read.daily_status[0].email, "ola@example.no");
}

TEST(RecipientsTest, ABadLineIsToldAndTheGoodOnesCount) {
  struct {
    const char* line;
    const char* told;
  } const cases[] = {
      {"kommune;9876;N;n@example.no;nb;both", "id: no kommune of 2024"},
      {"hospital;123456789;N;n@example.no;nb;both", "id: the directory has no hospital"},
      {"region;5001;N;n@example.no;nb;both", "scope: must be kommune or hospital"},
      {"kommune;5001;N;secret;nb;both", "email: not an address"},
      {"kommune;5001;N;a b@secret.no;nb;both", "email: not an address"},
      {"kommune;5001;N;<secret@example.no>;nb;both", "email: not an address"},
      {"kommune;5001;N;secret@example.no>\x01;nb;both", "email: not an address"},
      {"kommune;5001;N;s\xc3\xa5@secret.no;nb;both", "email: not an address"},
      {"kommune;5001;N;a@secret..no;nb;both", "email: not an address"},
      {"kommune;5001;N;a@b@secret.no;nb;both", "email: not an address"},
      {"kommune;5001;N;n@example.no;en;both", "language: must be nb"},
      {"kommune;5001;N;n@example.no;nb;all", "what: must be daily_status"},
      {"kommune;5001;N;n@example.no;nb", "not 6 fields"},
      {"kommune;5001;N;n@example.no;nb;both;more", "not 6 fields"},
      {"kommune;5001;\"N;n@example.no;nb;both", "not 6 fields"},
  };
  for (const auto& bad : cases) {
    const Recipients read = Read(absl::StrCat(kHeader, "kommune;5001;A;a@example.no;nb;both\n",
                                              bad.line, "\nkommune;5031;B;b@example.no;nb;both\n"));
    ASSERT_EQ(read.mistakes.size(), 1) << bad.line;
    EXPECT_THAT(read.mistakes[0], HasSubstr("recipients.csv:3: ")) << bad.line;
    EXPECT_THAT(read.mistakes[0], HasSubstr(bad.told)) << bad.line;
    EXPECT_THAT(read.mistakes[0], Not(HasSubstr("secret"))) << "an address is nobody's business";
    EXPECT_EQ(read.daily_status.size(), 2) << bad.line;
  }
}

TEST(RecipientsTest, TwoLinesForOneAddressAreToldAndItGetsOneMail) {
  const Recipients read = Read(absl::StrCat(kHeader,
                                            "kommune;5001;A;a@example.no;nb;both\n"
                                            "kommune;5001;B;A@EXAMPLE.no;nn;daily_status\n"
                                            "kommune;5031;A;a@example.no;nb;both\n"));
  EXPECT_THAT(read.mistakes, ElementsAre(HasSubstr("recipients.csv:3: email: line 2 names this")));
  EXPECT_THAT(read.daily_status,
              ElementsAre(Field(&Recipient::name, "A"), Field(&Recipient::scope, "k:5031")))
      << "one person may read of two kommuner";
}

TEST(RecipientsTest, AFileWithoutItsFirstLineIsTold) {
  const Recipients read = Read("kommune;5001;A;a@example.no;nb;both\n");
  EXPECT_THAT(read.mistakes,
              ElementsAre(HasSubstr("recipients.csv:1: the first line must be scope;")));
  EXPECT_EQ(read.daily_status.size(), 1);
  for (const char* empty : {"", "\n \n", "\xef\xbb\xbf"})
    EXPECT_THAT(Read(empty).mistakes,
                ElementsAre(HasSubstr("recipients.csv:1: the file is empty")));
  EXPECT_THAT(Read("scope,id,name\n").mistakes, ElementsAre(HasSubstr("recipients.csv:1: ")));
}

TEST(RecipientsTest, ThereIsABound) {
  std::string text = kHeader;
  for (size_t i = 0; i < kRecipientsMax + 5; ++i)
    absl::StrAppend(&text, "kommune;5001;A;a", i, "@example.no;nb;both\n");
  const Recipients read = Read(text);
  EXPECT_EQ(read.daily_status.size(), kRecipientsMax);
  EXPECT_THAT(read.mistakes, ElementsAre(HasSubstr("more than 10000 recipients")));
}

}  // namespace
}  // namespace overgang::daily_status
