#include "producers/hl7v2/ack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/oslo_time.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const absl::Time kNow = FromOslo(absl::CivilSecond(2026, 3, 10, 10, 15, 30)).time;

std::string AckOf(std::string_view text, const Answer& answer) {
  Message message;
  message.Read(text).IgnoreError();
  return BuildAck(message, answer, kNow, "OG1");
}

Answer BadPid() { return {AckKind::kError, Hl7Error::kUnknownKey, "PID-3", "who is this"}; }

TEST(Ack, SwapsSenderAndReceiverAndRepeatsTheControlId) {
  EXPECT_EQ(
      AckOf("MSH|^~\\&|EPR|STO^1.2|HUB|REG|20260310||ADT^A01^ADT_A01| M\\T\\1 |P|2.5\rPID|1\r",
            Accepted()),
      "MSH|^~\\&|HUB|REG|EPR|STO^1.2|20260310101530.000+0100||ACK^A01^ACK|OG1|P|2.5\rMSA|AA| "
      "M\\T\\1 \r");
}

TEST(Ack, KeepsDelimitersAndCharacterSet) {
  const std::string ack =
      AckOf("MSH$*%!+$\xD8re$STO$HUB$REG$20260310$$ADT*A01$M1$P$2.4$$$$$$8859/1\r", Accepted());
  EXPECT_EQ(ack,
            "MSH$*%!+$HUB$REG$\xD8re$STO$20260310101530.000+0100$$ACK*A01*ACK$OG1$P$2.4$$$$$$8859/"
            "1\rMSA$AA$M1\r");
}

TEST(Ack, NamesTheFieldAsTheVersionDoes) {
  EXPECT_THAT(AckOf(Adt("A01", ""), BadPid()),
              HasSubstr("MSA|AE|M1|who is this\rERR||PID^1^3|204^Unknown key "
                        "identifier^HL70357|E||||who is this\r"));
  EXPECT_THAT(AckOf("MSH|^~\\&|EPR|STO|||||ADT^A01|M1|P|2.3\r", BadPid()),
              HasSubstr("ACK^A01|OG1|P|2.3\rMSA|AE|M1|who is this\rERR|PID^1^3^204\r"));
  EXPECT_THAT(AckOf("MSH|^~\\&|EPR|STO|||||ADT^A01|M1|P|2.8\r", BadPid()),
              HasSubstr("MSA|AE|M1\rERR||PID^1^3|"));
  EXPECT_THAT(AckOf(Adt("A01", ""), NotStored()),
              HasSubstr("MSA|AR|M1|not stored, send the message again\rERR|||207^"));
}

TEST(Ack, WhatIsNotStoredIsNoErrorOfTheContent) {
  const auto code_for = [](std::string_view msh15_16) {
    const std::string ack =
        AckOf(Adt("A01", "", "20260310", "M1", "|||" + std::string(msh15_16)), NotStored());
    return ack.empty() ? ack : ack.substr(ack.find("MSA|") + 4, 2);
  };
  EXPECT_EQ(code_for("|"), "AR");
  EXPECT_EQ(code_for("NE|AL"), "AR");
  EXPECT_EQ(code_for("AL|NE"), "CE");
  EXPECT_EQ(code_for("ER|"), "CE");
  EXPECT_EQ(code_for("SU|NE"), "");
}

TEST(Ack, TextIsEscaped) {
  const Answer answer{AckKind::kReject, Hl7Error::kUnsupportedType, "MSH-9", "a|b^c"};
  EXPECT_THAT(AckOf(Adt("A01", ""), answer), HasSubstr("MSA|AR|M1|a\\F\\b\\S\\c\r"));
}

TEST(Ack, EnhancedModeAnswersWhatTheSenderAsksFor) {
  struct Case {
    std::string_view msh15, msh16, accepted, refused;  // Codes; empty: no answer.
  };
  const Case cases[] = {
      {"", "", "AA", "AE"},     {"AL", "", "CA", "CE"},   {"AL", "NE", "CA", "CE"},
      {"AL", "AL", "CA", "CE"}, {"ER", "", "", "CE"},     {"SU", "", "CA", ""},
      {"NE", "NE", "", ""},     {"NE", "AL", "AA", "AE"}, {"", "AL", "AA", "AE"},
      {"NE", "ER", "", "AE"},
  };
  for (const Case& c : cases) {
    const std::string text =
        Adt("A01", "", "20260310", "M1", "|||" + std::string(c.msh15) + "|" + std::string(c.msh16));
    const auto expect = [&](const std::string& ack, std::string_view code) {
      SCOPED_TRACE(std::string(c.msh15) + "|" + std::string(c.msh16));
      if (code.empty()) {
        EXPECT_EQ(ack, "");
      } else {
        EXPECT_THAT(ack, HasSubstr("\rMSA|" + std::string(code) + "|M1"));
      }
    };
    expect(AckOf(text, Accepted()), c.accepted);
    expect(AckOf(text, BadPid()), c.refused);
  }
  const Answer reject{AckKind::kReject, Hl7Error::kUnsupportedType, "MSH-9", "no"};
  EXPECT_THAT(AckOf(Adt("A01", "", "20260310", "M1", "|||AL|"), reject), HasSubstr("MSA|CR|M1"));
}

TEST(Ack, AnswersEvenWhatCannotBeRead) {
  EXPECT_THAT(AckOf("hello", Unframed("what is this")),
              StartsWith("MSH|^~\\&|||||20260310101530.000+0100||ACK|OG1|P|2.5\rMSA|AE||"));
  // The control id is repeated though the delimiters are unusable.
  EXPECT_THAT(AckOf("MSH|^^\\&|EPR|STO|||||ADT^A01|M77|P|2.5\r", Unframed("no")),
              HasSubstr("\rMSA|AE|M77|no\r"));
}

}  // namespace
}  // namespace overgang::hl7v2
