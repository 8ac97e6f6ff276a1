// Moments past: from a checkpoint or from the whole log it is the same; which checkpoints stay;
// what becomes of those that cannot be used.
#include "projections/history.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "projections/runner.h"
#include "projections/tables.h"
#include "tests/adapters/temp_dir.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";
constexpr Table kAllTables[] = {kCluster, kRef, kStay, kStayAlias, kSource, kUnit, kParked, kMeta};

class HistoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    runner_.emplace(log_, store_, views_, metrics_, kIncarnation);
    ASSERT_TRUE(runner_->Start().ok());
    history_.emplace(Parts());
  }
  void TearDown() override {
    if (history_) history_->Stop();
    runner_->Stop();
  }

  History::Parts Parts(const std::string& incarnation = kIncarnation) {
    return {log_,
            store_,
            views_,
            clock_,
            incarnation,
            dir_ / "history",
            [this](const std::string& checkpoint) { return OpenScratch(checkpoint); }};
  }
  absl::StatusOr<std::unique_ptr<StateStore>> OpenScratch(const std::string& checkpoint) {
    opened_.push_back(checkpoint);
    if (checkpoint.empty()) return std::make_unique<MemoryStore>();
    return MemoryStore::OpenCheckpoint(checkpoint);
  }

  Cursor Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    auto positions = AppendAndWait(log_, std::move(records));
    EXPECT_TRUE(positions.ok()) << positions.status();
    std::promise<void> seen;
    views_.WhenCovers(Cursor::After(kIncarnation, *positions).Encode(), absl::InfiniteFuture(),
                      [&](const auto& epoch) {
                        EXPECT_TRUE(epoch.ok());
                        seen.set_value();
                      });
    seen.get_future().get();
    return views_.Current()->cursor;
  }
  // One more admission an hour later; the cursor that covers it.
  Cursor AppendOne(int person) {
    clock_.Advance(absl::Hours(1));
    return Append(
        {Admitted("a" + std::to_string(person), person, "V" + std::to_string(person), 0)});
  }

  static std::string RowsOf(const Epoch& epoch) {
    std::string rows;
    for (Table table : kAllTables) {
      EXPECT_TRUE(epoch.rows
                      ->Scan(table, "", "",
                             [&](std::string_view key, std::string_view value) {
                               rows.append(key).append("=").append(value).append("\n");
                               return true;
                             })
                      .ok());
    }
    return rows;
  }
  std::vector<std::string> Kept() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "history"))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  TempDir dir_;
  ManualClock clock_{At(0)};
  Metrics metrics_;
  MemoryLog log_{clock_};
  MemoryStore store_;
  Views views_{clock_};
  std::vector<std::string> opened_;  // Checkpoints that were opened; empty: none was used.
  std::optional<Runner> runner_;
  std::optional<History> history_;
};

TEST_F(HistoryTest, ACheckpointOnTheWayChangesNothing) {
  AppendOne(1);
  const Cursor second = AppendOne(2);
  const auto live = views_.Current();
  const std::string rows = RowsOf(*live);
  AppendOne(3);
  // From the whole log.
  const auto whole = history_->At(second);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(opened_.front(), "");
  EXPECT_EQ(RowsOf(**whole), rows);
  EXPECT_EQ((*whole)->cursor.Encode(), live->cursor.Encode());
  EXPECT_EQ((*whole)->newest_fact_us, live->newest_fact_us);
  EXPECT_TRUE((*whole)->past);

  // From a checkpoint before it.
  ASSERT_TRUE(history_->Keep().ok());
  const Cursor fourth = AppendOne(4);
  const std::string rows_of_fourth = RowsOf(*views_.Current());
  AppendOne(5);
  opened_.clear();
  const auto from_checkpoint = history_->At(fourth);
  ASSERT_TRUE(from_checkpoint.ok()) << from_checkpoint.status();
  ASSERT_EQ(opened_.size(), 1u);
  EXPECT_NE(opened_.front(), "");
  EXPECT_EQ(RowsOf(**from_checkpoint), rows_of_fourth);
  // The whole log gives the same.
  History without(
      {log_, store_, views_, clock_, kIncarnation, dir_ / "other", Parts().open_scratch});
  const auto again = without.At(fourth);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(RowsOf(**again), rows_of_fourth);
}

