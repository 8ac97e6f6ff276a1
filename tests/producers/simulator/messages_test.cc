#include "producers/simulator/messages.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/directory.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "producers/simulator/model.h"

namespace overgang::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kStart = absl::FromUnixSeconds(1'768'550'400);

std::vector<Message> SomeDays(int days) {
  Model model(*MakeRegion(*Directory::BuiltIn(), 300, 20), {8, kStart});
  std::vector<Message> messages;
  while (model.NextAt() <= kStart + absl::Hours(24 * days)) messages.push_back(model.Next());
  return messages;
}

std::string Field(const std::string& message, std::string_view segment, int number) {
  const std::vector<std::string> lines = absl::StrSplit(message, '\r');
  for (const std::string& line : lines) {
    const std::vector<std::string> fields = absl::StrSplit(line, '|');
    if (fields[0] == segment)
      return static_cast<size_t>(number) < fields.size() ? fields[static_cast<size_t>(number)] : "";
  }
  return "(no such segment)";
}

TEST(Adt, EveryMessageNamesFacilityPersonAndTimes) {
  int checked = 0;
  for (const Message& message : SomeDays(3)) {
    if (message.door != Door::kMllp) continue;
    ++checked;
    ASSERT_EQ(message.content.substr(0, 13), "MSH|^~\\&|PAS|");
    ASSERT_EQ(Field(message.content, "MSH", 3), "STO");
    ASSERT_EQ(Field(message.content, "MSH", 9), message.id);
    ASSERT_LE(message.id.size(), 20u);
    ASSERT_THAT(Field(message.content, "PID", 3), HasSubstr("^MR"));
    ASSERT_GE(Field(message.content, "EVN", 6).size(), 14u);
    if (message.name == "ADT^A40") continue;
    ASSERT_FALSE(Field(message.content, "PV1", 19).empty());
  }
  EXPECT_GT(checked, 500);
}

TEST(Adt, AnUnknownPersonIsMergedIntoTheKnownOne) {
  std::map<std::string, std::string> admitted;
  int merges = 0;
  for (const Message& message : SomeDays(20)) {
    if (message.name == "ADT^A01") admitted[Field(message.content, "PID", 3)] = message.lane;
    if (message.name != "ADT^A40") continue;
    ++merges;
    EXPECT_THAT(Field(message.content, "PID", 3), HasSubstr(message.lane));
    EXPECT_TRUE(admitted.contains(Field(message.content, "MRG", 1)));
  }
  EXPECT_GT(merges, 0);
}

TEST(Adt, DelimitersInTextAreEscaped) {
  Stay stay;
  stay.person.street = "Berg & Dal | ^~\\";
  stay.person.residence = stay.person.lives_at = "5001";
  Step step;
  const SimRegion region = *MakeRegion(*Directory::BuiltIn(), 300, 1);
  const std::string message = WriteAdt(region, {"abcdef"}, stay, step, false);
  EXPECT_THAT(Field(message, "PID", 11),
              HasSubstr("Berg \\T\\ Dal \\F\\ \\S\\\\R\\\\E\\^^^^^NOR^H^^5001"));
}

TEST(Adt, Latin1IsSaidInMsh18) {
  Stay stay;
  stay.latin1 = true;
  stay.person.family = "Bjørnås";
  const SimRegion region = *MakeRegion(*Directory::BuiltIn(), 300, 1);
  const std::string message = WriteAdt(region, {"abcdef"}, stay, Step(), false);
  EXPECT_EQ(Field(message, "MSH", 17), "8859/1");
  EXPECT_EQ(Field(message, "PID", 5), "Bj\xF8rn\xE5s^");
}

TEST(Plo, EveryMessageIsValidAgainstTheSchema) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / absl::StrCat("simulator_plo_", ::getpid());
  std::filesystem::create_directory(folder);
  std::map<std::string, int> written;
  std::string files;
  for (const Message& message : SomeDays(25)) {
    if (message.door != Door::kPlo) continue;
    const bool cancels = message.content.find("V=\"C\"") != std::string::npos;
    int& count = written[absl::StrCat(message.name, cancels ? " C" : "")];
    if (++count > 15) continue;
    const std::filesystem::path file = folder / absl::StrCat(message.id, ".xml");
    std::ofstream(file) << message.content;
    absl::StrAppend(&files, " ", file.string());
  }
  const std::string command =
      absl::StrCat("xmllint --nonet --noout --schema '", OVERGANG_STANDARDS, "/plo/xsd/all.xsd'",
                   files, " >", (folder / "said").string(), " 2>&1");
  const int result = std::system(command.c_str());
  std::ifstream said(folder / "said");
  EXPECT_EQ(result, 0) << std::string(std::istreambuf_iterator<char>(said), {}).substr(0, 2000);
  EXPECT_EQ(written.size(), 5u);  // Four kinds, and one cancelled.
  std::filesystem::remove_all(folder);
}

TEST(Intake, AnswersNameThePersonAtTheHospital) {
  int answers = 0;
  for (const Message& message : SomeDays(5)) {
    if (message.name != "AnswerUkp") continue;
    ++answers;
    EXPECT_THAT(message.content, HasSubstr(absl::StrCat("\"idNumber\":\"", message.lane, "\"")));
    EXPECT_THAT(message.content, HasSubstr("\"hospital\":\"974749025\""));
    EXPECT_THAT(message.content, HasSubstr("\"idempotencyKey\":\"" + message.id + "\""));
  }
  EXPECT_GT(answers, 10);
}

}  // namespace
}  // namespace overgang::simulator
