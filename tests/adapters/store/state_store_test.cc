// One suite for both stores, and what only the one on disk can show.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "adapters/store/memory_store.h"
#include "adapters/store/rocksdb_store.h"
#include "core/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Table kStays{'\x01'};
constexpr Table kCounts{'\x02'};
constexpr Table kLast{'\xff'};

std::vector<std::string> Rows(const StateSnapshot& snapshot, Table table,
                              std::string_view from = "", std::string_view to = "") {
  std::vector<std::string> rows;
  EXPECT_TRUE(snapshot
                  .Scan(table, from, to,
                        [&](std::string_view key, std::string_view value) {
                          rows.push_back(std::string(key) + "=" + std::string(value));
                          return true;
                        })
                  .ok());
  return rows;
}

enum class Kind { kRocksdb, kMemory };

class StateStoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMemory) {
      store_ = std::make_unique<MemoryStore>();
    } else {
      auto store = RocksdbStore::Open(dir_ / "views");
      ASSERT_TRUE(store.ok()) << store.status();
      store_ = *std::move(store);
    }
  }
  std::unique_ptr<StateStore> OpenCopy(const std::string& dir) {
    if (GetParam() == Kind::kMemory) return *MemoryStore::OpenCheckpoint(dir);
    return *RocksdbStore::Open(dir, kSmallStore);
  }
  void Commit(const WriteSet& writes) { ASSERT_TRUE(store_->Commit(writes).ok()); }
  std::optional<std::string> Get(Table table, std::string_view key) {
    return store_->Get(table, key).value();
  }

  TempDir dir_;
  std::unique_ptr<StateStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Both, StateStoreContract,
                         ::testing::Values(Kind::kRocksdb, Kind::kMemory));

TEST_P(StateStoreContract, ReadsBackWhatWasCommitted) {
  Commit({{kStays, "a", "1"}, {kStays, "b", ""}, {kCounts, "a", "2"}});
  EXPECT_EQ(Get(kStays, "a"), "1");
  EXPECT_EQ(Get(kStays, "b"), "") << "empty is not absent";
  EXPECT_EQ(Get(kCounts, "a"), "2");
  EXPECT_EQ(Get(kCounts, "b"), std::nullopt);
}

TEST_P(StateStoreContract, TheLastWriteOfARowWinsAlsoWithinOneCommit) {
  Commit({{kStays, "a", "1"}, {kStays, "a", std::nullopt}, {kStays, "a", "3"}, {kStays, "b", "1"}});
  Commit({{kStays, "b", std::nullopt}, {kStays, "never there", std::nullopt}});
  EXPECT_EQ(Get(kStays, "a"), "3");
  EXPECT_EQ(Get(kStays, "b"), std::nullopt);
  EXPECT_THAT(Rows(*store_->Snapshot(), kStays), ElementsAre("a=3"));
}

TEST_P(StateStoreContract, ScansOneTableInTheOrderOfBytes) {
  Commit({{kStays, "b", "2"},
          {kStays, "\xff", "4"},
          {kStays, "a", "1"},
          {kStays, "\x7f", "3"},
          {kStays, "", "0"},
          {kCounts, "a", "x"},
          {kLast, "z", "y"}});
  const auto snapshot = store_->Snapshot();
  EXPECT_THAT(Rows(*snapshot, kStays), ElementsAre("=0", "a=1", "b=2", "\x7f=3", "\xff=4"));
  EXPECT_THAT(Rows(*snapshot, kStays, "a", "b"), ElementsAre("a=1"));
  EXPECT_THAT(Rows(*snapshot, kStays, "aa"), ElementsAre("b=2", "\x7f=3", "\xff=4"));
  EXPECT_THAT(Rows(*snapshot, kLast), ElementsAre("z=y"));
  EXPECT_THAT(Rows(*snapshot, Table{'\x03'}), IsEmpty());
}

