#include "core/mustache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overgang::mustache {
namespace {

using ::testing::HasSubstr;

std::string Rendered(std::string_view text, const Object& data, Escape escape = Escape::kNothing) {
  const auto parsed = Template::Parse("t", text, escape);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->Render(data) : "";
}

std::string Mistakes(std::string_view text, const Object& example) {
  const auto parsed = Template::Parse("mail.html", text, Escape::kHtml);
  if (!parsed.ok()) return std::string(parsed.status().message());
  return std::string(parsed->Check(example).message());
}

TEST(MustacheTest, NamesAreFilledIn) {
  EXPECT_EQ(Rendered("a {{x}} b {{y.z}}", {{"x", "1"}, {"y", Object{{"z", "2"}}}}), "a 1 b 2");
}

TEST(MustacheTest, WhatIsFilledIntoHtmlIsEscapedUnlessMeantNotToBe) {
  const Object data = {{"x", "<b> & \"c\""}};
  EXPECT_EQ(Rendered("{{x}}", data, Escape::kHtml), "&lt;b&gt; &amp; &quot;c&quot;");
  EXPECT_EQ(Rendered("{{{x}}}", data, Escape::kHtml), "<b> & \"c\"");
  EXPECT_EQ(Rendered("{{x}}", data), "<b> & \"c\"");
}

TEST(MustacheTest, SectionsStandForEachOrForWhatIsThere) {
  const Object data = {{"rows", List{{{"n", "1"}}, {{"n", "2"}}}},
                       {"none", List{}},
                       {"yes", true},
                       {"no", false},
                       {"empty", ""},
                       {"outer", "o"}};
  EXPECT_EQ(Rendered("{{#rows}}{{n}}{{outer}},{{/rows}}", data), "1o,2o,");
  EXPECT_EQ(Rendered("{{#none}}x{{/none}}{{^none}}y{{/none}}", data), "y");
  EXPECT_EQ(Rendered("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^no}}c{{/no}}", data), "ac");
  EXPECT_EQ(
      Rendered("{{#empty}}a{{/empty}}{{^empty}}b{{/empty}}{{#outer}}{{outer}}{{/outer}}", data),
      "bo");
}

TEST(MustacheTest, ALineOfMarksAloneLeavesNoLine) {
  const Object data = {{"rows", List{{{"n", "1"}}, {{"n", "2"}}}}};
  EXPECT_EQ(Rendered("a\n  {{#rows}}\n{{n}}\n  {{/rows}}\n{{! remark }}\nb\n", data),
            "a\n1\n2\nb\n");
  EXPECT_EQ(Rendered("{{#rows}}\nx\n{{/rows}}", data), "x\nx\n");
  EXPECT_EQ(Rendered("a {{#rows}}{{n}}{{/rows}}\nb", data), "a 12\nb");
}

TEST(MustacheTest, EveryUnknownNameIsToldWithItsLineAlsoWhereNothingIsShown) {
  const Object example = {{"ukp", "1"}, {"rows", List{{{"label", "x"}}}}, {"late", false}};
  const std::string mistakes = Mistakes(
      "{{ukp}}\n{{upk}}\n{{#late}}\n{{#rows}}{{labl}}{{/rows}}\n{{/late}}\n{{^ukp}}{{q}}{{/ukp}}",
      example);
  EXPECT_THAT(mistakes, HasSubstr("mail.html:2: {{upk}}: there is nothing of this name here; did "
                                  "you mean {{ukp}}?\n"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:4: {{labl}}: there is nothing of this name here; did "
                                  "you mean {{label}}?\n"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:6: {{q}}"));
  EXPECT_EQ(Mistakes("{{ukp}}{{#rows}}{{label}}{{/rows}}{{#late}}x{{/late}}", example), "");
}

TEST(MustacheTest, AListIsNoText) {
  EXPECT_THAT(Mistakes("a\n{{rows}}", {{"rows", List{{{"a", "1"}}}}}),
              HasSubstr("mail.html:2: {{rows}}: is no text; write {{#rows}} .. {{/rows}}"));
}

TEST(MustacheTest, BrokenMarksAreToldAllWithTheirLines) {
  const std::string mistakes = Mistakes("{{#a}}\n{{/b}}\n{{>part}}\n{{=<% %>=}}\n{{}}\n{{x", {});
  EXPECT_THAT(mistakes, HasSubstr("mail.html:2: {{/b}}: ends nothing that is open; the open one is "
                                  "a of line 1"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:3: {{>part}}: is no name"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:4: "));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:5: {{}}: is no name"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:6: {{x: has no end; write }} behind the name"));
  EXPECT_THAT(mistakes, HasSubstr("mail.html:1: {{#a}}: has no end; write {{/a}} behind it"));
}

}  // namespace
}  // namespace overgang::mustache
