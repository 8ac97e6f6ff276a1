// The inbox with real folders.
#include "producers/plo/plo_inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PloInboxTest : public ::testing::Test {
 protected:
  void Open(PloRole role = PloRole::kReceiver) {
    hub_ = std::make_unique<Hub>(role);
    NewInbox();
    ASSERT_TRUE(inbox_->Prepare().ok());
  }
  void NewInbox() {
    const PloInbox::Options options = {In().string(), Out().string()};
    inbox_ = std::make_unique<PloInbox>(*hub_->receiver, hub_->metrics, hub_->clock, options);
  }
  // What is left on disk when the process is gone.
  void Crash() {
    inbox_.reset();
    hub_->Restart();
    NewInbox();
  }
  fs::path In() { return hub_->folder / "plo/in"; }
  fs::path Out() { return hub_->folder / "plo/out"; }
  std::vector<std::string> Names(const fs::path& folder) {
    std::vector<std::string> names;
    for (const fs::path& path : FilesIn(folder)) names.push_back(path.filename().string());
    return names;
  }
  std::string AppRecName(const TestMessage& message) {
    return absl::StrCat("apprec-", message.msg_id, ".xml");
  }

  std::unique_ptr<Hub> hub_;
  std::unique_ptr<PloInbox> inbox_;
};

TEST_F(PloInboxTest, AFileBecomesFactsAndAnAppRecAndIsGone) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
  EXPECT_THAT(ReadAll(Out() / AppRecName(TestMessage())), HasSubstr("<Status V=\"1\""));
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
}

TEST_F(PloInboxTest, ItIsWatchedAndStopsWhenTold) {
  Open();
  ASSERT_TRUE(inbox_->Start().ok());
  WriteAll(In() / ".a", TestMessage().Text());
  fs::rename(In() / ".a", In() / "a.xml");
  for (int i = 0; i < 1000 && !fs::exists(Out() / AppRecName(TestMessage())); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
  inbox_->Stop();
  inbox_->Stop();
  WriteAll(In() / "b.xml", Ukp().Text());
  EXPECT_THAT(Names(In()), ElementsAre("b.xml"));
}

TEST_F(PloInboxTest, WhatIsNotFinishedOrNoFileIsLeftAlone) {
  Open();
  for (const char* name : {".hidden", "half.tmp", "half.part"})
    WriteAll(In() / name, TestMessage().Text());
  fs::create_directory(In() / "folder");
  fs::create_symlink("/etc/passwd", In() / "link.xml");
  ASSERT_EQ(mkfifo((In() / "pipe.xml").c_str(), 0600), 0);
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_EQ(Names(In()).size(), 6u);
  EXPECT_THAT(hub_->Facts(), IsEmpty());
}

TEST_F(PloInboxTest, WhenTheLogCannotBeWrittenTheFileStays) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  hub_->log.FailNextAppends(1, absl::UnavailableError("no broker"));
  EXPECT_EQ(inbox_->Scan().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Names(In()), ElementsAre("a.xml"));
  EXPECT_THAT(Names(Out()), IsEmpty());
  EXPECT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
}

TEST_F(PloInboxTest, TheSameMessageTwiceInOneLookHoldsUpNothing) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  WriteAll(In() / "b.xml", TestMessage().Text());
  EXPECT_TRUE(inbox_->Scan().ok());
  EXPECT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
}

TEST_F(PloInboxTest, ARepeatGetsNoSecondAppRecAfterTheFirstWasFetched) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  ASSERT_TRUE(inbox_->Scan().ok());
  fs::remove(Out() / AppRecName(TestMessage()));
  Crash();
  ASSERT_TRUE(inbox_->Prepare().ok());
  WriteAll(In() / "again.xml", TestMessage().Text());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_THAT(Names(Out()), IsEmpty());
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
}

TEST_F(PloInboxTest, ACrashAfterTheFactsGivesTheSameFactsAndOneAppRec) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  hub_->log.DropAcknowledgement();
  EXPECT_FALSE(inbox_->Scan().ok());
  Crash();
  ASSERT_TRUE(inbox_->Prepare().ok());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
  std::set<std::string> ids;
  for (const v1::Envelope& fact : hub_->Facts()) ids.insert(fact.event_id());
  EXPECT_EQ(ids.size(), 2u);
}

// Puts the disk into the state that a crash leaves after the AppRec was put aside, before or after
// it was remembered.
TEST_F(PloInboxTest, ACrashBetweenAnswerAndOutboxSendsTheAppRecOnce) {
  Open();
  const std::string staged = absl::StrCat(".", AppRecName(TestMessage()), ".tmp");
  ASSERT_TRUE(hub_->seen->Add({{TestMessage().msg_id, "digest", ""}}).ok());
  WriteAll(Out() / staged, "<AppRec/>");
  WriteAll(In() / "a.xml", TestMessage().Text());
  Crash();
  ASSERT_TRUE(inbox_->Prepare().ok());
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
  fs::remove(Out() / AppRecName(TestMessage()));
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_THAT(Names(Out()), IsEmpty());
}

