// Mails to a real SMTP server that behaves as servers do: what is known of each afterwards.
#include "adapters/mail/smtp_mailer.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <future>

#include "core/clock.h"
#include "tests/adapters/mail/smtp_child.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SmtpChild;
using Kind = MailOutcome::Kind;

std::string Message(int number, size_t bytes = 400) {
  std::string message = "Message-ID: <" + std::to_string(number) +
                        "@example.no>\r\nSubject: Status\r\n\r\n.A line that begins with a dot\r\n";
  while (message.size() < bytes) message += "The quick brown fox jumps over the lazy dog.\r\n";
  return message;
}

SmtpServer ServerAt(const std::string& url, SmtpTls tls = SmtpTls::kNone) {
  SmtpServer server;
  server.url = url;
  server.tls = tls;
  server.from = "overgang@example.no";
  server.send_max = absl::Seconds(5);
  return server;
}

class Sender {
 public:
  explicit Sender(const SmtpServer& server) : mailer_(SmtpMailer::Create(server).value()) {}

  std::future<MailOutcome> Start(int number, const std::string& to = "to@example.no",
                                 size_t bytes = 400,
                                 absl::Duration begin_within = absl::Seconds(60)) {
    auto promise = std::make_shared<std::promise<MailOutcome>>();
    mailer_->Send(
        {to, std::make_shared<std::string>(Message(number, bytes)), SinceBoot() + begin_within},
        [promise](MailOutcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  MailOutcome Send(int number, const std::string& to = "to@example.no", size_t bytes = 400) {
    return Start(number, to, bytes).get();
  }
  SmtpMailer& mailer() { return *mailer_; }

 private:
  std::unique_ptr<SmtpMailer> mailer_;
};

MailOutcome SentTo(const std::string& arguments, size_t bytes = 400) {
  const SmtpChild server(arguments);
  return Sender(ServerAt(server.Url())).Send(1, "to@example.no", bytes);
}

auto Is(Kind kind, int code) {
  return AllOf(Field(&MailOutcome::kind, kind), Field(&MailOutcome::code, code));
}

TEST(SmtpMailerTest, AMailArrivesWholeAndTheServersWordIsKept) {
  SmtpChild server;
  Sender sender(ServerAt(server.Url()));
  const MailOutcome outcome = sender.Send(1);
  EXPECT_THAT(outcome, Is(Kind::kAccepted, 250));
  EXPECT_EQ(outcome.reply, "250 2.0.0 OK: queued");
  EXPECT_EQ(server.NextMail(), "to@example.no 1@example.no " + std::to_string(Message(1).size()));
}

TEST(SmtpMailerTest, ManyMailsArriveOverTheSameConnections) {
  SmtpChild server;
  Sender sender(ServerAt(server.Url()));
  std::vector<std::future<MailOutcome>> outcomes;
  for (int i = 0; i < 100; ++i) outcomes.push_back(sender.Start(i, "to@example.no", 60'000));
  for (auto& outcome : outcomes) EXPECT_THAT(outcome.get(), Is(Kind::kAccepted, 250));
}

TEST(SmtpMailerTest, ARefusalOfTheRecipientIsOfThisMail) {
  SmtpChild server(
      "--fault 'rcpt=550 5.1.1 <gone@example.no> no such user' --only gone@example.no");
  Sender sender(ServerAt(server.Url()));
  const MailOutcome refused = sender.Send(1, "gone@example.no");
  EXPECT_THAT(refused, Is(Kind::kRefused, 550));
  EXPECT_EQ(refused.reply, "550 5.1.1 <...> no such user") << "the address is nobody's business";
  EXPECT_THAT(sender.Send(2), Is(Kind::kAccepted, 250));
  EXPECT_THAT(SentTo("--fault 'rcpt=450 4.2.0 greylisted'"), Is(Kind::kRefused, 450));
  EXPECT_THAT(SentTo("--fault 'data=451 4.3.0 later'"), Is(Kind::kRefused, 451));
}

TEST(SmtpMailerTest, ARefusalOfTheMessageIsOfThisMail) {
  for (const size_t bytes : {400, 3'000'000}) {
    EXPECT_THAT(SentTo("--fault 'end=554 5.6.0 spam'", bytes), Is(Kind::kRefused, 554));
    EXPECT_THAT(SentTo("--fault 'end=452 4.3.1 full'", bytes), Is(Kind::kRefused, 452));
  }
  EXPECT_THAT(SentTo("--fault 'mail=552 5.3.4 too large'"), Is(Kind::kRefused, 552));
}

TEST(SmtpMailerTest, WhatEveryMailWouldBeToldIsTheServersTrouble) {
  EXPECT_THAT(SentTo("--fault 'connect=554 no service here'"), Is(Kind::kTrouble, 554));
  EXPECT_THAT(SentTo("--fault 'connect=421 too many'"), Is(Kind::kTrouble, 421));
  EXPECT_THAT(SentTo("--fault 'mail=550 5.7.1 not from you'"), Is(Kind::kTrouble, 550));
  EXPECT_THAT(SentTo("--fault 'rcpt=421 closing'"), Is(Kind::kTrouble, 421));
  EXPECT_THAT(SentTo("--fault 'end=421 closing'"), Is(Kind::kTrouble, 421));
  EXPECT_THAT(SentTo("--fault connect=drop"), Is(Kind::kTrouble, 0));
  EXPECT_THAT(SentTo("--fault data=drop"), Is(Kind::kTrouble, 0))
      << "before DATA: nothing was sent";
  const MailOutcome refused = Sender(ServerAt("smtp://127.0.0.1:1")).Send(1);
  EXPECT_THAT(refused, Is(Kind::kTrouble, 0));
  EXPECT_THAT(refused.reply, HasSubstr("connect"));
}

TEST(SmtpMailerTest, WhatWasSentWholeAndNotAnsweredIsUnknown) {
  for (const size_t bytes : {400, 3'000'000}) {
    EXPECT_THAT(SentTo("--fault end=drop", bytes), Is(Kind::kUnknown, 0)) << bytes;
    EXPECT_THAT(SentTo("--fault kept=drop", bytes), Is(Kind::kUnknown, 0)) << bytes;
    EXPECT_THAT(SentTo("--fault end=hang", bytes), Is(Kind::kUnknown, 0)) << bytes;
  }
}

TEST(SmtpMailerTest, WhatCannotHaveArrivedWholeWasNotSent) {
  // A long message is still being written when the connection breaks: its end never went out.
  EXPECT_THAT(SentTo("--fault middle=drop", 30'000'000), Is(Kind::kTrouble, 0));
  // A short one may all be under way.
  EXPECT_THAT(SentTo("--fault middle=drop"), Is(Kind::kUnknown, 0));
}

TEST(SmtpMailerTest, AServerThatHangsIsLeftInTime) {
  for (const char* stage : {"connect", "mail", "data"}) {
    const absl::Duration began = SinceBoot();
    EXPECT_THAT(SentTo(std::string("--fault ") + stage + "=hang"), Is(Kind::kTrouble, 0)) << stage;
    EXPECT_LT(SinceBoot() - began, absl::Seconds(20)) << "send_max is 5 s";
  }
}

TEST(SmtpMailerTest, AConnectionThatTheServerLeftIsMadeAnewAndNothingIsSentTwice) {
  SmtpChild server("--fault kept=drop --times 1 --only second@example.no");
  Sender sender(ServerAt(server.Url()));
  EXPECT_THAT(sender.Send(1), Is(Kind::kAccepted, 250));
  EXPECT_THAT(sender.Send(2, "second@example.no"), Is(Kind::kUnknown, 0));
  for (int i = 3; i < 12; ++i) EXPECT_THAT(sender.Send(i), Is(Kind::kAccepted, 250));
  EXPECT_THAT(server.NextMail(), HasSubstr(" 1@example.no"));
  EXPECT_THAT(server.NextMail(), HasSubstr(" 2@example.no"));
  EXPECT_THAT(server.NextMail(), HasSubstr(" 3@example.no"));
}

TEST(SmtpMailerTest, AnIdleConnectionThatTheServerClosesWithAWordIsMadeAnew) {
  // The server takes one mail a connection and answers 421 to whatever comes next on it.
  SmtpChild server("--fault 'again=421 4.4.2 idle for too long'");
  Sender sender(ServerAt(server.Url()));
  for (int i = 1; i < 12; ++i) EXPECT_THAT(sender.Send(i), Is(Kind::kAccepted, 250));
}

TEST(SmtpMailerTest, WithoutTlsNothingIsSentWhereItIsRequired) {
  SmtpChild plain;
  const MailOutcome outcome = Sender(ServerAt(plain.Url(), SmtpTls::kRequired)).Send(1);
  EXPECT_THAT(outcome, Is(Kind::kTrouble, 0));
  EXPECT_THAT(outcome.reply, HasSubstr("STARTTLS"));
  EXPECT_THAT(Sender(ServerAt(plain.Url(), SmtpTls::kIfOffered)).Send(2), Is(Kind::kAccepted, 250));
  EXPECT_THAT(plain.NextMail(), HasSubstr(" 2@example.no"));
}

TEST(SmtpMailerTest, TlsIsSpokenToAServerThatCanProveWhoItIs) {
  const TempDir dir;
  for (const std::string scheme : {"smtp", "smtps"}) {
    SmtpChild child("--folder " + dir.path() + " --tls " +
                    (scheme == "smtp" ? "starttls" : "smtps"));
    SmtpServer server = ServerAt(child.Url(scheme), SmtpTls::kRequired);
    const MailOutcome unproven = Sender(server).Send(1);
    EXPECT_THAT(unproven, Is(Kind::kTrouble, 0)) << scheme;
    EXPECT_THAT(unproven.reply, HasSubstr("certificate"));
    server.ca_file = dir / "smtp.pem";
    EXPECT_THAT(Sender(server).Send(2), Is(Kind::kAccepted, 250)) << scheme;
  }
}

TEST(SmtpMailerTest, AWrongPasswordIsTheServersTroubleAndNeverTold) {
  const TempDir dir;
  SmtpChild child("--tls starttls --folder " + dir.path() + " --login 'hub:correct horse'");
  SmtpServer server = ServerAt(child.Url(), SmtpTls::kRequired);
  server.ca_file = dir / "smtp.pem";
  EXPECT_THAT(Sender(server).Send(1), Field(&MailOutcome::kind, Kind::kTrouble)) << "no login";
  server.user = "hub";
  server.password = "wrong donkey";
  const MailOutcome denied = Sender(server).Send(1);
  EXPECT_THAT(denied, Is(Kind::kTrouble, 535));
  EXPECT_THAT(denied.reply, Not(HasSubstr("donkey")));
  server.password = "correct horse";
  EXPECT_THAT(Sender(server).Send(1), Is(Kind::kAccepted, 250));
}

TEST(SmtpMailerTest, AMailThatIsBegunTooLateIsNotSent) {
  SmtpChild server;
  Sender sender(ServerAt(server.Url()));
  const MailOutcome late = sender.Start(1, "to@example.no", 400, -absl::Seconds(1)).get();
  EXPECT_THAT(late, Is(Kind::kTrouble, 0));
  EXPECT_THAT(late.reply, HasSubstr("before any of it was sent"));
  EXPECT_THAT(sender.Send(2), Is(Kind::kAccepted, 250));
  EXPECT_THAT(server.NextMail(), HasSubstr(" 2@example.no"));
}

TEST(SmtpMailerTest, StoppingAnswersEverything) {
  SmtpChild server("--fault end=hang");
  SmtpServer patient = ServerAt(server.Url());
  patient.send_max = absl::Seconds(60);
  Sender sender(patient);
  std::vector<std::future<MailOutcome>> outcomes;
  for (int i = 0; i < 10; ++i) outcomes.push_back(sender.Start(i));
  absl::SleepFor(absl::Seconds(2));  // Until those that fit are under way.
  sender.mailer().Stop();
  int unknown = 0;
  for (auto& outcome : outcomes) unknown += outcome.get().kind == Kind::kUnknown;
  EXPECT_EQ(unknown, kSmtpConnections);
  EXPECT_THAT(sender.Send(11), Is(Kind::kTrouble, 0));
}

TEST(SmtpMailerTest, MoreThanItsBoundIsRefusedAtOnce) {
  SmtpChild server("--fault end=hang");
  Sender sender(ServerAt(server.Url()));
  std::vector<std::future<MailOutcome>> outcomes;
  for (size_t i = 0; i < kMailsWaitingMax + kSmtpConnections + 1; ++i)
    outcomes.push_back(sender.Start(static_cast<int>(i)));
  EXPECT_EQ(outcomes.back().wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_THAT(outcomes.back().get(), Is(Kind::kTrouble, 0));
}

TEST(SmtpMailerTest, AnotherKindOfUrlIsRefusedWithTheRemedy) {
  for (const char* url : {"http://mail.example.no", "mail.example.no", "", "smtp//x"}) {
    const auto mailer = SmtpMailer::Create(ServerAt(url));
    ASSERT_FALSE(mailer.ok()) << url;
    EXPECT_THAT(std::string(mailer.status().message()), HasSubstr("SMTP"));
  }
}

TEST(ReplyTest, AddressesAreNotRepeatedAndLinesAreOne) {
  EXPECT_EQ(ReplyWithoutAddresses("550 5.1.1 <ola@example.no>: no such\r\n"),
            "550 5.1.1 <...>: no such");
  EXPECT_EQ(ReplyWithoutAddresses("ola@example.no kari@example.no"), "... ...");
  EXPECT_EQ(ReplyWithoutAddresses("@"), "...");
  EXPECT_EQ(ReplyWithoutAddresses("250 p\xc3\xa5"), "250 p??");
  EXPECT_EQ(ReplyWithoutAddresses(std::string(5000, 'x')).size(), kSmtpReplyCharsMax);
}

}  // namespace
}  // namespace overgang
