// How tiltakskort are told: lists page by page, and the live stream.
#include <gmock/gmock.h>

#include <future>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "tests/consumers/tiltakskort_fixture.h"

namespace overgang::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using enum v1::EscalationLevel;

// Thousands of rows are read for a list, and while the runner reads them it folds nothing.
TEST_F(TiltakskortTest, AListThatWaitsIsNotReadByTheRunner) {
  const auto hub = NewHub();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  std::promise<std::thread::id> runner;
  const int listener = hub->views.AddListener([&, told = false](const auto&) mutable {
    if (!std::exchange(told, true)) runner.set_value(std::this_thread::get_id());
  });
  auto next = log_.Ends()->next;
  ++next[TopicPartition{Topic::kEscalation, 0}.Index()];
  v1::ListTiltakskortRequest request;
  request.set_wait_for(Cursor{kIncarnation, next}.Encode());
  std::promise<std::thread::id> reader;
  Caller caller = OfHospital("first");
  caller.deadline = clock_.Now() + absl::Minutes(1);
  hub->methods.FindUnary("overgang.v1.EscalationService/ListTiltakskort")
      ->call(caller, request, [&](auto message) {
        EXPECT_TRUE(message.ok()) << message.status();
        reader.set_value(std::this_thread::get_id());
      });
  SetLevel(ESCALATION_LEVEL_HVIT);
  const std::thread::id read_by = reader.get_future().get();
  EXPECT_NE(read_by, runner.get_future().get());
  EXPECT_NE(read_by, std::this_thread::get_id());
  hub->views.RemoveListener(listener);
}

// A card's id is made of who it is for, so a kommune that learnt it could tell whose it is.
TEST_F(TiltakskortTest, ATokenOfAPageTellsAKommuneNothingOfAnothersCards) {
  tiltakskort::CardTemplate card = Template("plasser", ESCALATION_LEVEL_ROD);
  card.given_to = tiltakskort::CardFor::kKommuner;
  SetCards({card});
  const auto hub = NewHub();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Minutes(1));
    SetLevel(ESCALATION_LEVEL_ROD);
    ASSERT_TRUE(Eventually([&] { return hub->Open().size() > 1; }));
    SetLevel(ESCALATION_LEVEL_HVIT);
    ASSERT_TRUE(Eventually([&] { return hub->CaughtUp() && hub->Open().empty(); }));
  }
  v1::ListTiltakskortRequest request;
  const auto all =
      hub->Call<v1::ListTiltakskortResponse>("ListTiltakskort", request, OfHospital("x"));
  ASSERT_TRUE(all.ok());
  ASSERT_GT(all->cards_size(), 3);
  request.set_page_size(1);
  std::set<std::string> told;
  for (int page = 0; page < 10; ++page) {
    const auto list =
        hub->Call<v1::ListTiltakskortResponse>("ListTiltakskort", request, OfKommune("x", "5001"));
    ASSERT_TRUE(list.ok()) << list.status();
    for (const v1::Tiltakskort& mine : list->cards()) {
      EXPECT_EQ(mine.issued().recipient(), "k:5001");
      EXPECT_TRUE(told.insert(mine.issued().card_id()).second) << "each once";
    }
    const std::string token = absl::HexStringToBytes(list->next_page_token());
    for (const v1::Tiltakskort& any : all->cards()) {
      if (any.issued().recipient() == "k:5001") continue;
      EXPECT_THAT(token, Not(HasSubstr(any.issued().card_id()))) << any.issued().recipient();
    }
    if (token.empty()) break;
    request.set_page_token(list->next_page_token());
  }
  EXPECT_EQ(told.size(), 3U);
}

TEST_F(TiltakskortTest, AWatcherIsToldOfACardWhenItComesChangesAndIsClosed) {
  const auto hub = NewHub();
  std::atomic<int> wakes = 0;
  auto stream = hub->methods.FindStream("overgang.v1.EscalationService/WatchEscalation")
                    ->open(OfHospital("first"), v1::WatchEscalationRequest(), [&] { ++wakes; });
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  std::vector<v1::WatchEscalationResponse> heard;
  const auto hear = [&](auto until) {
    return Eventually([&] {
      const auto step = (*stream)->Next();
      if (step.ok() && step->message != nullptr)
        heard.push_back(static_cast<const v1::WatchEscalationResponse&>(*step->message));
      return !heard.empty() && until(heard.back());
    });
  };
  ASSERT_TRUE(hear([](const auto& message) { return message.full(); }));
  EXPECT_TRUE(heard.back().cards().empty());
  SetLevel(ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(hear([](const auto& message) { return message.cards_size() == 1; }));
  const std::string id = heard.back().cards(0).issued().card_id();
  EXPECT_GT(wakes, 0);
  ASSERT_EQ(heard.back().cards(0).asked_size(), 1);
  EXPECT_EQ(heard.back().cards(0).asked(0).role(), "first");
  ASSERT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  ASSERT_TRUE(hear([](const auto& message) {
    return message.cards_size() == 1 && message.cards(0).has_acknowledged();
  }));
  // Nobody holds the role any more that acknowledged it: without a further fact it is the others'.
  SetRoles({"second"});
  hub->service.Tick();
  ASSERT_TRUE(hear([](const auto& message) {
    return message.cards_size() == 1 && message.cards(0).asked_size() == 1 &&
           message.cards(0).asked(0).role() == "second";
  }));
  SetLevel(ESCALATION_LEVEL_HVIT);
  ASSERT_TRUE(hear(
      [](const auto& message) { return message.cards_size() == 1 && !message.cards(0).open(); }));
  EXPECT_TRUE(std::ranges::any_of(heard, [](const auto& message) {
    return message.levels_size() == 1 && message.levels(0).level() == ESCALATION_LEVEL_HVIT;
  }));
}

}  // namespace
}  // namespace overgang::testing