TEST_P(StateStoreContract, AScanStopsWhenToldTo) {
  Commit({{kStays, "a", "1"}, {kStays, "b", "2"}, {kStays, "c", "3"}});
  int visited = 0;
  EXPECT_TRUE(
      store_->Snapshot()->Scan(kStays, "", "", [&](auto, auto) { return ++visited < 2; }).ok());
  EXPECT_EQ(visited, 2);
}

TEST_P(StateStoreContract, AScanOfThousandsOfRowsSeesEachOnceAndMayCommitMeanwhile) {
  WriteSet writes;
  for (int i = 10'000; i < 13'000; ++i) writes.push_back({kStays, std::to_string(i), "v"});
  Commit(writes);
  int expected = 10'000;
  EXPECT_TRUE(store_->Snapshot()
                  ->Scan(kStays, "", "",
                         [&](std::string_view key, std::string_view) {
                           EXPECT_EQ(key, std::to_string(expected++));
                           Commit({{kStays, std::string(key) + "x", "new"},
                                   {kStays, std::string(key), std::nullopt}});
                           return true;
                         })
                  .ok());
  EXPECT_EQ(expected, 13'000);
  EXPECT_EQ(Rows(*store_->Snapshot(), kStays).size(), 3000u);
}

TEST_P(StateStoreContract, ASnapshotSeesOneCommitAndNoneAfterIt) {
  Commit({{kStays, "a", "1"}, {kStays, "b", "1"}});
  const auto first = store_->Snapshot();
  Commit({{kStays, "a", "2"}, {kStays, "b", std::nullopt}, {kStays, "c", "2"}});
  const auto second = store_->Snapshot();
  Commit({{kStays, "a", std::nullopt}, {kStays, "b", "3"}});
  EXPECT_THAT(Rows(*first, kStays), ElementsAre("a=1", "b=1"));
  EXPECT_THAT(Rows(*second, kStays), ElementsAre("a=2", "c=2"));
  EXPECT_THAT(Rows(*store_->Snapshot(), kStays), ElementsAre("b=3", "c=2"));
  EXPECT_EQ(first->Get(kStays, "b").value(), "1");
  EXPECT_EQ(second->Get(kStays, "b").value(), std::nullopt);
}

TEST_P(StateStoreContract, ReleasingSnapshotsInAnyOrderKeepsTheOthersRight) {
  std::vector<std::shared_ptr<const StateSnapshot>> snapshots;
  for (int i = 0; i < 6; ++i) {
    Commit({{kStays, "a", i % 2 ? std::optional<std::string>() : std::to_string(i)},
            {kStays, "n", std::to_string(i)}});
    snapshots.push_back(store_->Snapshot());
  }
  for (const int released : {2, 0, 4}) {
    snapshots[static_cast<size_t>(released)].reset();
    Commit({{kStays, "a", "new"}, {kStays, "n", "new"}});
    Commit({{kStays, "a", std::nullopt}});
    for (int i = 0; i < 6; ++i) {
      const auto& snapshot = snapshots[static_cast<size_t>(i)];
      if (!snapshot) continue;
      EXPECT_EQ(snapshot->Get(kStays, "n").value(), std::to_string(i));
      EXPECT_EQ(snapshot->Get(kStays, "a").value(),
                i % 2 ? std::nullopt : std::make_optional(std::to_string(i)));
    }
  }
}

TEST_P(StateStoreContract, ASnapshotOutlivesItsStore) {
  Commit({{kStays, "a", "1"}});
  const auto snapshot = store_->Snapshot();
  store_.reset();
  EXPECT_THAT(Rows(*snapshot, kStays), ElementsAre("a=1"));
}

class RocksdbStoreTest : public ::testing::Test {
 protected:
  TempDir dir_;
  const std::string path_ = dir_ / "views";
};

TEST_F(RocksdbStoreTest, ReopeningKeepsEverything) {
  ASSERT_TRUE((*RocksdbStore::Open(path_))->Commit({{kStays, "a", "1"}}).ok());
  EXPECT_EQ((*RocksdbStore::Open(path_))->Get(kStays, "a").value(), "1");
}

TEST_F(RocksdbStoreTest, AFolderInUseIsNamedWithTheRemedy) {
  const auto first = RocksdbStore::Open(path_);
  const auto second = RocksdbStore::Open(path_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  EXPECT_EQ(PlaceOf(second.status()).field, path_);
  EXPECT_THAT(PlaceOf(second.status()).remedy, ::testing::HasSubstr("data_dir"));
}

TEST_F(RocksdbStoreTest, ALockThatCannotBeMadeIsNotSomebodyElses) {
  std::filesystem::create_directories(path_ + "/LOCK");  // Fails as a file without rights would.
  const auto store = RocksdbStore::Open(path_);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kUnavailable) << store.status();
  EXPECT_THAT(PlaceOf(store.status()).remedy, ::testing::HasSubstr("rights"));
}

TEST_F(RocksdbStoreTest, ACorruptFileIsDataLossAndSaysToRebuild) {
  ASSERT_TRUE((*RocksdbStore::Open(path_))->Commit({{kStays, "a", "1"}}).ok());
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    if (entry.path().filename().string().starts_with("MANIFEST"))
      std::ofstream(entry.path()) << "not a manifest";
  }
  const auto store = RocksdbStore::Open(path_);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
  EXPECT_THAT(PlaceOf(store.status()).remedy, ::testing::HasSubstr("delete this folder"));
}

