#include "consumers/daily_status/mime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overgang::daily_status {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(MimeTest, HeadersAreFoldedAndEncoded) {
  EXPECT_EQ(HeaderLine("Subject", "short"), "Subject: short\r\n");
  const std::string folded =
      HeaderLine("Subject", std::string(60, 'a') + " " + std::string(60, 'b'));
  EXPECT_EQ(folded, "Subject: " + std::string(60, 'a') + "\r\n " + std::string(60, 'b') + "\r\n");
  const std::string encoded =
      HeaderLine("Subject", "Åpne: øøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøø");
  EXPECT_THAT(encoded, StartsWith("Subject: =?utf-8?B?"));
  EXPECT_THAT(encoded, HasSubstr("?=\r\n =?utf-8?B?"));
  EXPECT_LE(encoded.find('\r'), 76U);
}

TEST(MimeTest, QuotedPrintableHasShortLinesAndLosesNothing) {
  EXPECT_EQ(QuotedPrintable("a=b\nø \n"), "a=3Db\r\n=C3=B8=20\r\n");
  const std::string text = QuotedPrintable(std::string(200, 'x') + "é\n");
  size_t begin = 0;
  for (size_t end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n", begin)) {
    EXPECT_LE(end - begin, 76U);
    begin = end + 2;
  }
}

TEST(MimeTest, SendersThatWouldBreakAHeaderAreRefused) {
  for (const char* good : {"a@b.no", "Navn <a@b.no>", "\"Drift, natt\" <a@b.no>", "Ås <a@b.no>"})
    EXPECT_TRUE(CheckSender(good).ok()) << good;
  for (const char* bad : {"", "a", "a@", "@b", "a@b@c", "a b@c.no", "Navn <a@b.no", "<>",
                          "Navn\r\nBcc: x@y.no <a@b.no>", "å@b.no", "a@b.no\r\n"}) {
    EXPECT_FALSE(CheckSender(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace overgang::daily_status
