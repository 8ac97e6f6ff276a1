// The server over real sockets, with the in-memory log.
#include "producers/hl7v2/mllp_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "core/errors.h"
#include "tests/producers/hl7v2/mllp_client.h"
#include "tests/producers/hl7v2/mllp_hub.h"

namespace overgang::hl7v2 {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kShortMs = 150;  // Long enough to see that nothing comes.

TEST(MllpServer, AnAdmissionIsInTheLogWhenItIsAcknowledged) {
  Hub hub;
  MllpClient client(hub.port());
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("\rMSA|AA|M1\r"));
  const std::vector<v1::Envelope> facts = hub.Facts(Topic::kPathway);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_TRUE(facts[0].has_patient_admitted());
  EXPECT_EQ(facts[0].ward(), "MED1");
}

TEST(MllpServer, NothingIsAcknowledgedBeforeItIsDurable) {
  Hub hub;
  hub.log().Hold(true);
  MllpClient client(hub.port());
  client.Send(Admission());
  EXPECT_FALSE(client.Receive(kShortMs));
  EXPECT_FALSE(client.closed());
  hub.log().Hold(false);
  EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AA|M1"));
}

TEST(MllpServer, WhatTheLogDoesNotTakeIsNotAcknowledgedAndCanBeSentAgain) {
  Hub hub;
  MllpClient client(hub.port());
  hub.log().FailNextAppends(1, absl::UnavailableError("the broker is away"));
  const std::string refused = client.Ask(Admission());
  EXPECT_THAT(refused, HasSubstr("MSA|AR|M1|not stored, send the message again"));
  EXPECT_TRUE(hub.Facts(Topic::kPathway).empty());
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
  EXPECT_EQ(hub.Facts(Topic::kPathway).size(), 1u);
}

TEST(MllpServer, ARepeatGetsTheSameAnswerAndTheSameId) {
  Hub hub;
  MllpClient client(hub.port());
  hub.log().DropAcknowledgement();  // Written, but the hub does not know.
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AR|M1"));
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
  std::set<std::string> ids;
  for (const v1::Envelope& fact : hub.Facts(Topic::kPathway)) ids.insert(fact.event_id());
  EXPECT_EQ(ids.size(), 1u);
}

TEST(MllpServer, ARefusedMessageIsParkedBeforeItIsRefused) {
  Hub hub;
  hub.log().Hold(true);
  MllpClient client(hub.port());
  client.Send(UnknownFacility());
  EXPECT_FALSE(client.Receive(kShortMs));
  hub.log().Hold(false);
  EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AE|M9|"));
  const std::vector<v1::Envelope> parked = hub.Facts(Topic::kParked);
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].message_parked().place(), "MSH-4");
  EXPECT_EQ(parked[0].message_parked().code(), "unknown_facility");
  const std::vector<v1::Envelope> originals = hub.Facts(Topic::kOriginals);
  ASSERT_EQ(originals.size(), 1u);
  EXPECT_EQ(hub.Open(originals[0]), UnknownFacility());
}

TEST(MllpServer, ARefusalThatCannotBeParkedIsToBeSentAgain) {
  Hub hub;
  MllpClient client(hub.port());
  hub.log().FailNextAppends(1, absl::UnavailableError("the broker is away"));
  EXPECT_THAT(client.Ask(UnknownFacility()), HasSubstr("not stored, send the message again"));
}

TEST(MllpServer, ARefusedMessageThatIsSentAgainWithANewTimeIsTheSameParkedOne) {
  Hub hub;
  MllpClient client(hub.port());
  const auto refused = [](std::string_view time, std::string_view id) {
    return "MSH|^~\\&|EPR|NOWHERE|||" + std::string(time) + "||ADT^A01|" + std::string(id) +
           "|P|2.5\r";
  };
  client.Ask(refused("20260310101500", "M9"));
  client.Ask(refused("20260310101530", "M9"));
  client.Ask(refused("20260310101530", "M10"));
  const std::vector<v1::Envelope> parked = hub.Facts(Topic::kParked);
  ASSERT_EQ(parked.size(), 3u);
  EXPECT_EQ(parked[0].message_parked().parked_id(), parked[1].message_parked().parked_id());
  EXPECT_NE(parked[0].message_parked().parked_id(), parked[2].message_parked().parked_id());
}

