#include "producers/plo/apprec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 10, 25, 1, 30), absl::UTCTimeZone());
constexpr char kId[] = "5a1f5b7e-0000-5000-8000-000000000001";

PloMessage Read(const TestMessage& message) {
  const auto directory = Directory::BuiltIn();
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  return ReadPlo(message.Text(), {*directory, pseudonymizer, PloRole::kReceiver, kNow}).message;
}

// By xmllint, which takes no schema from the net.
void ExpectValid(const std::string& apprec, const std::string& schema) {
  const TestFolder folder;
  WriteAll(folder / "apprec.xml", apprec);
  const std::string command = absl::StrCat(
      "xmllint --nonet --noout --schema '", (Standards() / "plo/xsd" / schema).string(), "' '",
      (folder / "apprec.xml").string(), "' 2> '", (folder / "why").string(), "'");
  EXPECT_EQ(std::system(command.c_str()), 0) << ReadAll(folder / "why") << apprec;
}

AppRecReadResult Parse(const std::string& text) {
  const auto document = LoadXml(text);
  EXPECT_TRUE(document.ok()) << document.status();
  EXPECT_TRUE(IsAppRec((*document)->document_element()));
  return ReadAppRec((*document)->document_element());
}

TEST(AppRec, BothVersionsAreValidAgainstTheirSchemas) {
  const AppRecAnswer rejected = {
      AppRecStatus::kRejected,
      {{"E36", "Pasientopplysninger (MsgHead/MsgInfo/Patient)"}, {"X99", ""}}};
  for (const AppRecAnswer& answer :
       {AppRecAnswer(), rejected, AppRecAnswer{AppRecStatus::kPartial, {{"T99", "noe"}}}}) {
    ExpectValid(WriteAppRec(Read(TestMessage()), answer, kId, kNow, AppRecVersion::kVersion10),
                "AppRec-v1-2004-11-21.xsd");
    ExpectValid(WriteAppRec(Read(TestMessage()), answer, kId, kNow, AppRecVersion::kVersion11),
                "AppRec-v1.1.xsd");
  }
}

TEST(AppRec, StaysValidWhateverTheMessageLacksOrHolds) {
  TestMessage bare;
  bare.type = "";
  bare.msg_id = "&lt;&#1;&quot;]]&gt;";
  bare.generated = "i dag";
  bare.receiver_service = 0;
  ExpectValid(WriteAppRec(Read(bare), {AppRecStatus::kRejected, {{"E10", ""}}}, kId, kNow,
                          AppRecVersion::kVersion10),
              "AppRec-v1-2004-11-21.xsd");
  for (const char* generated : {"2026-01-15", "2026-01-15T10:12", "2026-01-15T10:12:00.5+01:00"}) {
    TestMessage message;
    message.generated = generated;
    ExpectValid(WriteAppRec(Read(message), {}, kId, kNow, AppRecVersion::kVersion11),
                "AppRec-v1.1.xsd");
  }
}

TEST(AppRec, SenderAndReceiverAreSwappedAndTheMessageIsNamed) {
  const std::string text =
      WriteAppRec(Read(TestMessage()), {}, kId, kNow, AppRecVersion::kVersion10);
  const AppRecReadResult read = Parse(text);
  ASSERT_FALSE(read.error.has_value());
  EXPECT_EQ(read.apprec.id, kId);
  EXPECT_EQ(read.apprec.status, AppRecStatus::kOk);
  EXPECT_EQ(read.apprec.sender_her_id, 15001);
  EXPECT_EQ(read.apprec.original_type, "LOG_INNLAGT");
  EXPECT_EQ(read.apprec.original_id, TestMessage().msg_id);
  EXPECT_EQ(read.apprec.generated.time, kNow);
  EXPECT_FALSE(read.apprec.generated.ambiguous) << "the offset says which of the two hours it is";
  EXPECT_THAT(text, HasSubstr("<GenDate>2026-10-25T02:30:00+01:00</GenDate>"));
  EXPECT_THAT(text, HasSubstr("<IssueDate>2026-01-15T10:12:00</IssueDate>"));
  EXPECT_THAT(text, HasSubstr("Enhet &amp; co"));
}

TEST(AppRec, ErrorsAreReadBack) {
  const std::string text =
      WriteAppRec(Read(TestMessage()), {AppRecStatus::kRejected, {{"E36", ""}, {"T02", ""}}}, kId,
                  kNow, AppRecVersion::kVersion11);
  EXPECT_EQ(Parse(text).apprec.status, AppRecStatus::kRejected);
  EXPECT_THAT(Parse(text).apprec.errors, ElementsAre("E36", "T02"));
  EXPECT_THAT(text, HasSubstr("Pasientopplysninger er utilstrekkelige"));
}

TEST(AppRec, VersionFollowsTheMessage) {
  EXPECT_EQ(VersionFor(Read(TestMessage())), AppRecVersion::kVersion10);
  TestMessage message;
  message.version = "2.0";
  EXPECT_EQ(VersionFor(Read(message)), AppRecVersion::kVersion11);
}

TEST(AppRec, WhatItLacksIsNamed) {
  const std::string head = "<AppRec xmlns=\"http://www.kith.no/xmlstds/apprec/2004-11-21\">";
  EXPECT_EQ(Parse(head + "</AppRec>").error->place, "AppRec/Id");
  EXPECT_EQ(Parse(head + "<Id>1</Id><Status V=\"9\"/></AppRec>").error->place, "AppRec/Status");
  EXPECT_EQ(Parse(head + "<Id>1</Id><Status V=\"1\"/></AppRec>").error->place, "AppRec/GenDate");
}

}  // namespace
}  // namespace overgang::plo
