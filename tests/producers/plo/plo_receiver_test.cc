#include "producers/plo/plo_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = PloOutcome::Kind;

std::string AppRecFor(const TestMessage& message, AppRecStatus status,
                      std::string_view id = "aaaaaaaa-0000-4000-8000-000000000001") {
  Hub other;
  const auto pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  const auto directory = Directory::BuiltIn();
  const absl::Time then = FromOslo(absl::CivilSecond(2026, 1, 17, 9, 45)).time;
  const PloReading reading =
      ReadPlo(message.Text(), {*directory, pseudonymizer, PloRole::kReceiver, then});
  return WriteAppRec(reading.message, {status, {}}, id, then, AppRecVersion::kVersion10);
}

TEST(PloReceiver, FactsAreInTheLogBeforeTheAnswerIsGiven) {
  Hub hub;
  const auto outcome = hub.Handle(TestMessage().Text());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->kind, Kind::kFacts);
  EXPECT_THAT(outcome->apprec, HasSubstr("<Status V=\"1\""));
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
  EXPECT_EQ(hub.Count("KommuneNotifiedOfAdmission"), 1u);
  EXPECT_NE(hub.Facts()[0].original_id(), "");
}

TEST(PloReceiver, ARepeatGetsNoOtherAppRecAlsoAfterARestart) {
  Hub hub;
  const auto first = hub.Handle(TestMessage().Text());
  ASSERT_EQ(first->kind, Kind::kFacts);
  EXPECT_EQ(hub.Handle(TestMessage().Text())->kind, Kind::kDuplicate);
  EXPECT_EQ(hub.Handle(TestMessage().Text())->apprec, first->apprec);
  hub.Restart();
  EXPECT_EQ(hub.Handle(TestMessage().Text())->kind, Kind::kDuplicate);
  EXPECT_THAT(hub.metrics.Text(), HasSubstr("overgang_plo_msgid_reused_total 0"));
  TestMessage other;
  other.events = {{"1", "2026-01-15T11:00:00"}};
  EXPECT_EQ(hub.Handle(other.Text())->kind, Kind::kDuplicate);
  EXPECT_THAT(hub.metrics.Text(), HasSubstr("overgang_plo_msgid_reused_total 1"));
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
}