TEST(MllpServer, ARefusedMessageIsKeptWholeOrSaysThatItIsNot) {
  Hub hub;
  MllpClient client(hub.port());
  std::string text = UnknownFacility() + "NTE|";
  text.resize(kMessageBytesMax, 'x');
  EXPECT_THAT(client.Ask(text), HasSubstr("MSA|AE|M9|the directory has no hospital"));
  EXPECT_EQ(hub.Open(hub.Facts(Topic::kOriginals).at(0)), text);
  EXPECT_THAT(client.Ask(text + "x"), HasSubstr("the message is larger than is taken"));
}

TEST(MllpServer, JoinedFramesAreAnsweredInOrder) {
  Hub hub;
  MllpClient client(hub.port());
  std::string joined = "junk";
  for (const std::string_view id : {"1", "2", "3"}) AppendFrame(Admission(id), joined);
  client.SendRaw(joined);
  for (const std::string_view id : {"1", "2", "3"}) {
    EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AA|" + std::string(id) + "\r"));
  }
  EXPECT_THAT(hub.MetricsText(), HasSubstr("overgang_mllp_junk_bytes_total 4"));
}

TEST(MllpServer, AFrameMayComeByteByByte) {
  Hub hub;
  MllpClient client(hub.port());
  std::string frame;
  AppendFrame(Admission(), frame);
  for (const char byte : frame) client.SendRaw({&byte, 1});
  EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AA|M1"));
}

TEST(MllpServer, EventsWithoutFactsAreAcceptedAndCounted) {
  Hub hub;
  MllpClient client(hub.port());
  EXPECT_THAT(client.Ask(Adt("A60", FnrPid())), HasSubstr("MSA|AA|M1"));
  EXPECT_TRUE(hub.Facts(Topic::kPathway).empty());
  EXPECT_THAT(
      hub.MetricsText(),
      HasSubstr(
          "overgang_mllp_messages_total{event=\"A60\",facility=\"STO\",outcome=\"no_fact\"} 1"));
}

TEST(MllpServer, AnAcknowledgementIsNeverAcknowledged) {
  Hub hub;
  MllpClient client(hub.port());
  client.Send("MSH|^~\\&|EPR|STO|||20260310||ACK^A01|M5|P|2.5\rMSA|AA|1\r");
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
}

TEST(MllpServer, ABrokenAcknowledgementIsKeptAndNotAcknowledged) {
  Hub hub;
  MllpClient client(hub.port());
  client.SendRaw("\x0bMSH|^~\\&|EPR|STO|||20260310||ACK^A01|M5|P|2.5\rMSA|AA|1\r\x1c\n");
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
  EXPECT_EQ(hub.Facts(Topic::kParked).size(), 1u);
}

TEST(MllpServer, ASenderThatWantsNoAnswerGetsNone) {
  Hub hub;
  MllpClient client(hub.port());
  client.Send(Adt("A01", FnrPid(), "20260310", "QUIET", "|||NE|NE"));
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
  EXPECT_EQ(hub.Facts(Topic::kPathway).size(), 2u);
}

TEST(MllpServer, ASenderThatWantsNoAnswerLearnsOfAFailureByTheEndOfTheConnection) {
  Hub hub;
  for (const std::string_view wants : {"|||NE|NE", "|||SU|NE", "|||SU|"}) {
    MllpClient client(hub.port());
    hub.log().FailNextAppends(1, absl::UnavailableError("the broker is away"));
    client.Send(Adt("A01", FnrPid(), "20260310", "QUIET", wants));
    EXPECT_TRUE(client.WaitClosed()) << wants;
  }
  EXPECT_TRUE(hub.Facts(Topic::kPathway).empty());
  MllpClient client(hub.port());
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));
}

