#include "projections/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/oslo_time.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using overgang::testing::At;
using overgang::testing::Fact;

constexpr char kKey[] = "5001-oya/PLACE_KIND_KORTTID";

int64_t UsAt(int minutes) { return absl::ToUnixMicros(At(minutes)); }

v1::Envelope Places(const std::string& id, int minutes, int free, int from_minutes = 0) {
  v1::Envelope fact = Fact(id, 0, "", minutes);
  fact.clear_patient_ref();
  v1::PlacesReported& places = *fact.mutable_places_reported();
  places.set_unit("5001-oya");
  places.set_kind(v1::PLACE_KIND_KORTTID);
  places.set_places(10);
  places.set_free(free);
  if (from_minutes != 0) *places.mutable_free_from() = ToProto(At(from_minutes));
  places.add_shared_by("5001");
  places.add_shared_by("5031");
  return fact;
}

std::string Rows(CapacityFold* fold) {
  WriteSet writes;
  fold->EndEpoch(&writes);
  std::map<std::string, std::string> rows;
  for (const auto& write : writes) rows[write.key] = *write.value;
  std::string all;
  for (const auto& [key, row] : rows) all += key + '=' + row + '\n';
  return all;
}

int64_t FreeSince(const std::vector<v1::Envelope>& facts) {
  CapacityFold fold;
  for (const v1::Envelope& fact : facts) fold.Apply(fact);
  WriteSet writes;
  fold.EndEpoch(&writes);
  return fold.view()->units.find(kKey)->second.free_since_us;
}

TEST(CapacityTest, PlacesStandFreeSinceTheFirstReportAfterTheLastWithoutAny) {
  EXPECT_EQ(
      FreeSince({Places("a", 0, 2), Places("b", 10, 0), Places("c", 20, 1), Places("d", 30, 3)}),
      UsAt(20));
  EXPECT_EQ(FreeSince({Places("a", 0, 2), Places("b", 10, 0)}), 0);
}

TEST(CapacityTest, AReportThatComesLateSplitsTheTimeThatPlacesStoodFree) {
  EXPECT_EQ(FreeSince({Places("a", 0, 2), Places("c", 20, 1), Places("b", 10, 0)}), UsAt(20));
}

TEST(CapacityTest, PlacesFreeFromLaterOnStandFreeFromThen) {
  EXPECT_EQ(FreeSince({Places("a", 0, 2, 60)}), UsAt(60));
  // Taken back to later before it came true.
  EXPECT_EQ(FreeSince({Places("a", 0, 2, 60), Places("b", 30, 2, 90)}), UsAt(90));
  // Came true, and said once more.
  EXPECT_EQ(FreeSince({Places("a", 0, 2, 60), Places("b", 80, 2)}), UsAt(60));
  // Free before it was expected.
  EXPECT_EQ(FreeSince({Places("a", 0, 2, 60), Places("b", 30, 2)}), UsAt(30));
}

TEST(CapacityTest, OneUnitIsFreeForAllThatShareIt) {
  CapacityFold fold;
  fold.Apply(Places("a", 0, 2, 60));
  WriteSet writes;
  fold.EndEpoch(&writes);
  EXPECT_EQ(fold.view()->FreePlaces("5001", UsAt(60)), 2);
  EXPECT_EQ(fold.view()->FreePlaces("5031", UsAt(60)), 2);
  EXPECT_EQ(fold.view()->FreePlaces("5031", UsAt(59)), 0);
  EXPECT_EQ(fold.view()->FreePlaces("5035", UsAt(60)), 0);
}

