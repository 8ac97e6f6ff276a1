#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "producers/plo/plo_map.h"
#include "producers/plo/xml_reader.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Why(std::string_view text) { return std::string(LoadXml(text).status().message()); }

TEST(HostileXml, DocumentTypesAreRefusedWhateverTheyHold) {
  EXPECT_THAT(Why("<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>"),
              HasSubstr("DOCTYPE"));
  EXPECT_THAT(Why("<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
              HasSubstr("DOCTYPE"));
  EXPECT_THAT(Why("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
              HasSubstr("DOCTYPE"));
}

TEST(HostileXml, EntitiesOfItsOwnAreNeverExpanded) {
  const auto document = LoadXml("<a>&lol;&amp;</a>");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(TextOf((*document)->document_element()), "&lol;&");
}

TEST(HostileXml, DepthMarkupAndSizeAreBounded) {
  std::string deep;
  for (int i = 0; i < kDepthMax; ++i) deep += "<a>";
  std::string closing;
  for (int i = 0; i < kDepthMax; ++i) closing += "</a>";
  EXPECT_TRUE(LoadXml(deep + closing).ok());
  EXPECT_THAT(Why("<a>" + deep + closing + "</a>"), HasSubstr("nested"));
  std::string wide = "<a>";
  for (size_t i = 0; i < kMarkupMax; ++i) wide += "<b/>";
  EXPECT_THAT(Why(wide + "</a>"), HasSubstr("elements"));
  EXPECT_THAT(Why(std::string(kMessageBytesMax + 1, ' ')), HasSubstr("larger"));
}

TEST(HostileXml, EveryTruncationIsRefusedAndNamesItsPlace) {
  const std::string text = TestMessage().Text();
  for (size_t size = 0; size + 1 < text.size(); size += 7) {
    const auto document = LoadXml(std::string_view(text).substr(0, size));
    ASSERT_FALSE(document.ok()) << size;
    EXPECT_NE(PlaceOf(document.status()).field, "");
  }
}

TEST(HostileXml, ChangedBytesNeverCrashAndNeverShowTheNumber) {
  const auto directory = Directory::BuiltIn();
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  std::mt19937 random(7);
  const std::string original = Ukp().Text();
  for (int round = 0; round < 3000; ++round) {
    std::string text = original;
    for (int change = 0; change < 3; ++change)
      text[random() % text.size()] = static_cast<char>(random());
    const PloReading reading =
        ReadPlo(text, {*directory, pseudonymizer, PloRole::kReceiver, absl::UnixEpoch()});
    for (const v1::Envelope& fact : reading.facts)
      EXPECT_THAT(fact.SerializeAsString(), Not(HasSubstr(SyntheticNumber())));
    if (reading.refusal.has_value()) {
      EXPECT_THAT(reading.refusal->reason, Not(HasSubstr(SyntheticNumber())));
    }
  }
}

TEST(HostileXml, OneRootAndNoNul) {
  EXPECT_THAT(Why("<a/><b/>"), HasSubstr("root"));
  EXPECT_THAT(Why("<!-- nothing -->"), Not(HasSubstr("OK")));
  EXPECT_FALSE(LoadXml("<!-- nothing -->").ok());
  EXPECT_THAT(Why(std::string_view("<a>\0</a>", 8)), HasSubstr("NUL"));
  EXPECT_FALSE(LoadXml("").ok());
}

TEST(Encodings, Latin1AndUtf8AreReadAndOthersNamed) {
  const auto text = [](std::string_view bytes) {
    return TextOf((*LoadXml(bytes))->document_element());
  };
  EXPECT_EQ(text("<a>\xC3\x98ya</a>"), "Øya");
  EXPECT_EQ(text("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><a>\xC3\x98ya</a>"), "Øya");
  EXPECT_EQ(text("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xD8ya</a>"), "Øya");
  EXPECT_EQ(text("<?xml version='1.0' encoding='iso-8859-1'?><a>\xD8ya</a>"), "Øya");
  EXPECT_THAT(Why("<a>\xD8ya</a>"), HasSubstr("not UTF-8"));
  EXPECT_THAT(Why("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"), HasSubstr("encoding"));
}

TEST(Encodings, TheSamePersonIsTheSameInBoth) {
  const auto directory = Directory::BuiltIn();
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  TestMessage message;
  message.patient =
      "<FamilyName>Ødegård</FamilyName><DateOfBirth>1950-03-01</DateOfBirth><Sex V=\"1\"/>";
  const std::string utf8 = message.Text();
  const std::string latin1 =
      absl::StrReplaceAll(utf8, {{"UTF-8", "ISO-8859-1"}, {"Ø", "\xD8"}, {"å", "\xE5"}});
  const PloContext context = {*directory, pseudonymizer, PloRole::kReceiver, absl::UnixEpoch()};
  const PloReading a = ReadPlo(utf8, context);
  const PloReading b = ReadPlo(latin1, context);
  ASSERT_EQ(a.facts.size(), 2u);
  ASSERT_EQ(b.facts.size(), 2u);
  EXPECT_EQ(a.facts[0].patient_ref(), b.facts[0].patient_ref());
}

TEST(Encodings, ControlCharactersAndHalfCharactersAreLeftOut) {
  const auto document = LoadXml("<a b=\"x&#7;y\">  &#xD800;ok&#1;  </a>");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(TextOf((*document)->document_element()), "ok");
  EXPECT_EQ(AttributeOf((*document)->document_element(), "b"), "xy");
}

TEST(XmlTime, HasADateAndMaybeATimeAndAnOffset) {
  const auto time = [](std::string_view text) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S", ParseXmlTime(text)->time, absl::UTCTimeZone());
  };
  EXPECT_EQ(time("2026-01-15T10:00:00"), "2026-01-15 09:00:00");
  EXPECT_EQ(time("2026-07-15T10:00"), "2026-07-15 08:00:00");
  EXPECT_EQ(time("2026-07-15T10:00:00.123Z"), "2026-07-15 10:00:00");
  EXPECT_EQ(time("2026-07-15T10:00:00-05:30"), "2026-07-15 15:30:00");
  EXPECT_EQ(time("2026-07-15T24:00:00"), "2026-07-15 22:00:00");
  EXPECT_EQ(time("2026-07-15"), "2026-07-15 10:00:00");
  EXPECT_EQ(ParseXmlTime("2026-07-15T10:00")->precision, v1::PRECISION_MINUTE);
  for (const char* text :
       {"", "2026", "2026-07", "2026-02-29", "2026-07-15T", "2026-07-15T25:00:00",
        "2026-07-15T10:60:00", "2026-07-15T10:00:00.", "2026-07-15T10:00:00+1", "2026-07-15 10:00",
        "0000-01-01", "9999-01-01T00:00:00", "2026-07-15T24:00:01", "-026-07-15"}) {
    EXPECT_FALSE(ParseXmlTime(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace overgang::plo