TEST(MllpServer, AHundredMegabytesCostTheBoundAndGetAnAnswer) {
  Hub hub;
  MllpClient client(hub.port());
  client.SendRaw("\x0b" + Admission("BIG") + "OBX|");
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.SendRaw(megabyte));
  client.SendRaw("\x1c\r");
  EXPECT_THAT(client.Receive().value_or(""),
              HasSubstr("MSA|AE|BIG|the message is larger than is taken"));
  const std::vector<v1::Envelope> parked = hub.Facts(Topic::kParked);
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].message_parked().code(), "too_large");
  EXPECT_TRUE(hub.Facts(Topic::kPathway).empty());
  EXPECT_THAT(client.Ask(Admission()), HasSubstr("MSA|AA|M1"));  // The stream is in step.
}

TEST(MllpServer, AWrongFrameEndIsAnsweredAndKept) {
  Hub hub;
  MllpClient client(hub.port());
  client.SendRaw("\x0b" + Admission() + "\x1c\n");
  EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AE|M1|0x1C was not followed by 0x0D"));
  EXPECT_EQ(hub.Facts(Topic::kParked).size(), 1u);
  EXPECT_THAT(client.Ask(Admission("M2")), HasSubstr("MSA|AA|M2"));
}

TEST(MllpServer, AFrameThatNeverEndsIsGivenUp) {
  MllpOptions options;
  options.message_bytes_max = 1000;
  options.frame_bytes_max = 100'000;
  Hub hub(options);
  MllpClient client(hub.port());
  client.SendRaw("\x0b" + Admission());
  while (client.SendRaw(std::string(10'000, 'x'))) {
  }
  EXPECT_EQ(hub.Facts(Topic::kParked).at(0).message_parked().code(), "endless_frame");
}

TEST(MllpServer, AFrameThatHangsIsKeptAnsweredAndClosed) {
  MllpOptions options;
  options.frame_timeout = absl::Milliseconds(100);
  Hub hub(options);
  MllpClient client(hub.port());
  client.SendRaw("\x0b" + Admission());
  EXPECT_THAT(client.Receive().value_or(""),
              HasSubstr("MSA|AE|M1|the frame was not ended in time"));
  EXPECT_TRUE(client.WaitClosed());
  const std::vector<v1::Envelope> parked = hub.Facts(Topic::kParked);
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(hub.Open(hub.Facts(Topic::kOriginals).at(0)), Admission());
}

TEST(MllpServer, AHalfClosedConnectionStillGetsItsAnswer) {
  Hub hub;
  MllpClient client(hub.port());
  client.Send(Admission());
  client.HalfClose();
  EXPECT_THAT(client.Receive().value_or(""), HasSubstr("MSA|AA|M1"));
  EXPECT_TRUE(client.WaitClosed());
}

TEST(MllpServer, AMessageCutByTheEndOfTheConnectionIsKept) {
  Hub hub;
  MllpClient client(hub.port());
  client.SendRaw("\x0b" + Admission());
  client.HalfClose();
  EXPECT_THAT(client.Receive().value_or(""),
              HasSubstr("MSA|AE|M1|the connection ended within a message"));
  EXPECT_EQ(hub.Facts(Topic::kParked).size(), 1u);
}

TEST(MllpServer, AQuietConnectionIsClosedAfterTheIdleTime) {
  MllpOptions options;
  options.idle_timeout = absl::Milliseconds(100);
  Hub hub(options);
  MllpClient client(hub.port());
  EXPECT_TRUE(client.WaitClosed());
}

TEST(MllpServer, OneConnectionTooManyIsClosed) {
  MllpOptions options;
  options.connections_max = 2;
  Hub hub(options);
  MllpClient first(hub.port()), second(hub.port());
  EXPECT_THAT(first.Ask(Admission()), HasSubstr("MSA|AA"));
  EXPECT_THAT(second.Ask(Admission()), HasSubstr("MSA|AA"));
  MllpClient third(hub.port());
  EXPECT_TRUE(third.WaitClosed());
  EXPECT_THAT(first.Ask(Admission()), HasSubstr("MSA|AA"));
  EXPECT_THAT(hub.MetricsText(), HasSubstr("overgang_mllp_connections_refused_total 1"));
}

TEST(MllpServer, StopAnswersWhatIsInFlight) {
  Hub hub;
  hub.log().Hold(true);
  MllpClient busy(hub.port()), idle(hub.port());
  busy.Send(Admission());
  EXPECT_FALSE(busy.Receive(kShortMs));
  std::thread stopping([&] { hub.server().Stop(); });
  EXPECT_TRUE(idle.WaitClosed());
  hub.log().Hold(false);
  EXPECT_THAT(busy.Receive().value_or(""), HasSubstr("MSA|AA|M1"));
  EXPECT_TRUE(busy.WaitClosed());
  stopping.join();
  EXPECT_FALSE(MllpClient(hub.port()).connected());
}

TEST(MllpServer, StopDoesNotWaitForALogThatNeverAnswers) {
  MllpOptions options;
  options.drain_timeout = absl::Milliseconds(100);
  Hub hub(options);
  hub.log().Hold(true);
  MllpClient client(hub.port());
  client.Send(Admission());
  EXPECT_FALSE(client.Receive(kShortMs));
  hub.server().Stop();
  EXPECT_TRUE(client.WaitClosed());
}

TEST(MllpServer, ABusyPortIsNamedWithItsRemedy) {
  Hub hub;
  boost::asio::io_context io;
  SystemClock clock;
  MemoryLog log(clock);
  const Sealer sealer = *Sealer::Create(std::string(32, 's'));
  FactWriter writer(log, sealer, clock, "test");
  DirectoryHolder directory(TestDirectory());
  const Pseudonymizer pseudonymizer = TestPseudonymizer();
  Metrics metrics;
  MllpOptions options;
  options.port = hub.port();
  MllpServer second(io, options, MllpParts{writer, directory, pseudonymizer, metrics, clock});
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(status).field, "mllp.port");
}

TEST(MllpServer, ManyConnectionsLoseNothing) {
  constexpr int kClients = 8, kMessages = 200;
  Hub hub;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      MllpClient client(hub.port());
      for (int m = 0; m < kMessages; ++m) {
        const std::string id = std::to_string(c) + "-" + std::to_string(m);
        accepted +=
            client.Ask(Admission(id)).find("MSA|AA|" + id + "\r") != std::string::npos ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(accepted, kClients * kMessages);
  std::set<std::string> ids;
  for (const v1::Envelope& fact : hub.Facts(Topic::kPathway)) ids.insert(fact.event_id());
  EXPECT_EQ(ids.size(), static_cast<size_t>(kClients * kMessages));
}

TEST(MllpServer, TheNationalNumberGetsNoFurther) {
  Hub hub;
  MllpClient client(hub.port());
  const std::string fnr(kFnr);
  client.Ask(Admission());
  client.Ask(Adt("A01", Pid(fnr + "^^^FNR") + Fields("PV1", {{44, fnr}})));  // Refused.
  client.Ask("MSH|^~\\&|EPR|" + fnr + "|||20260310||ADT^" + fnr + "|" + fnr +
             "|P|2.5\r");  // Everywhere.
  EXPECT_EQ(hub.Facts(Topic::kParked).size(), 2u);
  for (const Topic topic : {Topic::kPathway, Topic::kParked, Topic::kOriginals}) {
    for (const v1::Envelope& fact : hub.Facts(topic))
      EXPECT_THAT(fact.SerializeAsString(), Not(HasSubstr(fnr)));
  }
  EXPECT_THAT(hub.MetricsText(), Not(HasSubstr(fnr)));
}

}  // namespace
}  // namespace overgang::hl7v2