TEST_F(HistoryTest, WhatTheWholeLogTookIsNotDoneTwice) {
  AppendOne(1);
  const absl::Time then = clock_.Now();
  AppendOne(2);
  ASSERT_TRUE(history_->At(then).ok());
  EXPECT_EQ(Kept().size(), 1u);
  history_.emplace(Parts());
  ASSERT_TRUE(history_->Start().ok());
  opened_.clear();
  const auto again = history_->At(then);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->newest_fact_us, absl::ToUnixMicros(then));
  EXPECT_EQ(std::ranges::count(opened_, ""), 0);
}

TEST_F(HistoryTest, ACheckpointThatKnowsTooMuchIsNotUsed) {
  AppendOne(1);
  const absl::Time then = clock_.Now();
  AppendOne(2);
  ASSERT_TRUE(history_->Keep().ok());
  AppendOne(3);
  opened_.clear();
  const auto moment = history_->At(then + absl::Minutes(30));
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ((*moment)->newest_fact_us, absl::ToUnixMicros(then));
  EXPECT_EQ(opened_.front(), "");
}

TEST_F(HistoryTest, ACorruptCheckpointIsPassedOverAndRemoved) {
  AppendOne(1);
  ASSERT_TRUE(history_->Keep().ok());
  AppendOne(2);
  ASSERT_TRUE(history_->Keep().ok());
  const Cursor cursor = AppendOne(3);
  const std::string rows = RowsOf(*views_.Current());
  AppendOne(4);
  ASSERT_EQ(Kept().size(), 2u);
  const std::string newest = Kept().back();
  const std::string file = dir_ / "history/" + newest + "/rows/rows";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  opened_.clear();
  const auto moment = history_->At(cursor);
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ(RowsOf(**moment), rows);
  ASSERT_EQ(opened_.size(), 2u);  // The corrupt one, and the older one.
  EXPECT_NE(opened_[1], "");
  EXPECT_EQ(Kept().size(), 1u);
  EXPECT_NE(Kept().back(), newest);
}

TEST_F(HistoryTest, CheckpointsOfAnotherLogVersionOrHalfMadeAreRemovedAtStart) {
  AppendOne(1);
  ASSERT_TRUE(history_->Keep().ok());
  const std::string mine = Kept().front();
  std::filesystem::create_directories(dir_ / "history/20260302T080000.000001Z/rows");
  std::filesystem::create_directories(dir_ / "history/20260302T080000.000002Z.part");
  rows::Meta other_version;
  {
    std::ifstream meta(dir_ / "history/" + mine + "/meta", std::ios::binary);
    ASSERT_TRUE(other_version.ParseFromIstream(&meta));
  }
  other_version.set_schema_version(kSchemaVersion - 1);
  const std::string old = dir_ / "history/20260302T080000.000003Z";
  std::filesystem::create_directories(old + "/rows");
  std::ofstream(old + "/meta", std::ios::binary) << other_version.SerializeAsString();
  ASSERT_EQ(Kept().size(), 4u);
  history_.emplace(Parts());
  ASSERT_TRUE(history_->Start().ok());
  history_->Stop();
  EXPECT_EQ(Kept(), std::vector{mine});
  history_.emplace(Parts("3f1c1f6e-0000-4000-8000-000000000002"));
  ASSERT_TRUE(history_->Start().ok());
  history_->Stop();
  EXPECT_EQ(std::ranges::count(Kept(), mine), 0);
}

TEST_F(HistoryTest, ACheckpointOfRecordsThatTheLogDoesNotHoldIsPassedOver) {
  AppendOne(1);
  ASSERT_TRUE(history_->Keep().ok());
  const std::string name = Kept().front();
  // As after a restore of the log under rows that know more: the last record is another one.
  auto store = MemoryStore::OpenCheckpoint(dir_ / "history/" + name + "/rows");
  ASSERT_TRUE(store.ok());
  rows::Meta meta;
  ASSERT_TRUE(meta.ParseFromString(**(*store)->Get(kMeta, "")));
  for (std::string& digest : *meta.mutable_last_digest()) {
    if (!digest.empty()) digest = "another";
  }
  ASSERT_TRUE((*store)->Commit({{kMeta, "", meta.SerializeAsString()}}).ok());
  std::filesystem::remove_all(dir_ / "history/" + name + "/rows");
  ASSERT_TRUE((*store)->Checkpoint(dir_ / "history/" + name + "/rows").ok());
  const Cursor cursor = AppendOne(2);
  const std::string rows = RowsOf(*views_.Current());
  AppendOne(3);
  const auto moment = history_->At(cursor);
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ(RowsOf(**moment), rows);
}