TEST(PloReceiver, WhoPutsAppRecsAsideGetsNoneForARepeat) {
  Hub hub;
  const auto handle = [&] {
    std::promise<absl::StatusOr<PloOutcome>> promise;
    hub.receiver->Handle(
        TestMessage().Text(), [](const PloOutcome&) { return absl::OkStatus(); }, false,
        [&](absl::StatusOr<PloOutcome> outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  };
  EXPECT_NE(handle()->apprec, "");
  EXPECT_EQ(handle()->apprec, "");
}

TEST(PloReceiver, WhileTheLogCannotBeWrittenNothingIsAnswered) {
  Hub hub;
  hub.log.FailNextAppends(1, absl::UnavailableError("no broker"));
  EXPECT_EQ(hub.Handle(TestMessage().Text()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(hub.seen->size(), 0u);
  EXPECT_EQ(hub.Handle(TestMessage().Text())->kind, Kind::kFacts);
}

TEST(PloReceiver, ALostAcknowledgementOfTheLogMeansTheSameFactsAgain) {
  Hub hub;
  hub.log.DropAcknowledgement();
  EXPECT_FALSE(hub.Handle(TestMessage().Text()).ok());
  EXPECT_NE(hub.Handle(TestMessage().Text())->apprec, "");
  const auto facts = hub.Facts();
  ASSERT_EQ(hub.Count("PatientAdmitted"), 2u);
  std::set<std::string> ids;
  for (const v1::Envelope& fact : facts) ids.insert(fact.event_id());
  EXPECT_EQ(ids.size(), 2u);
}

TEST(PloReceiver, WhatIsRefusedIsParkedAndRejectedOnce) {
  Hub hub;
  TestMessage message;
  message.patient = "<FamilyName>Nilsen</FamilyName>";
  const auto outcome = hub.Handle(message.Text());
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, Kind::kRefused);
  EXPECT_THAT(outcome->apprec, HasSubstr("V=\"E36\""));
  EXPECT_EQ(hub.Handle(message.Text())->kind, Kind::kDuplicate);
  const auto facts = hub.Facts();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].message_parked().code(), "patient_not_identified");
  EXPECT_EQ(SourceName(facts[0].source()), "plo:59");
}

TEST(PloReceiver, TwoMessagesWithTheSameUnusableMsgIdAreBothRejected) {
  Hub hub;
  TestMessage message;
  message.msg_id = "1";
  EXPECT_THAT(hub.Handle(message.Text())->apprec, HasSubstr("V=\"E10\""));
  message.events = {{"1", "2026-01-15T11:00:00"}};
  EXPECT_THAT(hub.Handle(message.Text())->apprec, HasSubstr("V=\"E10\""));
  EXPECT_EQ(hub.Handle(message.Text())->kind, Kind::kDuplicate);
}

TEST(PloReceiver, TheWrongOrganisationIsParkedAndTriedAnewWhenTheDirectoryIsRight) {
  Hub hub;
  TestMessage message;
  message.receiver = 424242;
  message.receiver_service = 0;
  const auto outcome = hub.Handle(message.Text());
  EXPECT_EQ(outcome->kind, Kind::kWrongOrganisation);
  EXPECT_EQ(outcome->apprec, "");
  EXPECT_EQ(hub.Count("MessageParked"), 1u);
  Directory::Contents contents = Directory::BuiltIn()->contents();
  contents.kommuner[0].her_ids.push_back(424242);
  hub.directory.Set(Directory::Create(contents).value());
  EXPECT_EQ(hub.Handle(message.Text())->kind, Kind::kFacts);
}

TEST(PloReceiver, WhatIsNoXmlIsParkedWithoutAnAnswer) {
  Hub hub;
  for (const std::string& text : {std::string("<a>"), std::string("<!DOCTYPE a []><a/>"),
                                  std::string("<Other/>"), std::string()}) {
    const auto outcome = hub.Handle(text);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->kind, Kind::kRefused);
    EXPECT_EQ(outcome->apprec, "");
  }
  EXPECT_EQ(hub.Count("MessageParked"), 4u);
}

TEST(PloReceiver, TheSameMessageTwiceAtOnceIsHandledOnce) {
  Hub hub;
  hub.log.Hold(true);
  std::promise<absl::StatusOr<PloOutcome>> first;
  hub.receiver->Handle(TestMessage().Text(), nullptr, false,
                       [&](auto outcome) { first.set_value(std::move(outcome)); });
  EXPECT_EQ(hub.Handle(TestMessage().Text()).status().code(), absl::StatusCode::kResourceExhausted);
  hub.log.Hold(false);
  EXPECT_EQ(first.get_future().get()->kind, Kind::kFacts);
}

TEST(PloReceiver, MoreThanTheBoundAtOnceIsRefusedForNow) {
  Hub hub;
  hub.log.Hold(true);
  std::atomic<int> done = 0;
  for (size_t i = 0; i < kInFlightMax; ++i) {
    hub.receiver->Handle(absl::StrCat("<a", i), nullptr, false, [&](const auto&) { ++done; });
  }
  EXPECT_EQ(hub.Handle("<b").status().code(), absl::StatusCode::kResourceExhausted);
  hub.log.Hold(false);
  hub.receiver.reset();  // Waits for what is in flight.
  EXPECT_EQ(done, static_cast<int>(kInFlightMax));
}

