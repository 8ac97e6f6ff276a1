#include "producers/simulator/model.h"

#include <map>
#include <memory>
#include <set>

#include "core/directory.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang::simulator {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'768'550'400);  // 16 January 2026, 09:00 in Oslo.

std::unique_ptr<Model> MakeModel(uint64_t seed, int beds = 900, absl::Time start = kStart) {
  return std::make_unique<Model>(*MakeRegion(*Directory::BuiltIn(), beds, 20),
                                 ModelOptions{seed, start});
}

// Until the model's clock has reached `until`.
std::vector<Message> Take(Model& model, absl::Time until) {
  std::vector<Message> messages;
  while (!model.Done() && model.NextAt() <= until) messages.push_back(model.Next());
  return messages;
}

TEST(Model, TheSameSeedGivesTheSameTraffic) {
  auto one = MakeModel(5), two = MakeModel(5);
  for (int i = 0; i < 6000; ++i) {
    const Message a = one->Next(), b = two->Next();
    ASSERT_EQ(a.content, b.content);
    ASSERT_EQ(a.id, b.id);
    ASSERT_EQ(a.send_at, b.send_at);
    ASSERT_EQ(a.lane, b.lane);
  }
}

TEST(Model, AnotherSeedGivesOtherTraffic) {
  auto one = MakeModel(5), two = MakeModel(6);
  EXPECT_NE(one->Next().content, two->Next().content);
}

TEST(Model, MessagesComeInTheOrderOfTheirTimes) {
  auto model = MakeModel(1);
  absl::Time last = absl::InfinitePast();
  for (int i = 0; i < 8000; ++i) {
    const Message message = model->Next();
    ASSERT_GE(message.send_at, last);
    last = message.send_at;
  }
}

TEST(Model, TheHospitalIsFullWhenTheRunBegins) {
  auto model = MakeModel(1);
  Take(*model, kStart);
  const Truth truth = model->TruthNow();
  EXPECT_GT(truth.inpatients, 900 * 0.84);
  EXPECT_LT(truth.inpatients, 900 * 1.0);
}

TEST(Model, FillingTheHospitalTakesFewMessages) {
  auto model = MakeModel(1);
  EXPECT_LT(Take(*model, kStart).size(), 6000u);
}

TEST(Model, ItStaysFullAndThreeToSixPercentOfBedsHoldUkpPatients) {
  auto model = MakeModel(3);
  double inpatients = 0, ukp = 0;
  constexpr int kDays = 40;
  for (int day = 1; day <= kDays; ++day) {
    Take(*model, kStart + absl::Hours(24 * day));
    inpatients += model->TruthNow().inpatients;
    ukp += model->TruthNow().ukp;
  }
  EXPECT_NEAR(inpatients / kDays / 900, 0.92, 0.05);
  EXPECT_GT(ukp / kDays / 900, 0.03);
  EXPECT_LT(ukp / kDays / 900, 0.06);
}

TEST(Model, FifteenToTwentyPercentBecomeUkp) {
  auto model = MakeModel(3);
  std::set<std::string> admitted, ukp;
  for (const Message& message : Take(*model, kStart + absl::Hours(24 * 40))) {
    if (message.admits) admitted.insert(message.lane);
    if (message.name == "LOG_UTSKRIVNINGSKLAR") ukp.insert(message.lane);
  }
  const double share = static_cast<double>(ukp.size()) / static_cast<double>(admitted.size());
  EXPECT_GT(share, 0.15);
  EXPECT_LT(share, 0.20);
}

TEST(Model, EveryKindOfMessageOccurs) {
  auto model = MakeModel(2);
  std::map<std::string, int> count;
  for (const Message& message : Take(*model, kStart + absl::Hours(24 * 10))) ++count[message.name];
  for (const char* name :
       {"ADT^A01", "ADT^A02", "ADT^A03", "ADT^A08", "ADT^A11", "ADT^A12", "ADT^A13", "ADT^A40",
        "LOG_INNLAGT", "LOG_UTSKRIVNINGSKLAR", "LOG_AVMELDING", "LOG_UTSKREVET", "AnswerUkp",
        "ReportBeds", "ReportPlaces", "ReportEmergencyDepartment"}) {
    EXPECT_GT(count[name], 0) << name;
  }
}

TEST(Model, SomeMessagesAreRepeatedAndSomeCancellationsComeFirst) {
  auto model = MakeModel(2);
  std::map<std::string, int> by_id;
  std::set<std::string> admitted_lanes;
  int early = 0;
  for (const Message& message : Take(*model, kStart + absl::Hours(24 * 40))) {
    ++by_id[message.id];
    if (message.name == "ADT^A01") admitted_lanes.insert(message.lane);
    if (message.name == "ADT^A11" && !admitted_lanes.contains(message.lane)) ++early;
  }
  int repeats = 0;
  for (const auto& [id, times] : by_id) repeats += times > 1 ? 1 : 0;
  EXPECT_GT(repeats, 100);
  EXPECT_GT(early, 0);
}

TEST(Model, AfterCloseOnlyWhatWasWrittenDownIsTold) {
  auto model = MakeModel(4, 100);
  Take(*model, kStart + absl::Hours(50));
  model->Close();
  const Truth before = model->TruthNow();
  int rest = 0;
  for (; !model->Done(); ++rest) model->Next();
  EXPECT_LT(rest, 100);
  EXPECT_EQ(model->TruthNow().inpatients, before.inpatients);
  EXPECT_GT(before.inpatients, 60);
}

TEST(Model, NoPersonHasTwoStaysAtOnce) {
  auto model = MakeModel(9, 200);
  // Visits by person that are admitted and not yet discharged.
  std::map<std::string, std::set<std::string>> open;
  auto visit = [](const Message& message) {
    const size_t at = message.content.find("\rPV1|");
    std::string fields = message.content.substr(at);
    for (int i = 0; i < 19; ++i) fields = fields.substr(fields.find('|') + 1);
    return fields.substr(0, fields.find('|'));
  };
  for (const Message& message : Take(*model, kStart + absl::Hours(24 * 60))) {
    if (message.name == "ADT^A03" || message.name == "ADT^A11")
      open[message.lane].erase(visit(message));
    if (message.name != "ADT^A01") continue;
    open[message.lane].insert(visit(message));
    ASSERT_LE(open[message.lane].size(),
              3u);  // One that arrived late or again may linger, but not more.
  }
}

TEST(Region, BedsAddUpAndKommunerAreTheLargest) {
  const auto region = MakeRegion(*Directory::BuiltIn(), 900, 20);
  ASSERT_TRUE(region.ok());
  int beds = 0;
  for (const SimWard& ward : region->wards) beds += ward.beds;
  EXPECT_EQ(beds, 900);
  EXPECT_EQ(region->kommuner.size(), 20u);
  EXPECT_EQ(region->kommuner.front().name, "Trondheim");
}

TEST(Region, TooFewBedsNameTheOptionAndTheRemedy) {
  const auto region = MakeRegion(*Directory::BuiltIn(), 3, 20);
  EXPECT_EQ(region.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(region.status().ToString()), testing::HasSubstr("--hospital-size"));
}

}  // namespace
}  // namespace overgang::simulator