TEST_F(HistoryTest, NothingNewIsKeptTwice) {
  EXPECT_TRUE(history_->Keep().ok());  // Nothing was folded yet.
  AppendOne(1);
  ASSERT_TRUE(history_->Keep().ok());
  clock_.Advance(absl::Hours(5));
  ASSERT_TRUE(history_->Keep().ok());
  EXPECT_EQ(Kept().size(), 1u);
  AppendOne(2);
  ASSERT_TRUE(history_->Keep().ok());
  EXPECT_EQ(Kept().size(), 2u);
}

TEST_F(HistoryTest, CheckpointsAreKeptByItself) {
  AppendOne(1);
  ASSERT_TRUE(history_->Start().ok());
  for (int i = 0; i < 1000 && Kept().empty(); ++i) absl::SleepFor(absl::Milliseconds(10));
  history_->Stop();
  EXPECT_EQ(Kept().size(), 1u);
}

TEST_F(HistoryTest, AnOpenMomentIsToldThoughTheLogIsOutOfReach) {
  AppendOne(1);
  const absl::Time then = clock_.Now();
  AppendOne(2);
  ASSERT_TRUE(history_->At(then).ok());
  log_.FailNextPolls(1000, absl::UnavailableError("the log is away"));
  EXPECT_TRUE(history_->At(then).ok());
  log_.FailNextPolls(0, absl::OkStatus());
}

TEST_F(HistoryTest, TheLastMomentsStayOpenAndOneThatIsReadOutlivesThem) {
  std::vector<Cursor> cursors;
  for (int i = 0; i < static_cast<int>(kMomentsOpenMax) + 2; ++i) cursors.push_back(AppendOne(i));
  AppendOne(99);
  const auto first = history_->At(cursors[0]);
  ASSERT_TRUE(first.ok());
  const std::string rows = RowsOf(**first);
  opened_.clear();
  ASSERT_TRUE(history_->At(cursors[0]).ok());
  EXPECT_TRUE(opened_.empty());
  for (const Cursor& cursor : cursors) ASSERT_TRUE(history_->At(cursor).ok());
  EXPECT_EQ(RowsOf(**first), rows);
  opened_.clear();
  ASSERT_TRUE(history_->At(cursors.back()).ok());
  EXPECT_TRUE(opened_.empty());
  ASSERT_TRUE(history_->At(cursors[0]).ok());
  EXPECT_FALSE(opened_.empty());
}

TEST_F(HistoryTest, TimesWithNothingBetweenThemAreOneMoment) {
  AppendOne(1);
  const absl::Time then = clock_.Now();
  AppendOne(2);
  const auto late = history_->At(then + absl::Minutes(59));
  const auto early = history_->At(then);
  ASSERT_TRUE(late.ok() && early.ok());
  EXPECT_EQ(*late, *early);
}

TEST_F(HistoryTest, AMomentOfACursorIsNotTakenForOneOfATime) {
  const Cursor first = AppendOne(1);
  AppendOne(2);
  const absl::Time then = clock_.Now();
  AppendOne(3);
  ASSERT_TRUE(history_->At(first).ok());
  EXPECT_EQ((*history_->At(then))->newest_fact_us, absl::ToUnixMicros(then));
}

TEST_F(HistoryTest, RecordsPastTheirRetentionAreNotMissed) {
  NewRecord original;
  original.topic = Topic::kOriginals;
  original.key = "somebody";
  original.value = "sealed";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendAndWait(log_, {original}).ok());
  const Cursor cursor = AppendOne(1);
  AppendOne(2);
  log_.Trim({Topic::kOriginals, 0}, 2);
  const auto moment = history_->At(cursor);
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ((*moment)->cursor.Encode(), cursor.Encode());
}

TEST_F(HistoryTest, ALogOutOfReachIsSaidAndCostsNoCheckpoint) {
  AppendOne(1);
  ASSERT_TRUE(history_->Keep().ok());
  const Cursor cursor = AppendOne(2);
  AppendOne(3);
  log_.FailNextPolls(1000, absl::UnavailableError("the log is away"));
  EXPECT_EQ(history_->At(cursor).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Kept().size(), 1u);
  log_.FailNextPolls(0, absl::OkStatus());
  EXPECT_TRUE(history_->At(cursor).ok());
}

TEST_F(HistoryTest, AStopEndsWhatIsBeingMade) {
  AppendOne(1);
  Cursor beyond = AppendOne(2);
  ++beyond.next[0];  // A record that never comes.
  auto asked = std::async(std::launch::async, [&] { return history_->At(beyond).status(); });
  EXPECT_EQ(asked.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  auto waits = std::async(std::launch::async, [&] { return history_->At(At(0)).status(); });
  history_->Stop();
  EXPECT_EQ(asked.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waits.get().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang::projections