TEST(PloReceiver, AsCopyTheKommunesPositiveAppRecIsTheNotice) {
  Hub hub(PloRole::kCopy);
  const auto outcome = hub.Handle(Ukp().Text());
  EXPECT_EQ(outcome->kind, Kind::kFacts);
  EXPECT_EQ(outcome->apprec, "");
  EXPECT_EQ(hub.Count("KommuneNotifiedOfUkp"), 0u);
  hub.Restart();
  ASSERT_EQ(hub.Handle(AppRecFor(Ukp(), AppRecStatus::kOk))->kind, Kind::kFacts);
  EXPECT_EQ(hub.Handle(AppRecFor(Ukp(), AppRecStatus::kOk))->kind, Kind::kDuplicate);
  const auto facts = hub.Facts();
  const auto notified = std::ranges::find_if(
      facts, [](const v1::Envelope& fact) { return fact.has_kommune_notified_of_ukp(); });
  const auto declared =
      std::ranges::find_if(facts, [](const v1::Envelope& fact) { return fact.has_ukp_declared(); });
  ASSERT_NE(notified, facts.end());
  ASSERT_NE(declared, facts.end());
  EXPECT_EQ(notified->patient_ref(), declared->patient_ref());
  EXPECT_EQ(notified->hospital(), "974749025");
  EXPECT_EQ(notified->stay_kommune(), "5001");
  EXPECT_EQ(notified->kommune_notified_of_ukp().notice_id(), Ukp().msg_id);
  EXPECT_EQ(SourceName(notified->source()), "plo:15001");
  EXPECT_EQ(FromProto(notified->occurred_at()),
            FromOslo(absl::CivilSecond(2026, 1, 17, 9, 45)).time);
  EXPECT_NE(notified->event_id(), declared->event_id());
}

TEST(PloReceiver, AsCopyANegativeAppRecNotifiesNobodyAndAnUnknownOneIsParked) {
  Hub hub(PloRole::kCopy);
  EXPECT_EQ(hub.Handle(AppRecFor(Ukp(), AppRecStatus::kOk))->kind, Kind::kRefused);
  EXPECT_EQ(hub.Facts().at(0).message_parked().code(), "original_unknown");
  ASSERT_EQ(hub.Handle(Ukp().Text())->kind, Kind::kFacts);
  EXPECT_EQ(
      hub.Handle(AppRecFor(Ukp(), AppRecStatus::kRejected, "bbbbbbbb-0000-4000-8000-000000000001"))
          ->kind,
      Kind::kNoFact);
  EXPECT_EQ(hub.Count("KommuneNotifiedOfUkp"), 0u);
  EXPECT_EQ(
      hub.Handle(AppRecFor(Ukp(), AppRecStatus::kPartial, "cccccccc-0000-4000-8000-000000000001"))
          ->kind,
      Kind::kFacts);
  EXPECT_EQ(hub.Count("KommuneNotifiedOfUkp"), 1u);
}

TEST(PloReceiver, AsReceiverAppRecsAreOfNoInterest) {
  Hub hub;
  EXPECT_EQ(hub.Handle(AppRecFor(Ukp(), AppRecStatus::kOk))->kind, Kind::kNoFact);
  EXPECT_THAT(hub.Facts(), IsEmpty());
}

TEST(PloReceiver, NoNumberLeavesTheEdge) {
  Hub hub(PloRole::kCopy);
  ASSERT_TRUE(hub.Handle(Ukp().Text()).ok());
  TestMessage wrong;
  wrong.generated = SyntheticNumber();
  ASSERT_TRUE(hub.Handle(wrong.Text()).ok());
  EXPECT_THAT(ReadAll(hub.folder / "plo_seen.log"), Not(HasSubstr(SyntheticNumber())));
  EXPECT_THAT(hub.metrics.Text(), Not(HasSubstr(SyntheticNumber())));
  auto reader = hub.log.NewReader({}, {}, {.headers = true});
  const auto batch = (*reader)->Poll(absl::Milliseconds(1));
  ASSERT_GE(batch->records.size(), 3u);
  for (const LogRecord& record : batch->records) {
    EXPECT_THAT(std::string(record.value), Not(HasSubstr(SyntheticNumber())));
    EXPECT_THAT(std::string(record.key), Not(HasSubstr(SyntheticNumber())));
    for (const auto& [name, value] : record.headers)
      EXPECT_THAT(std::string(value), Not(HasSubstr(SyntheticNumber())));
  }
}

}  // namespace
}  // namespace overgang::plo