TEST_F(PloInboxTest, ACrashBeforeItIsRememberedAnswersAnew) {
  Open();
  WriteAll(Out() / absl::StrCat(".", AppRecName(TestMessage()), ".tmp"), "<half");
  WriteAll(In() / "a.xml", TestMessage().Text());
  Crash();
  ASSERT_TRUE(inbox_->Prepare().ok());
  EXPECT_THAT(Names(Out()), IsEmpty());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(ReadAll(Out() / AppRecName(TestMessage())), HasSubstr("<Status V=\"1\""));
}

TEST_F(PloInboxTest, AnOutboxThatCannotBeWrittenKeepsTheFileUnanswered) {
  Open();
  WriteAll(In() / "a.xml", TestMessage().Text());
  fs::remove(Out());
  WriteAll(Out(), "a file where the folder was");
  EXPECT_EQ(inbox_->Scan().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Names(In()), ElementsAre("a.xml"));
  EXPECT_EQ(hub_->seen->size(), 0u);
  fs::remove(Out());
  ASSERT_TRUE(inbox_->Prepare().ok());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
}

TEST_F(PloInboxTest, GarbageIsParkedAndOthersGoOn) {
  Open();
  WriteAll(In() / "1.xml", "garbage");
  WriteAll(In() / "2.xml", "");
  WriteAll(In() / "3.xml", TestMessage().Text());
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(hub_->Count("MessageParked"), 2u);
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
}

TEST_F(PloInboxTest, AFileOfAHundredMegabytesIsParkedAndMovedAside) {
  Open();
  {
    WriteAll(In() / "big.xml", TestMessage().Text());
    fs::resize_file(In() / "big.xml", 100'000'000);
  }
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), ElementsAre("too-large"));
  ASSERT_EQ(Names(In() / "too-large").size(), 1u);
  EXPECT_EQ(fs::file_size(In() / "too-large" / Names(In() / "too-large")[0]), 100'000'000u);
  ASSERT_EQ(hub_->Count("MessageParked"), 1u);
  EXPECT_EQ(hub_->Facts()[0].message_parked().code(), "too_large");
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_EQ(hub_->Count("MessageParked"), 1u);
}

TEST_F(PloInboxTest, WhatIsReadButCannotBeSealedWholeIsMovedNotDeleted) {
  Open();
  const std::string text = TestMessage().Text();
  WriteAll(In() / "padded.xml", text + std::string(kKeptBytesMax, ' '));
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), ElementsAre("too-large"));
  EXPECT_EQ(Names(In() / "too-large").size(), 1u);
  EXPECT_THAT(Names(Out()), ElementsAre(AppRecName(TestMessage())));
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
}

// The rights of somebody else, where the test runs with all rights.
class AsSomebody {
 public:
  AsSomebody() { EXPECT_EQ(seteuid(is_root_ ? 65534 : geteuid()), 0); }
  ~AsSomebody() { EXPECT_EQ(seteuid(is_root_ ? 0 : geteuid()), 0); }

 private:
  const bool is_root_ = geteuid() == 0;
};

TEST_F(PloInboxTest, AFileThatCannotBeReadHoldsUpNoOther) {
  Open();
  for (const fs::path& folder : {hub_->folder.path(), hub_->folder / "plo", In(), Out()})
    fs::permissions(folder, fs::perms::all);
  WriteAll(In() / "1.xml", TestMessage().Text());
  ASSERT_EQ(chmod((In() / "1.xml").c_str(), 0), 0);
  for (size_t i = 0; i < kFilesAtOnce; ++i) {
    WriteAll(In() / absl::StrCat("2-", i, ".xml"),
             Ukp(absl::StrCat("00000000-0000-4000-8000-", 100000000000 + i)).Text());
  }
  {
    const AsSomebody somebody;
    EXPECT_TRUE(inbox_->Scan().ok());
    EXPECT_TRUE(inbox_->Scan().ok());
  }
  EXPECT_THAT(Names(In()), ElementsAre("1.xml"));
  EXPECT_EQ(hub_->Count("UkpDeclared"), kFilesAtOnce);
  EXPECT_THAT(hub_->metrics.Text(), HasSubstr("overgang_plo_inbox_failures_total 1"));
  ASSERT_EQ(chmod((In() / "1.xml").c_str(), 0644), 0);
  hub_->clock.Advance(kFileRetryAfter);
  EXPECT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
}

// What is logged meanwhile.
class LogCapture {
 public:
  LogCapture() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  std::string Text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(PloInboxTest, AFileThatCannotBeTakenOutIsHandledOnceAndItsNameIsNotLogged) {
  Open();
  const LogCapture logged;
  // Too long for the name that it would get.
  const std::string name = SyntheticNumber() + std::string(220, 'x') + ".xml";
  WriteAll(In() / name, std::string(kKeptBytesMax + 1, 'x'));
  WriteAll(In() / "z.xml", TestMessage().Text());
  EXPECT_TRUE(inbox_->Scan().ok());
  hub_->clock.Advance(kFileRetryAfter);
  EXPECT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), ElementsAre(name, "too-large"));
  EXPECT_EQ(hub_->Count("MessageParked"), 1u);
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
  EXPECT_THAT(hub_->metrics.Text(), HasSubstr("overgang_plo_inbox_failures_total 2"));
  EXPECT_THAT(logged.Text(), HasSubstr(In().string() + " has a file that cannot be moved"));
  EXPECT_THAT(logged.Text(), Not(HasSubstr(SyntheticNumber())));
}

