// Slow ones, many, and idle ones: nobody costs the others anything.
#include <algorithm>
#include <deque>
#include <list>

#include "core/directory.h"
#include "tests/consumers/feed/feed_fixture.h"

namespace overgang::feed::testing {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

TEST_F(FeedTest, WhoIsOvertakenReadsByItselfAndLosesNothing) {
  Subscriber slow = Begun(From("END"));
  Subscriber quick = Begun(From("END"));
  std::vector<std::string> ids;
  while (ids.size() < kRecentFactsMax + 5'000) {
    const std::vector<std::string> now = AppendAdmissions(1'000);
    quick.Facts(now.size());
    ids.insert(ids.end(), now.begin(), now.end());
  }
  std::vector<std::string> had = IdsOf(slow.Facts(ids.size()));
  std::ranges::sort(had);
  std::ranges::sort(ids);
  EXPECT_EQ(had, ids);
  const std::vector<std::string> more = AppendAdmissions(10);
  EXPECT_THAT(IdsOf(slow.Facts(10)), UnorderedElementsAreArray(more));
}

TEST_F(FeedTest, WhoTakesNothingIsToldItsCursorAndGoesOnFromIt) {
  Subscriber slow = Begun(From("END"));
  Subscriber quick = Begun(From("END"));
  const std::vector<std::string> ids = AppendAdmissions(100);
  const std::vector<v1::SubscribeResponse> had = slow.Facts(10);
  quick.Facts(100);
  EXPECT_TRUE(quick.IsSilent());  // Waits, and has nothing untaken.
  Elapse(kTakeWithin - absl::Seconds(1));
  slow.Facts(1);  // In time.
  EXPECT_TRUE(quick.Next()->has_heartbeat());
  EXPECT_TRUE(quick.IsSilent(absl::ZeroDuration()));
  Elapse(kTakeWithin + absl::Seconds(1));
  EXPECT_FALSE(slow.NextFact());
  EXPECT_EQ(slow.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(metrics_.Text(), HasSubstr("overgang_feed_dropped_total 1"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("overgang_feed_subscribers 1"));

  const std::string message(slow.status.message());
  const std::string said = "go on with from = ";
  ASSERT_THAT(message, HasSubstr(said));
  Subscriber again(table_, From(message.substr(message.find(said) + said.size())));
  EXPECT_THAT(IdsOf(again.Facts(89)), ::testing::IsSubsetOf(ids));
  EXPECT_TRUE(again.IsSilent());

  AppendAdmissions(1);
  quick.Facts(1);  // Never noticed.
}

TEST_F(FeedTest, WhoTakesNothingWhileItIsBehindIsDroppedToo) {
  AppendAdmissions(5'000);
  Subscriber slow = Begun(From("BEGINNING"));
  slow.Facts(100);
  Elapse(kTakeWithin + absl::Seconds(1));
  EXPECT_FALSE(slow.NextFact());
  EXPECT_EQ(slow.status.code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FeedTest, ManyMoreThanThereAreReadersAreBehindAndAllCatchUp) {
  constexpr size_t kBehind = 3 * (kReadersKeptMax + kCatchUpThreads);
  const std::vector<std::string> ids = AppendAdmissions(1'000);
  std::list<Subscriber> subscribers;
  for (size_t i = 0; i < kBehind; ++i) subscribers.emplace_back(table_, From("BEGINNING"));
  // In pieces, so that all are under way at the same time.
  std::vector<std::vector<std::string>> had(kBehind);
  while (had.back().size() < ids.size()) {
    size_t i = 0;
    for (Subscriber& subscriber : subscribers) {
      for (const std::string& id : IdsOf(subscriber.Facts(50))) had[i].push_back(id);
      ++i;
    }
  }
  for (const std::vector<std::string>& one : had) EXPECT_THAT(one, UnorderedElementsAreArray(ids));
}

TEST_F(FeedTest, OnlyThoseAreWokenWhomItConcerns) {
  constexpr size_t kSubscribers = 1'000;
  constexpr size_t kKommuner = 100;
  Fold();
  const auto kommune_of = [](size_t i) { return AllKommuner()[i % kKommuner].number; };
  std::deque<Subscriber> subscribers;
  for (size_t i = 0; i < kSubscribers; ++i) {
    v1::SubscribeRequest request = From("END");
    request.mutable_filter()->add_kommuner(kommune_of(i));
    subscribers.emplace_back(table_, request, Scope::All(),
                             "system" + std::to_string(i / kSubscribersPerPrincipalMax));
  }
  std::vector<int> wakes;
  for (Subscriber& subscriber : subscribers) {
    const auto first = subscriber.Next();
    ASSERT_TRUE(first && first->has_heartbeat());
    ASSERT_TRUE(subscriber.IsSilent(absl::ZeroDuration()));  // Now it waits.
    wakes.push_back(subscriber.wakes());
  }
  std::vector<std::string> ids;
  for (int n = 0; n < 200; ++n) ids.push_back(AppendAdmissions(1, kommune_of(0)).front());
  for (size_t i = 0; i < kSubscribers; ++i) {
    if (i % kKommuner == 0) {
      EXPECT_EQ(IdsOf(subscribers[i].Facts(ids.size())).size(), ids.size());
    } else {
      EXPECT_EQ(subscribers[i].wakes(), wakes[i]) << i;
    }
  }
}

TEST_F(FeedTest, OneFactIsMadeReadyOnceForAllWhoAreLevel) {
  Subscriber one = Begun(From("END"));
  Subscriber other = Begun(From("END"));
  AppendAdmissions(1);
  const auto first = one.NextFact();
  const auto second = other.NextFact();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(one.last_forms, other.last_forms);
  EXPECT_EQ(one.last_forms->Protobuf(), first->SerializeAsString());
}

TEST_F(FeedTest, MoreSubscribersThanTheBoundAreRefused) {
  std::list<Subscriber> subscribers;
  for (size_t i = 0; i < kSubscribersMax; ++i) {
    subscribers.emplace_back(table_, From("END"), Scope::All(),
                             "system" + std::to_string(i / kSubscribersPerPrincipalMax));
    ASSERT_TRUE(subscribers.back().status.ok()) << subscribers.back().status;
  }
  const auto another = [this] { return Subscriber(table_, From("END")).status; };
  EXPECT_EQ(another().code(), absl::StatusCode::kResourceExhausted);
  subscribers.pop_front();
  EXPECT_TRUE(another().ok());
}

TEST_F(FeedTest, OnePrincipalDoesNotTakeEveryPlace) {
  std::list<Subscriber> subscribers;
  for (size_t i = 0; i < kSubscribersPerPrincipalMax; ++i)
    ASSERT_TRUE(subscribers.emplace_back(table_, From("END")).status.ok());
  const absl::Status refused = Subscriber(table_, From("END")).status;
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("end some"));
  EXPECT_TRUE(Subscriber(table_, From("END"), Scope::All(), "another").status.ok());
  subscribers.pop_back();
  EXPECT_TRUE(Subscriber(table_, From("END")).status.ok());
}

TEST_F(FeedTest, HeartbeatsComeWhenNothingElseDoesAndCarryTheCursor) {
  v1::SubscribeRequest request = From("END");
  request.mutable_filter()->add_types("BedsReported");
  request.set_heartbeat_seconds(5);
  Subscriber subscriber(table_, request);
  const auto first = subscriber.Next();
  ASSERT_TRUE(first && first->has_heartbeat());
  ASSERT_TRUE(subscriber.IsSilent());
  const auto positions = Append({Admitted("a", 1, "V", 0, "5001")});  // Not for this one.
  Subscriber other(table_, From("BEGINNING"));
  other.Facts(1);  // So it has been read.
  Elapse(absl::Seconds(4));
  EXPECT_FALSE(subscriber.Next(absl::Milliseconds(50)));
  clock_.Advance(absl::Seconds(5));
  Elapse(absl::Seconds(1));
  const auto beat = subscriber.Next();
  ASSERT_TRUE(beat && beat->has_heartbeat());
  EXPECT_EQ(beat->heartbeat().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_TRUE(beat->up_to_date());
  EXPECT_TRUE(
      Cursor::Parse(beat->cursor(), kIncarnation)->Covers(Cursor::After(kIncarnation, positions)));
  EXPECT_FALSE(subscriber.Next(absl::Milliseconds(50)));
}

TEST_F(FeedTest, AHeartbeatSaysWhenTheLogCannotBeReached) {
  v1::SubscribeRequest request = From("END");
  request.set_heartbeat_seconds(1);
  Subscriber subscriber = Begun(request);
  ASSERT_TRUE(subscriber.IsSilent());
  log_.SetHealth(absl::UnavailableError("no broker"));
  absl::SleepFor(2 * kTailWait);  // It is looked at between two reads.
  Elapse(absl::Seconds(1));
  const auto beat = subscriber.Next();
  ASSERT_TRUE(beat && beat->has_heartbeat());
  EXPECT_FALSE(beat->up_to_date());
}

TEST_F(FeedTest, AfterALongRestTheFeedBeginsAgain) {
  { Subscriber subscriber = Begun(From("END")); }
  Elapse(kTailRestsAfter + absl::Seconds(1));
  absl::SleepFor(2 * kTailWait);  // It rests now.
  const std::vector<std::string> before = AppendAdmissions(5);
  Subscriber end = Begun(From("END"));
  Subscriber beginning(table_, From("BEGINNING"));
  EXPECT_THAT(IdsOf(beginning.Facts(5)), UnorderedElementsAreArray(before));
  const std::vector<std::string> after = AppendAdmissions(1);
  EXPECT_THAT(IdsOf(end.Facts(1)), ElementsAreArray(after));
  EXPECT_THAT(IdsOf(beginning.Facts(1)), ElementsAreArray(after));
}

}  // namespace
}  // namespace overgang::feed::testing
