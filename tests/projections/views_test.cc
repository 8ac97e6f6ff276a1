// What ends: waits, verifications, and a projection that stopped for good.
#include "projections/views.h"

#include <gtest/gtest.h>

#include <future>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "projections/verify.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";

class ViewsTest : public ::testing::Test {
 protected:
  ViewsTest() { Publish(); }

  void Publish() {
    auto epoch = std::make_shared<Epoch>();
    epoch->cursor.incarnation = kIncarnation;
    epoch->caught_up = true;
    views_.Publish(std::move(epoch));
  }
  // A cursor that no epoch here covers.
  static std::string Future() {
    Cursor future;
    future.incarnation = kIncarnation;
    future.next[0] = 1'000;
    return future.Encode();
  }

  ManualClock clock_{At(0)};
  Views views_{clock_};
};

TEST_F(ViewsTest, TroubleForAWhileIsClearedByTheNextEpoch) {
  views_.SetTrouble(absl::UnavailableError("broker gone"));
  EXPECT_FALSE(views_.CaughtUp());
  Publish();
  EXPECT_TRUE(views_.CaughtUp());
  EXPECT_TRUE(views_.Trouble().ok());
}

TEST_F(ViewsTest, ASourceThatIsSilentIsStaleAndTheHubItselfIsNone) {
  for (const auto& [source, stale] : {std::pair{"plo:59", true}, {"hub", false}}) {
    auto sources = std::make_shared<SourcesView>();
    (*sources)[source].set_last_us(absl::ToUnixMicros(At(0)));
    auto epoch = std::make_shared<Epoch>(*views_.Current());
    epoch->sources = sources;
    views_.Publish(epoch);
    clock_.Set(At(0) + kOtherStaleAfter + absl::Seconds(1));
    Publish();
    EXPECT_EQ(views_.AsOf(*epoch, clock_.Now()).stale(), stale) << source;
  }
}

TEST_F(ViewsTest, WhoOnlyAnswersIsNeverStaleAndWhoReportsIsAsOldAsTheReport) {
  Epoch epoch;
  auto sources = std::make_shared<SourcesView>();
  (*sources)["intake:answers"].set_last_us(absl::ToUnixMicros(At(0)));
  (*sources)["intake:reports"].set_last_us(absl::ToUnixMicros(At(0) + kOtherStaleAfter));
  (*sources)["intake:reports"].set_reported_us(absl::ToUnixMicros(At(0)));
  epoch.sources = sources;
  clock_.Set(At(0) + kOtherStaleAfter + absl::Seconds(1));
  const v1::AsOf as_of = views_.AsOf(epoch, clock_.Now());
  ASSERT_EQ(as_of.sources_size(), 2);
  EXPECT_FALSE(as_of.sources(0).stale());
  EXPECT_TRUE(as_of.sources(1).stale());
  EXPECT_EQ(FromProto(as_of.sources(1).last_heard_at()), At(0)) << "or it seems fresh and stale";
}

TEST_F(ViewsTest, WhatStoppedForGoodIsNeverClearedAndTheFirstReasonStands) {
  views_.StopFor(absl::DataLossError("an offset is not held by the broker"));
  views_.StopFor(absl::InternalError("and so on"));
  Publish();
  views_.SetTrouble(absl::OkStatus());
  EXPECT_EQ(views_.Trouble().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(views_.CaughtUp());
}

TEST_F(ViewsTest, WhenTheHubStopsWaitsEndAndNoNewOnesBegin) {
  absl::Status first;
  views_.WhenCovers(Future(), absl::InfiniteFuture(), [&](auto epoch) { first = epoch.status(); });
  EXPECT_TRUE(first.ok()) << "waits";
  views_.EndWaits(absl::UnavailableError("the hub stops"));
  EXPECT_EQ(first.code(), absl::StatusCode::kUnavailable);
  absl::Status second;
  views_.WhenCovers(Future(), absl::InfiniteFuture(), [&](auto epoch) { second = epoch.status(); });
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  absl::Status without = absl::UnknownError("not called");
  views_.WhenCovers("", absl::InfiniteFuture(), [&](auto epoch) { without = epoch.status(); });
  EXPECT_TRUE(without.ok()) << "what need not wait is answered";
}

TEST_F(ViewsTest, AFileOfHistoryIsNeverStale) {
  Epoch epoch;
  auto sources = std::make_shared<SourcesView>();
  for (const char* source : {"import:dev", "plo:59"})
    (*sources)[source].set_last_us(absl::ToUnixMicros(At(0) - absl::Hours(24 * 400)));
  epoch.sources = sources;
  const v1::AsOf as_of = views_.AsOf(epoch, At(0));
  ASSERT_EQ(as_of.sources_size(), 2);
  EXPECT_FALSE(as_of.sources(0).stale());
  EXPECT_TRUE(as_of.sources(1).stale());
}

TEST(VerifyTest, EndsWhenItIsToldToThoughTheLogHasNotAllThatItWaitsFor) {
  ManualClock clock(At(0));
  MemoryLog log(clock);
  MemoryStore scratch;
  Epoch epoch;
  epoch.cursor.incarnation = kIncarnation;
  epoch.cursor.next[0] = 1'000;
  std::stop_source stop;
  auto verified = std::async(std::launch::async, [&] {
    return VerifyRebuild(log, epoch, scratch, stop.get_token()).status();
  });
  EXPECT_EQ(verified.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  stop.request_stop();
  EXPECT_EQ(verified.get().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace overgang::projections