TEST_F(PloInboxTest, ErrorsOfReadingNameTheFolderOnly) {
  Open();
  for (const fs::path& folder : {hub_->folder.path(), hub_->folder / "plo", In(), Out()})
    fs::permissions(folder, fs::perms::all);
  const LogCapture logged;
  WriteAll(In() / (SyntheticNumber() + ".xml"), TestMessage().Text());
  ASSERT_EQ(chmod((In() / (SyntheticNumber() + ".xml")).c_str(), 0), 0);
  {
    const AsSomebody somebody;
    EXPECT_TRUE(inbox_->Scan().ok());
  }
  EXPECT_THAT(logged.Text(), HasSubstr(In().string() + " has a file that cannot be opened"));
  EXPECT_THAT(logged.Text(), Not(HasSubstr(SyntheticNumber())));
}

// Calls the test when the receiver looks at the time: a file has been read by then, and is not yet
// removed.
class HookClock final : public Clock {
 public:
  explicit HookClock(const Clock& clock) : clock_(clock) {}
  absl::Time Now() const override {
    if (auto hook = std::exchange(hook_, nullptr)) hook();
    return clock_.Now();
  }
  void Once(std::function<void()> hook) { hook_ = std::move(hook); }

 private:
  const Clock& clock_;
  mutable std::function<void()> hook_;
};

TEST_F(PloInboxTest, AMessageThatComesUnderTheNameOfAnotherIsNotDeletedWithIt) {
  Open();
  HookClock clock(hub_->clock);
  PloReceiver receiver({hub_->writer, hub_->directory, hub_->pseudonymizer, clock, *hub_->seen,
                        hub_->metrics, PloRole::kReceiver});
  PloInbox inbox(receiver, hub_->metrics, hub_->clock, {In().string(), Out().string()});
  WriteAll(In() / "message.xml", TestMessage().Text());
  clock.Once([&] {
    WriteAll(In() / ".next", Ukp().Text());
    fs::rename(In() / ".next", In() / "message.xml");
  });
  ASSERT_TRUE(inbox.Scan().ok());
  EXPECT_EQ(hub_->Count("PatientAdmitted"), 1u);
  EXPECT_THAT(Names(In()), ElementsAre("message.xml"));
  ASSERT_TRUE(inbox.Scan().ok());
  EXPECT_EQ(hub_->Count("UkpDeclared"), 1u);
  EXPECT_THAT(Names(In()), IsEmpty());
}

TEST_F(PloInboxTest, MoreFilesThanAtOnceAreAllHandled) {
  Open();
  const size_t count = kFilesAtOnce * 3 + 1;
  for (size_t i = 0; i < count; ++i) {
    TestMessage message = Ukp(absl::StrCat("00000000-0000-4000-8000-", 100000000000 + i));
    WriteAll(In() / absl::StrCat(i, ".xml"), message.Text());
  }
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(Names(Out()).size(), count);
  EXPECT_EQ(hub_->Count("UkpDeclared"), count);
}

TEST_F(PloInboxTest, AReceiptWaitsForItsMessageAndIsParkedWhenItNeverComes) {
  Open(PloRole::kCopy);
  const auto receipt = [&](const TestMessage& message) {
    const auto directory = hub_->directory.Get();
    const PloReading reading = ReadPlo(
        message.Text(), {*directory, hub_->pseudonymizer, PloRole::kReceiver, hub_->clock.Now()});
    return WriteAppRec(reading.message, {}, "aaaaaaaa-0000-4000-8000-000000000001",
                       hub_->clock.Now(), AppRecVersion::kVersion11);
  };
  WriteAll(In() / "receipt.xml", receipt(Ukp()));
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), ElementsAre("receipt.xml"));
  WriteAll(In() / "z-message.xml", Ukp().Text());
  ASSERT_TRUE(inbox_->Scan().ok());
  hub_->clock.Advance(kReceiptRetryAfter);
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(hub_->Count("KommuneNotifiedOfUkp"), 1u);

  WriteAll(In() / "orphan.xml", receipt(TestMessage()));
  ASSERT_TRUE(inbox_->Scan().ok());
  hub_->clock.Advance(kReceiptWaitMax);
  ASSERT_TRUE(inbox_->Scan().ok());
  EXPECT_THAT(Names(In()), IsEmpty());
  EXPECT_EQ(hub_->Count("MessageParked"), 1u);
  EXPECT_THAT(Names(Out()), IsEmpty());
}

TEST_F(PloInboxTest, FoldersThatCannotBeMadeAreNamed) {
  Open();
  WriteAll(hub_->folder / "file", "");
  PloInbox inbox(*hub_->receiver, hub_->metrics, hub_->clock,
                 {(hub_->folder / "file/in").string(), Out().string()});
  const absl::Status status = inbox.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("file/in"));
}

}  // namespace
}  // namespace overgang::plo
