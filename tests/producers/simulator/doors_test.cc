#include "producers/simulator/doors.h"

#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "core/uuid.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang::simulator {
namespace {

namespace fs = std::filesystem;

TEST(Acknowledgement, AaIsTaken) {
  EXPECT_EQ(ReadAcknowledgement("MSH|^~\\&|HUB\rMSA|AA|id-1\r", "id-1").outcome, Outcome::kTaken);
}

TEST(Acknowledgement, OneOfAnotherMessageDoesNotCount) {
  EXPECT_EQ(ReadAcknowledgement("MSH|^~\\&|HUB\rMSA|AA|id-2\r", "id-1").outcome,
            Outcome::kTryAgain);
}

TEST(Acknowledgement, TheHubsOwnFaultIsTriedAgain) {
  EXPECT_EQ(
      ReadAcknowledgement("MSH|^\rMSA|AE|id-1\rERR||||207^Application internal error\r", "id-1")
          .outcome,
      Outcome::kTryAgain);
  EXPECT_EQ(
      ReadAcknowledgement("MSH|^\rMSA|AE|id-1\rERR|||207^Application internal error|E\r", "id-1")
          .outcome,
      Outcome::kTryAgain);
  EXPECT_EQ(
      ReadAcknowledgement("MSH|^\rMSA|AR|id-1\rERR|||207^Application internal error|E\r", "id-1")
          .outcome,
      Outcome::kTryAgain);
  EXPECT_EQ(ReadAcknowledgement("MSH|^\rMSA|AE|id-1\r", "id-1").outcome, Outcome::kTryAgain);
}

TEST(Acknowledgement, AWrongMessageIsRefusedWithItsPlace) {
  const Reply reply = ReadAcknowledgement(
      "MSH|^\rMSA|AE|id-1\rERR||PID^1^3|204^Unknown key|E||||no such person\r", "id-1");
  EXPECT_EQ(reply.outcome, Outcome::kRefused);
  EXPECT_THAT(reply.text,
              testing::AllOf(testing::HasSubstr("PID^1^3"), testing::HasSubstr("no such person")));
}

TEST(ConnectAnswer, SaysWhatToDo) {
  EXPECT_EQ(ReadConnectAnswer(200, "{}").outcome, Outcome::kTaken);
  EXPECT_EQ(ReadConnectAnswer(404, R"({"code":"not_found"})").outcome, Outcome::kNotYet);
  EXPECT_EQ(ReadConnectAnswer(404, "no such page").outcome, Outcome::kRefused);
  EXPECT_EQ(ReadConnectAnswer(503, R"({"code":"unavailable"})").outcome, Outcome::kTryAgain);
  EXPECT_EQ(ReadConnectAnswer(401, R"({"code":"unauthenticated"})").outcome, Outcome::kTryAgain);
  EXPECT_EQ(ReadConnectAnswer(501, R"({"code":"unimplemented"})").outcome, Outcome::kRefused);
  EXPECT_EQ(ReadConnectAnswer(400, R"({"code":"invalid_argument"})").outcome, Outcome::kRefused);
}

TEST(Address, NeedsHostAndPort) {
  EXPECT_EQ(ParseAddress("127.0.0.1:2575")->port, "2575");
  for (const char* wrong : {"", "2575", ":2575", "host:", "host:0", "host:99999", "host:http"})
    EXPECT_FALSE(ParseAddress(wrong).ok()) << wrong;
}

class PloFoldersTest : public testing::Test {
 protected:
  PloFoldersTest() { fs::create_directories(root_ / "outbox"); }
  ~PloFoldersTest() override { fs::remove_all(root_); }
  Message MakeMessage() {
    Message message;
    message.door = Door::kPlo;
    message.id = RandomUuid();
    message.content = "<MsgHead/>";
    message.send_at = absl::FromUnixSeconds(1000);
    return message;
  }
  void WriteAppRec(const std::string& name, const std::string& original, int status) {
    std::ofstream(root_ / "outbox" / name) << absl::StrCat(
        "<AppRec><Status V=\"", status,
        "\"/><OriginalMsgId><MsgType V=\"LOG_INNLAGT\"/><IssueDate>x</IssueDate><Id>", original,
        "</Id></OriginalMsgId></AppRec>");
  }
  const fs::path root_ = fs::temp_directory_path() / absl::StrCat("plo_folders_", ::getpid());
  PloFolders folders_{root_ / "inbox", root_ / "outbox"};
};

TEST_F(PloFoldersTest, AMessageIsTakenWhenItsFileIsGone) {
  const Message message = MakeMessage();
  ASSERT_TRUE(folders_.Put(message).ok());
  EXPECT_TRUE(folders_.Taken().empty());
  int files = 0;
  for (const auto& entry : fs::directory_iterator(root_ / "inbox")) {
    EXPECT_EQ(entry.path().extension(), ".xml");
    fs::remove(entry.path());
    ++files;
  }
  EXPECT_EQ(files, 1);
  EXPECT_THAT(folders_.Taken(), testing::ElementsAre(message.send_at));
  EXPECT_TRUE(folders_.Taken().empty());
}

TEST_F(PloFoldersTest, AppRecsOfItsOwnMessagesAreTakenOutAndOthersLeft) {
  const Message one = MakeMessage(), two = MakeMessage();
  ASSERT_TRUE(folders_.Put(one).ok());
  ASSERT_TRUE(folders_.Put(two).ok());
  WriteAppRec("a.xml", one.id, 1);
  WriteAppRec("b.xml", two.id, 2);
  WriteAppRec("c.xml", RandomUuid(), 1);
  folders_.ReadAppRecs();
  EXPECT_EQ(folders_.accepted(), 1);
  EXPECT_EQ(folders_.rejected(), 1);
  EXPECT_FALSE(fs::exists(root_ / "outbox" / "a.xml"));
  EXPECT_TRUE(fs::exists(root_ / "outbox" / "c.xml"));
}

TEST_F(PloFoldersTest, AnInboxThatCannotBeWrittenIsSaid) {
  std::ofstream(root_ / "inbox") << "a file where a folder should be";
  EXPECT_FALSE(folders_.Put(MakeMessage()).ok());
}

}  // namespace
}  // namespace overgang::simulator