TEST_P(StateStoreContract, ACheckpointIsAWholeStoreOfItsOwn) {
  Commit({{kStays, "a", "1"}, {kStays, "b", "1"}});
  Commit({{kStays, "b", {}}, {kLast, std::string("\0\n", 2), std::string("\0", 1)}});
  ASSERT_TRUE(store_->Checkpoint(dir_ / "copy").ok());
  Commit({{kStays, "a", "2"}});
  EXPECT_FALSE(store_->Checkpoint(dir_ / "copy").ok()) << "a copy is never overwritten";
  const auto copy = OpenCopy(dir_ / "copy");
  EXPECT_THAT(Rows(*copy->Snapshot(), kStays), ElementsAre("a=1"));
  EXPECT_EQ(copy->Get(kLast, std::string("\0\n", 2)).value(), std::string("\0", 1));
  ASSERT_TRUE(copy->Commit({{kStays, "a", "3"}}).ok());
  EXPECT_EQ(Get(kStays, "a"), "2");
}

TEST_P(StateStoreContract, ACheckpointTakenWhileOthersCommitEndsBetweenTwoCommits) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int n = 0; !stop; ++n) {
      // Large enough that the store writes out of itself meanwhile.
      const std::string value = std::to_string(n) + " " + std::string(20'000, 'x');
      WriteSet writes;
      for (int key = 0; key < 20; ++key) writes.push_back({kStays, std::to_string(key), value});
      EXPECT_TRUE(store_->Commit(writes).ok());
    }
  });
  std::optional<std::string> newest;
  for (int i = 0; i < 8; ++i) {
    while (Get(kStays, "0") == newest) std::this_thread::yield();
    const std::string dir = dir_ / ("copy" + std::to_string(i));
    ASSERT_TRUE(store_->Checkpoint(dir).ok());
    const auto copy = OpenCopy(dir);
    newest = copy->Get(kStays, "0").value();
    for (int key = 1; key < 20; ++key)
      EXPECT_TRUE(copy->Get(kStays, std::to_string(key)).value() == newest) << key;
  }
  stop = true;
  writer.join();
}

TEST(MemoryStoreTest, ACheckpointThatIsNotWholeIsDataLoss) {
  TempDir dir;
  MemoryStore store;
  ASSERT_TRUE(store.Commit({{kStays, "a", "1"}}).ok());
  ASSERT_TRUE(store.Checkpoint(dir / "copy").ok());
  std::filesystem::resize_file(dir / "copy/rows", 5);
  EXPECT_EQ(MemoryStore::OpenCheckpoint(dir / "copy").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(MemoryStore::OpenCheckpoint(dir / "none").status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang
