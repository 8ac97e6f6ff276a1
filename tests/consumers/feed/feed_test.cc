// Beginning, going on, and nothing lost in between.
#include <random>
#include <set>
#include <thread>

#include "tests/consumers/feed/feed_fixture.h"

namespace overgang::feed::testing {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAreArray;

TEST_F(FeedTest, TheFirstMessageSaysWhereTheStreamBegins) {
  const std::vector<std::string> before = AppendAdmissions(3);
  Subscriber end(table_, From("END"));
  const auto first = end.Next();
  ASSERT_TRUE(first && first->has_heartbeat()) << end.status;
  EXPECT_EQ(first->heartbeat().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_FALSE(first->has_fact());
  const std::vector<std::string> after = AppendAdmissions(2);
  EXPECT_THAT(IdsOf(end.Facts(2)), UnorderedElementsAreArray(after));
  // Who goes on from there gets the same.
  Subscriber again(table_, From(first->cursor()));
  EXPECT_THAT(IdsOf(again.Facts(2)), UnorderedElementsAreArray(after));
  Subscriber beginning(table_, From("BEGINNING"));
  EXPECT_THAT(IdsOf(beginning.Facts(5)), IsSupersetOf(before));
}

TEST_F(FeedTest, AMessageHasTheFactItsTypeAndItsCursor) {
  Subscriber subscriber = Begun(From("END"));
  const v1::Envelope fact = Admitted("a", 1, "V1", 0);
  const auto positions = Append({fact});
  const auto message = subscriber.NextFact();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->fact().SerializeAsString(), fact.SerializeAsString());
  EXPECT_EQ(message->type(), "overgang.v1.PatientAdmitted");
  const auto cursor = Cursor::Parse(message->cursor(), kIncarnation);
  ASSERT_TRUE(cursor.ok());
  EXPECT_TRUE(cursor->Covers(Cursor::After(kIncarnation, positions)));
}

TEST_F(FeedTest, FactsOfOnePersonKeepTheirOrder) {
  std::vector<v1::Envelope> facts;
  for (int i = 0; i < 300; ++i) facts.push_back(Admitted("a" + std::to_string(i), i % 7, "V", i));
  Append(facts);
  Subscriber subscriber(table_, From("BEGINNING"));
  std::map<std::string, int64_t> newest;
  for (const v1::SubscribeResponse& message : subscriber.Facts(facts.size())) {
    int64_t& seen = newest[message.fact().patient_ref()];
    EXPECT_LT(seen, message.fact().occurred_at().seconds());
    seen = message.fact().occurred_at().seconds();
  }
}

TEST_F(FeedTest, EveryCursorGoesOnExactlyAfterItsMessage) {
  // Some are read by who is behind, some from what all share, and again in the other way.
  AppendAdmissions(200);
  Subscriber subscriber(table_, From("BEGINNING"));
  std::vector<v1::SubscribeResponse> all = subscriber.Facts(200);
  for (int i = 0; i < 5; ++i) {
    AppendAdmissions(20);
    for (v1::SubscribeResponse& message : subscriber.Facts(20)) all.push_back(std::move(message));
  }
  const std::vector<std::string> ids = IdsOf(all);
  ASSERT_EQ(std::set(ids.begin(), ids.end()).size(), 300u);
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    const size_t at = random() % all.size();
    Subscriber resumed(table_, From(all[at].cursor()));
    const std::vector<std::string> rest(ids.begin() + static_cast<ptrdiff_t>(at) + 1, ids.end());
    EXPECT_THAT(IdsOf(resumed.Facts(rest.size())), UnorderedElementsAreArray(rest));
    EXPECT_TRUE(resumed.IsSilent(absl::Milliseconds(20)));
  }
}

TEST_F(FeedTest, NothingIsLostOrRepeatedWhileFactsComeAndSubscribersComeAndGo) {
  constexpr int kBatches = 150;
  std::set<std::string> appended;
  std::thread appender([&] {
    for (int i = 0; i < kBatches; ++i) {
      for (const std::string& id : AppendAdmissions(40)) appended.insert(id);
    }
  });
  std::set<std::string> had;
  std::string cursor = "BEGINNING";
  int pieces = 0;
  while (had.size() < kBatches * 40) {
    // Killed after some messages, it goes on from the last cursor that it has.
    Subscriber subscriber(table_, From(cursor));
    const size_t piece = 1 + static_cast<size_t>(++pieces * 37 % 400);
    for (size_t i = 0; i < piece && had.size() < kBatches * 40; ++i) {
      const auto message = subscriber.NextFact();
      ASSERT_TRUE(message) << subscriber.status;
      EXPECT_TRUE(had.insert(message->fact().event_id()).second);
      cursor = message->cursor();
    }
  }
  appender.join();
  EXPECT_EQ(had, appended);
  EXPECT_GT(pieces, 10);
}

TEST_F(FeedTest, WhatIsNoFactOfTheFeedIsPassedOver) {
  Subscriber subscriber = Begun(From("END"));
  v1::Envelope original = Fact("o", 0, "", 0);
  original.mutable_original_received()->set_sealed("sealed");
  v1::Envelope founded = Fact("f", 0, "", 0);
  founded.mutable_log_founded();
  Append({original, founded});
  // An original in a topic where it does not belong, bytes that are no envelope, and an envelope
  // without a fact.
  NewRecord misplaced{Topic::kPathway, "key", original.SerializeAsString(), {}};
  NewRecord poison{Topic::kPathway, "key", "\x0a\x64truncated", {}};
  NewRecord empty{Topic::kPathway, "key", Fact("e", 1, "", 0).SerializeAsString(), {}};
  ASSERT_TRUE(AppendAndWait(log_, {misplaced, poison, empty}).ok());
  const std::vector<std::string> ids = AppendAdmissions(1);
  const std::vector<v1::SubscribeResponse> facts = subscriber.Facts(1);
  EXPECT_THAT(IdsOf(facts), ElementsAreArray(ids));
  // Its cursor is past them, and so is who reads them all anew.
  Subscriber beginning(table_, From("BEGINNING"));
  EXPECT_THAT(IdsOf(beginning.Facts(1)), ElementsAreArray(ids));
  Subscriber resumed(table_, From(facts[0].cursor()));
  EXPECT_TRUE(resumed.IsSilent());
}

TEST_F(FeedTest, RefusesWhatCannotBeAnswered) {
  const auto refusal = [this](v1::SubscribeRequest request) {
    Subscriber subscriber(table_, request);
    while (subscriber.Next(absl::Seconds(2))) {
    }
    return subscriber.status;
  };
  EXPECT_EQ(refusal(From("")).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refusal(From("begin")).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refusal(From(Cursor{"another", {}}.Encode())).code(),
            absl::StatusCode::kFailedPrecondition);
  Cursor ahead{kIncarnation, {}};
  ahead.next[3] = 7;
  const absl::Status lost = refusal(From(ahead.Encode()));
  EXPECT_EQ(lost.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(lost.message()), HasSubstr("beyond the end of the log"));
  for (const int seconds : {-1, 301}) {
    v1::SubscribeRequest request = From("END");
    request.set_heartbeat_seconds(seconds);
    EXPECT_THAT(std::string(refusal(request).message()), HasSubstr("heartbeat_seconds"));
  }
}

TEST_F(FeedTest, WhatTheLogNoLongerHoldsIsSaid) {
  Subscriber subscriber = Begun(From("END"));
  AppendAdmissions(50);
  const auto facts = subscriber.Facts(50);
  for (int32_t partition = 0; partition < Spec(Topic::kPathway).partitions; ++partition)
    log_.Trim({Topic::kPathway, partition}, log_.Ends()->next[static_cast<size_t>(partition)]);
  Subscriber late(table_, From(facts[0].cursor()));
  EXPECT_FALSE(late.NextFact());
  EXPECT_EQ(late.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(late.status.message()), HasSubstr("no longer holds"));
  Subscriber beginning = Begun(From("BEGINNING"));
  const std::vector<std::string> ids = AppendAdmissions(1);
  EXPECT_THAT(IdsOf(beginning.Facts(1)), ElementsAreArray(ids));
}

TEST_F(FeedTest, ALogThatCannotBeReachedIsReadAgain) {
  Subscriber subscriber = Begun(From("END"));
  log_.FailNextPolls(1, absl::UnavailableError("no broker"));
  const std::vector<std::string> ids = AppendAdmissions(3);
  EXPECT_THAT(IdsOf(subscriber.Facts(3)), UnorderedElementsAreArray(ids));
}

TEST_F(FeedTest, LostRecordsEndTheStreamsLoudly) {
  Subscriber subscriber = Begun(From("END"));
  log_.FailNextPolls(1, absl::DataLossError("offset 7 is missing"));
  AppendAdmissions(3);
  EXPECT_FALSE(subscriber.NextFact());
  EXPECT_EQ(subscriber.status.code(), absl::StatusCode::kDataLoss);
  // Who subscribes after that is served where the log can be read.
  Subscriber again(table_, From("BEGINNING"));
  again.Facts(3);
}

TEST_F(FeedTest, StoppingEndsEveryStream) {
  Subscriber subscriber = Begun(From("END"));
  service_.Stop();
  EXPECT_FALSE(subscriber.NextFact());
  EXPECT_EQ(subscriber.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Subscriber(table_, From("END")).status.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang::feed::testing
