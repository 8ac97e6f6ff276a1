#include "producers/importer/csv_reader.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  int64_t number = 0;
  std::vector<std::string> values;
  std::optional<Fault> fault;
};

std::vector<Read> ReadAll(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<Read> lines;
  while (const CsvLine* line = reader.Next())
    lines.push_back({line->number, {line->values.begin(), line->values.end()}, line->fault});
  EXPECT_EQ(reader.bytes_read(), static_cast<int64_t>(text.size()));
  EXPECT_FALSE(reader.failed());
  return lines;
}

TEST(CsvReader, ValuesAreSeparatedBySemicolons) {
  const auto lines = ReadAll("a;b,c;\n;;d\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0].values, ElementsAre("a", "b,c", ""));
  EXPECT_THAT(lines[1].values, ElementsAre("", "", "d"));
}

TEST(CsvReader, ByteOrderMarkLineEndsAndBlankLinesSayNothing) {
  const auto lines = ReadAll(
      "\xEF\xBB\xBF"
      "a;b\r\n\r\n\nc;d\r\ne;f");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0].values, ElementsAre("a", "b"));
  EXPECT_THAT(lines[1].values, ElementsAre("c", "d"));
  EXPECT_EQ(lines[1].number, 4);  // As an editor counts.
  EXPECT_THAT(lines[2].values, ElementsAre("e", "f"));
  EXPECT_EQ(lines[2].number, 5);
}

TEST(CsvReader, QuotesKeepSeparatorsAndQuotes) {
  const auto lines = ReadAll("\"a;b\";\"\";\"say \"\"no\"\"\";x\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0].values, ElementsAre("a;b", "", "say \"no\"", "x"));
}

TEST(CsvReader, AQuoteThatIsNotClosedSpoilsItsOwnLineOnly) {
  const auto lines = ReadAll("a;\"b\nc;d\n");
  ASSERT_EQ(lines.size(), 2u);
  ASSERT_TRUE(lines[0].fault);
  EXPECT_EQ(lines[0].fault->column, 2);
  EXPECT_THAT(lines[0].fault->what, HasSubstr("not closed"));
  EXPECT_FALSE(lines[1].fault);
  EXPECT_THAT(lines[1].values, ElementsAre("c", "d"));
}

TEST(CsvReader, FaultsNameTheColumn) {
  const auto fault = [](const std::string& text) {
    const auto lines = ReadAll(text);
    EXPECT_EQ(lines.size(), 1u);
    return lines.at(0).fault.value_or(Fault{-1, "", "", ""});
  };
  EXPECT_EQ(fault("a;b\"c;d\n").column, 2);
  EXPECT_THAT(fault("a;b\"c;d\n").what, HasSubstr("quote stands within"));
  EXPECT_EQ(fault("a;b;\"c\"d\n").column, 3);
  EXPECT_THAT(fault("a;b;\"c\"d\n").what, HasSubstr("after the closing quote"));
  EXPECT_EQ(fault("a;S\xF8r\n").column, 2);  // ISO 8859-1.
  EXPECT_THAT(fault("a;S\xF8r\n").remedy, HasSubstr("UTF-8"));
  EXPECT_EQ(fault("a;b\tc\n").column, 2);
  EXPECT_THAT(fault("a;b\tc\n").what, HasSubstr("control"));
  EXPECT_EQ(fault(std::string("a\0;\0b\0", 6)).column, 1);  // UTF-16.
}

TEST(CsvReader, WhatLooksLikeUtf8AndIsNotIsFound) {
  for (const char* text : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF0\x8F\x80\x80", "\xE2\x82", "\x80", "\xF5\x80\x80\x80"}) {
    const auto lines = ReadAll(std::string("a;") + text);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(lines[0].fault) << testing::PrintToString(std::string(text));
  }
  EXPECT_FALSE(ReadAll("Sør-Fron;€;\xF0\x9F\x9A\x91\n").at(0).fault);
}

TEST(CsvReader, ALineTooLongIsToldAndTheNextIsRead) {
  const std::string long_one(kLineBytesMax + 1, 'x');
  const auto lines =
      ReadAll(std::string(kLineBytesMax, 'y') + "\n" + long_one + "\na;b\n" + long_one);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_FALSE(lines[0].fault);
  ASSERT_TRUE(lines[1].fault);
  EXPECT_THAT(lines[1].fault->what, HasSubstr("too long"));
  EXPECT_THAT(lines[2].values, ElementsAre("a", "b"));
  EXPECT_TRUE(lines[3].fault);
}

TEST(CsvReader, LinesThatLieAcrossReadsAreWhole) {
  std::string text;
  const std::string value(997, 'v');  // Not a divisor of kReadBytes.
  size_t count = 0;
  for (; text.size() < 3 * kReadBytes; ++count) text += std::to_string(count) + ";" + value + "\n";
  const auto lines = ReadAll(text);
  ASSERT_EQ(lines.size(), count);
  for (size_t i = 0; i < count; ++i)
    ASSERT_THAT(lines[i].values, ElementsAre(std::to_string(i), value));
}

TEST(CsvReader, AnEmptyFileHasNoLines) {
  EXPECT_TRUE(ReadAll("").empty());
  EXPECT_TRUE(ReadAll("\n\r\n").empty());
}

}  // namespace
}  // namespace overgang::importer
