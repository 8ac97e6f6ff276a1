#include "core/url_form.h"

#include <gmock/gmock.h>

namespace overgang {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(UrlFormTest, ReadsWhatABrowserSends) {
  EXPECT_THAT(*FormFields("hva=utfort&tekst=f%C3%B8r+n%c3%a5%0D%0A2+%26+3%3D5"),
              ElementsAre(Pair("hva", "utfort"), Pair("tekst", "før nå\n2 & 3=5")));
  EXPECT_THAT(*FormFields("a=1&a=2&b&=c&&d=x=y"),
              ElementsAre(Pair("", "c"), Pair("a", "1"), Pair("b", ""), Pair("d", "x=y")));
  EXPECT_TRUE(FormFields("")->empty());
}

TEST(UrlFormTest, RefusesWhatIsNone) {
  for (const char* body : {"a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=%c3", "a=%c0%80",
                           "a=%ed%a0%80", "a=%f4%90%80%80", "a=%e2%82"})
    EXPECT_FALSE(FormFields(body).has_value()) << body;
}

TEST(UrlFormTest, KnowsUtf8) {
  for (const char* text : {"", "a", "æøå", "€", "𝄞", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* text :
       {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80"})
    EXPECT_FALSE(IsUtf8(text));
}

}  // namespace
}  // namespace overgang
