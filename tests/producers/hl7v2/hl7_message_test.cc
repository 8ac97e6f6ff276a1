#include "producers/hl7v2/hl7_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"

namespace overgang::hl7v2 {
namespace {

constexpr std::string_view kHead = "MSH|^~\\&|EPR|STO|HUB|REG|20260310101500||ADT^A01|M1|P|2.5";

TEST(Message, CountsFieldsAsHl7Does) {
  Message message;
  ASSERT_TRUE(
      message.Read("MSH|^~\\&|EPR|STO^1.2.3^ISO\rPID|1||4711^^^STO&9.9&ISO^MR~4712\r").ok());
  EXPECT_EQ(message.msh().Field(1), "|");
  EXPECT_EQ(message.msh().Field(2), "^~\\&");
  EXPECT_EQ(message.msh().Field(3), "EPR");
  EXPECT_EQ(message.Component(message.msh().Field(4), 2), "1.2.3");
  const std::string_view pid3 = message.Field("PID", 3);
  EXPECT_EQ(message.Repetition(pid3, 2), "4712");
  EXPECT_EQ(message.Repetition(pid3, 3), "");
  const std::string_view authority = message.Component(message.Repetition(pid3, 1), 4);
  EXPECT_EQ(message.Subcomponent(authority, 2), "9.9");
  EXPECT_EQ(message.Field("PID", 99), "");
  EXPECT_EQ(message.Field("ZZZ", 1), "");
}

TEST(Message, SegmentsEndWithAnyLineEnd) {
  for (const std::string_view end : {"\r", "\n", "\r\n"}) {
    Message message;
    const std::string text = std::string(kHead) + std::string(end) + "EVN|A01" + std::string(end) +
                             "PID|1|x" + std::string(end);
    ASSERT_TRUE(message.Read(text).ok());
    ASSERT_EQ(message.segments().size(), 3u);
    EXPECT_EQ(message.Field("EVN", 1), "A01");
    EXPECT_EQ(message.Field("PID", 2), "x");
  }
}

TEST(Message, SkipsAByteOrderMarkAndBlankLinesBeforeMsh) {
  Message message;
  const std::string text = "\xEF\xBB\xBF\r\n" + std::string(kHead);
  ASSERT_TRUE(message.Read(text).ok());
  EXPECT_EQ(message.msh().Field(3), "EPR");
}

TEST(Message, DelimitersMayBeUnusual) {
  Message message;
  ASSERT_TRUE(message.Read("MSH$*%!+$EPR$STO\rPID$1$$47!S!11***A+B*MR%2\r").ok());
  const std::string_view pid3 = message.Field("PID", 3);
  EXPECT_EQ(message.Value(pid3), "47*11");
  EXPECT_EQ(message.Value(message.Component(message.Repetition(pid3, 1), 4)), "A");
  EXPECT_EQ(message.Repetition(pid3, 2), "2");
}

TEST(Message, EscapeAndSubcomponentSeparatorMayBeMissing) {
  Message message;
  ASSERT_TRUE(message.Read("MSH|^~|EPR\rPID|a\\F\\b&c\r").ok());
  EXPECT_EQ(message.Value(message.Field("PID", 1)), "a\\F\\b&c");
}

TEST(Message, RefusesWhatIsNoMessageAndNamesThePlace) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "MSH"},
      {"MSH", "MSH"},
      {"PID|1\rMSH|^~\\&|", "MSH"},
      {"MSHx^~\\&|EPR", "MSH"},
      {"MSH|^", "MSH-2"},
      {"MSH||EPR", "MSH-2"},
      {"MSH|^^\\&|EPR", "MSH-2"},
      {"MSH|^~|\\", ""},
      {"MSH|^~\\|", ""},
      {"MSH|^~A&|EPR", "MSH-2"},
      {"MSH|^~\\^|EPR", "MSH-2"},
  };
  for (const auto& [text, place] : cases) {
    Message message;
    const absl::Status status = message.Read(text);
    EXPECT_EQ(status.ok(), place.empty()) << text;
    EXPECT_EQ(PlaceOf(status).field, place) << text;
  }
}