TEST(CapacityTest, AFoldThatWasStoredGoesOnAsOneThatWasNot) {
  std::vector<v1::Envelope> facts = {Places("a", 0, 2), Places("b", 10, 0), Places("c", 20, 1)};
  CapacityFold whole;
  for (const v1::Envelope& fact : facts) whole.Apply(fact);
  const v1::Envelope late = Places("d", 15, 4);
  whole.Apply(late);

  CapacityFold before;
  for (const v1::Envelope& fact : facts) before.Apply(fact);
  WriteSet writes;
  before.EndEpoch(&writes);
  rows::Unit row;
  ASSERT_TRUE(row.ParseFromString(*writes.at(0).value));
  CapacityFold after;
  after.Load(writes.at(0).key, row);
  WriteSet unused;
  after.EndEpoch(&unused);
  after.Apply(late);
  EXPECT_EQ(Rows(&after), Rows(&whole));
  EXPECT_EQ(after.view()->units.find(kKey)->second.free_since_us, UsAt(15));
}

// Minute by minute.
int64_t NaiveFreeSince(std::vector<v1::Envelope> facts, int minutes_max) {
  std::ranges::stable_sort(facts, {}, [](const v1::Envelope& fact) {
    return std::pair(fact.occurred_at().seconds(), fact.event_id());
  });
  int64_t since = 0;
  const v1::Envelope* newest = nullptr;
  for (int minute = 0; minute <= minutes_max; ++minute) {
    const auto look = [&] {
      const bool free = newest != nullptr && IsFree(newest->places_reported(), UsAt(minute));
      if (!free) since = 0;
      if (free && since == 0) since = UsAt(minute);
    };
    look();
    // Of several in one minute each stood for a moment.
    for (const v1::Envelope& fact : facts) {
      if (UsOfProto(fact.occurred_at()) != UsAt(minute)) continue;
      newest = &fact;
      look();
    }
  }
  return since;
}

TEST(CapacityTest, AnyOrderAndRepetitionGivesTheSameBytesAndTheSameTime) {
  constexpr int kMinutes = 60;
  int free_in_the_end = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
    std::vector<v1::Envelope> facts;
    const int count = 1 + below(12);
    for (int i = 0; i < count; ++i) {
      const int minute = below(kMinutes);
      const int from = below(3) == 0 ? minute + below(kMinutes - minute) : 0;
      facts.push_back(
          Places(std::to_string(seed) + "/" + std::to_string(i), minute, below(3), from));
    }
    const int64_t expected = NaiveFreeSince(facts, kMinutes);
    free_in_the_end += expected != 0;
    std::string bytes;
    for (int round = 0; round < 4; ++round) {
      std::ranges::shuffle(facts, random);
      CapacityFold fold;
      WriteSet unused;
      for (const v1::Envelope& fact : facts) {
        for (int times = 1 + below(2); times > 0; --times) fold.Apply(fact);
        if (below(3) == 0) fold.EndEpoch(&unused);
      }
      fold.Apply(facts.front());  // So that the last epoch has the row.
      const std::string rows = Rows(&fold);
      if (round == 0) bytes = rows;
      ASSERT_EQ(rows, bytes) << "seed " << seed;
      ASSERT_EQ(fold.view()->units.find(kKey)->second.free_since_us, expected) << "seed " << seed;
    }
  }
  EXPECT_GT(free_in_the_end, 50);
}

TEST(CapacityTest, MoreReportsThanAreKeptGiveTheSameBytesInAnyOrder) {
  std::vector<v1::Envelope> facts;
  for (int i = 0; i < static_cast<int>(kFreeReportsKept) + 50; ++i)
    facts.push_back(Places(std::to_string(i), i, i == 100 ? 0 : 1));
  std::mt19937 random(1);
  std::string bytes;
  for (int round = 0; round < 5; ++round) {
    CapacityFold fold;
    for (const v1::Envelope& fact : facts) fold.Apply(fact);
    const std::string rows = Rows(&fold);
    if (round == 0) bytes = rows;
    EXPECT_EQ(rows, bytes);
    EXPECT_EQ(fold.view()->units.find(kKey)->second.free_since_us, UsAt(101));
    std::ranges::shuffle(facts, random);
  }
}

}  // namespace
}  // namespace overgang::projections
