// The hub's part in publishing: when it looks, what it appends, and that it does so once.
#include "consumers/report/table_publisher.h"

#include <gmock/gmock.h>

#include <numeric>

#include "consumers/report/published_tables.h"
#include "tests/consumers/board_fixture.h"

namespace overgang::report {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;

constexpr int kDay = 24 * 60;
constexpr absl::Duration kSoon = absl::Seconds(20);

// Facts begin on 2 March 2026 08:00.
class TablePublisherTest : public BoardTest {
 protected:
  ~TablePublisherTest() override { publisher_.Stop(); }

  std::vector<std::string> Published() {
    v1::GetPublishedTablesRequest request;
    request.set_from("2026-01-01");
    request.set_to("2026-12-31");
    std::vector<std::string> dates;
    const auto response = PublishedTables(*views_.Current(), request);
    EXPECT_TRUE(response.ok()) << response.status();
    for (const auto& row : response->rows()) {
      if (dates.empty() || dates.back() != row.date()) dates.push_back(row.date());
    }
    return dates;
  }
  // Ticks until so many dates are published.
  bool PublishesUntil(size_t dates) {
    const absl::Time give_up = absl::Now() + kSoon;
    while (Published().size() < dates) {
      if (absl::Now() > give_up) return false;
      publisher_.Tick();
      absl::SleepFor(absl::Milliseconds(2));
    }
    return true;
  }
  int64_t Records() {
    const Offsets next = log_.Ends()->next;
    return std::accumulate(next.begin(), next.end(), int64_t{0});
  }

  const Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
  FactWriter writer_{log_, sealer_, clock_, kIncarnation};
  std::atomic<bool> is_doer_{true};
  TablePublisher publisher_{{views_, writer_, directory_, clock_, metrics_,
                             [this] { return is_doer_.load(); }, 5, At(0)}};
};

TEST_F(TablePublisherTest, ADateIsPublishedOnceItIsOver) {
  Append({Admitted("a", 1, "V1", 0)});
  clock_.Set(At(15 * 60));  // 23:00.
  for (int i = 0; i < 20; ++i) {
    publisher_.Tick();
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_THAT(Published(), ElementsAre());
  clock_.Set(At(17 * 60));  // 01:00 of the next.
  ASSERT_TRUE(PublishesUntil(1));
  EXPECT_THAT(Published(), ElementsAre("2026-03-02"));
  clock_.Set(At(17 * 60 + 2 * kDay));
  ASSERT_TRUE(PublishesUntil(3));
  EXPECT_THAT(Published(), ElementsAre("2026-03-02", "2026-03-03", "2026-03-04"));
  const auto row = views_.Current()->rows->Get(projections::kPublished, "2026-03-02");
  ASSERT_TRUE(row.ok() && row->has_value());
  v1::TablesPublished tables;
  ASSERT_TRUE(tables.ParseFromString(**row));
  EXPECT_EQ(tables.decision().subject(), "t:2026-03-02");
  EXPECT_EQ(tables.decision().revision(), 1);
  EXPECT_FALSE(tables.decision().cursor().empty());
}

TEST_F(TablePublisherTest, ABacklogIsCaughtUpWithoutWaitingForTheNextLook) {
  Append({Admitted("a", 1, "V1", 0)});
  clock_.Set(At(100 * kDay));
  ASSERT_TRUE(PublishesUntil(100)) << "four goes of " << kPublishedAtOnceMax;
  const int64_t records = Records();
  for (int i = 0; i < 50; ++i) {
    publisher_.Tick();
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_EQ(Records(), records) << "none is decided twice";
}

TEST_F(TablePublisherTest, DatesBeforeTheFoundingWaitUntilHistoryHasCome) {
  const auto import_stay = [&](const std::string& id, int person, int minutes) {
    v1::Envelope fact = Admitted(id, person, id, minutes);
    fact.mutable_source()->set_channel(v1::CHANNEL_IMPORT);
    Append({fact});
  };
  import_stay("a", 1, -3 * kDay);  // At 08:00 on the 3rd.
  ASSERT_TRUE(PublishesUntil(1));
  EXPECT_THAT(Published(), ElementsAre("2026-03-02")) << "the log was founded on that date";
  clock_.Advance(kImportOverAfter - absl::Hours(1));
  import_stay("b", 2, -4 * kDay);
  clock_.Advance(kImportOverAfter - absl::Hours(1));
  ASSERT_TRUE(PublishesUntil(3));
  EXPECT_THAT(Published(), ElementsAre("2026-03-02", "2026-03-03", "2026-03-04"));
  clock_.Advance(kLookForDatesEvery);
  ASSERT_TRUE(PublishesUntil(7));
  EXPECT_EQ(Published().front(), "2026-02-26") << "from the first date of the whole file";
}

TEST_F(TablePublisherTest, AHubThatDoesNotDecidePublishesNothing) {
  Append({Admitted("a", 1, "V1", 0)});
  clock_.Set(At(2 * kDay));
  is_doer_ = false;
  for (int i = 0; i < 20; ++i) {
    publisher_.Tick();
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_THAT(Published(), ElementsAre());
  is_doer_ = true;
  EXPECT_TRUE(PublishesUntil(2));
}

TEST_F(TablePublisherTest, WhatTheLogRefusesIsTriedAgainAfterAPause) {
  Append({Admitted("a", 1, "V1", 0)});
  clock_.Set(At(2 * kDay));
  log_.FailNextAppends(1, absl::UnavailableError("the disk is full"));
  for (int i = 0; i < 20; ++i) {
    publisher_.Tick();
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_THAT(Published(), ElementsAre());
  clock_.Advance(2 * kPublishPause);
  EXPECT_TRUE(PublishesUntil(2));
}

}  // namespace
}  // namespace overgang::report