TEST(Message, UnescapesOnlyWhatIsAskedFor) {
  Message message;
  ASSERT_TRUE(message.Read(kHead).ok());
  EXPECT_EQ(message.Text("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"), "a|b^c&d~e\\f");
  EXPECT_EQ(message.Text("line\\.br\\break"), "line\nbreak");
  EXPECT_EQ(message.Text("\\X4869\\!"), "Hi!");
  EXPECT_EQ(message.Text("\\XE5\\"), "å");    // Latin letters where nothing else is stated,
  EXPECT_EQ(message.Text("\\XC3A5\\"), "å");  // and UTF-8 where it is that.
  EXPECT_EQ(message.Text("\\X4\\\\Xzz\\\\H\\bold\\N\\"), "bold");
  EXPECT_EQ(message.Text("a lone \\ stays"), "a lone \\ stays");
}

TEST(Message, EmptyAndDeleteAreNotTheSame) {
  Message message;
  ASSERT_TRUE(message.Read("MSH|^~\\&|EPR\rPID||\"\"|\"\"^x\r").ok());
  EXPECT_FALSE(IsDelete(message.Field("PID", 1)));
  EXPECT_TRUE(IsDelete(message.Field("PID", 2)));
  EXPECT_EQ(message.Value(message.Field("PID", 2)), "");
  EXPECT_EQ(message.Value(message.Field("PID", 3), 1), "");
  EXPECT_EQ(message.Value(message.Field("PID", 3), 2), "x");
}

TEST(Message, ReadsTheCharacterSetsThatAreUsed) {
  struct Case {
    std::string_view msh18, bytes;
  };
  // "Bø €" as far as the set has it.
  const std::pair<Case, std::string_view> cases[] = {
      {{"UNICODE UTF-8", "B\xC3\xB8"}, "Bø"},
      {{"8859/1", "B\xF8"}, "Bø"},
      {{"ISO-8859-1", "B\xF8"}, "Bø"},
      {{"8859/15", "B\xF8 \xA4"}, "Bø €"},
      {{"Windows-1252", "B\xF8 \x80"}, "Bø €"},
      {{"", "B\xF8"}, "Bø"},
      {{"", "B\xC3\xB8"}, "Bø"},
      {{"ASCII", "B\xF8"}, "Bø"},
      {{"KOI8", "B\xF8"}, "Bø"},
      {{"UNICODE UTF-8", "B\xF8"}, "B\xEF\xBF\xBD"},
      {{"8859/1~UNICODE UTF-8", "B\xF8"}, "Bø"},
  };
  for (const auto& [c, expected] : cases) {
    Message message;
    const std::string text = std::string(kHead) + "||||||" + std::string(c.msh18) + "\rPID|" +
                             std::string(c.bytes) + "|\r";
    ASSERT_TRUE(message.Read(text).ok());
    EXPECT_EQ(message.Field("PID", 1), expected) << c.msh18;
    EXPECT_TRUE(IsUtf8(message.Field("PID", 1)));
  }
}

TEST(Message, KeepsMshAsReceivedBesideItsText) {
  Message message;
  const std::string text = "MSH|^~\\&|EPR|B\xF8||||||M\xF8|P|2.5||||||8859/1\r";
  ASSERT_TRUE(message.Read(text).ok());
  EXPECT_EQ(message.msh().Field(10), "Mø");
  EXPECT_EQ(message.raw_msh().Field(10), "M\xF8");
}

TEST(Message, CanBeReadAnew) {
  Message message;
  const std::string longer = std::string(kHead) + "\rPID|1\rPV1|1\r";
  ASSERT_TRUE(message.Read(longer).ok());
  ASSERT_FALSE(message.Read("nothing").ok());
  EXPECT_EQ(message.raw_msh().Field(10), "");
  ASSERT_TRUE(message.Read(kHead).ok());
  EXPECT_EQ(message.segments().size(), 1u);
}

TEST(Utf8, KnowsWhatIsNotUtf8) {
  EXPECT_TRUE(IsUtf8("æøå € \xF0\x9F\x98\x80"));
  for (const std::string_view bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(Escaped, IsReadBackAsItWas) {
  Message message;
  ASSERT_TRUE(message.Read(kHead).ok());
  const std::string text = "a|b^c~d\\e&f";
  const std::string escaped = Escaped(text, message.delimiters());
  EXPECT_EQ(escaped.find('|'), std::string::npos);
  EXPECT_EQ(message.Text(escaped), text);
}

}  // namespace
}  // namespace overgang::hl7v2
