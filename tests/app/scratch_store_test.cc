// Scratch stores: rows of a checkpoint that may be written to, gone when they are released; and
// history over them, on disk as a hub has it.
#include "app/scratch_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>

#include "adapters/log/memory_log.h"
#include "adapters/store/rocksdb_store.h"
#include "projections/history.h"
#include "projections/runner.h"
#include "tests/adapters/temp_dir.h"
#include "tests/projections/fact_builder.h"

namespace overgang {
namespace {

using namespace overgang::testing;

constexpr Table kStays{'s'};
constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";

std::map<std::string, std::string> FilesOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

TEST(ScratchStoreTest, ACheckpointIsOpenedWrittenToAndStaysAsItIs) {
  TempDir dir;
  auto live = RocksdbStore::Open(dir / "views");
  ASSERT_TRUE(live.ok()) << live.status();
  ASSERT_TRUE((*live)->Commit({{kStays, "a", "1"}, {kStays, "b", std::string(100'000, 'x')}}).ok());
  ASSERT_TRUE((*live)->Checkpoint(dir / "kept").ok());
  const auto kept = FilesOf(dir / "kept");
  {
    auto scratch = MakeScratchStore(dir.path(), dir / "kept");
    ASSERT_TRUE(scratch.ok()) << scratch.status();
    EXPECT_EQ((*scratch)->Get(kStays, "a").value(), "1");
    ASSERT_TRUE((*scratch)->Commit({{kStays, "a", "2"}, {kStays, "b", {}}}).ok());
    ASSERT_TRUE((*scratch)->Checkpoint(dir / "kept2").ok());  // Written out.
    EXPECT_FALSE(FilesOf(dir / "scratch").empty());
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir / "scratch"));
  EXPECT_EQ(FilesOf(dir / "kept"), kept);
  EXPECT_EQ((*MakeScratchStore(dir.path(), dir / "kept"))->Get(kStays, "a").value(), "1");
  EXPECT_EQ((*MakeScratchStore(dir.path(), dir / "kept2"))->Get(kStays, "a").value(), "2");
}

TEST(ScratchStoreTest, WhatIsNoCheckpointIsRefusedAndLeavesNothing) {
  TempDir dir;
  EXPECT_FALSE(MakeScratchStore(dir.path(), dir / "none").ok());
  std::filesystem::create_directories(dir / "corrupt");
  std::ofstream(dir / "corrupt/CURRENT") << "MANIFEST-000001\n";
  EXPECT_FALSE(MakeScratchStore(dir.path(), dir / "corrupt").ok());
  EXPECT_TRUE(std::filesystem::is_empty(dir / "scratch"));
}

class HistoryOnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = *RocksdbStore::Open(dir_ / "views");
    runner_.emplace(log_, *store_, views_, metrics_, kIncarnation);
    ASSERT_TRUE(runner_->Start().ok());
    history_.emplace(projections::History::Parts{log_, *store_, views_, clock_, kIncarnation,
                                                 dir_ / "history",
                                                 [this](const std::string& checkpoint) {
                                                   return MakeScratchStore(dir_.path(), checkpoint);
                                                 }});
  }
  void TearDown() override {
    history_.reset();
    runner_->Stop();
  }
  std::shared_ptr<const projections::Epoch> Admit(int person) {
    clock_.Advance(absl::Minutes(1));
    const std::string id = std::to_string(person);
    auto positions = AppendAndWait(log_, {ToRecord(Admitted(id, person, "V" + id, 0))});
    EXPECT_TRUE(positions.ok());
    std::promise<void> seen;
    views_.WhenCovers(Cursor::After(kIncarnation, *positions).Encode(), absl::InfiniteFuture(),
                      [&](const auto&) { seen.set_value(); });
    seen.get_future().get();
    return views_.Current();
  }
  static size_t Inpatients(const projections::Epoch& epoch) {
    const auto* bucket = epoch.census.by_stay_kommune.Find("5001");
    return bucket == nullptr ? 0 : bucket->size();
  }

  TempDir dir_;
  ManualClock clock_{At(0)};
  Metrics metrics_;
  MemoryLog log_{clock_};
  std::unique_ptr<RocksdbStore> store_;
  projections::Views views_{clock_};
  std::optional<projections::Runner> runner_;
  std::optional<projections::History> history_;
};

TEST_F(HistoryOnDisk, MomentsComeFromCheckpointsWhileTheHubGoesOn) {
  std::vector<std::shared_ptr<const projections::Epoch>> epochs;
  for (int person = 1; person <= 60; ++person) {
    epochs.push_back(Admit(person));
    if (person % 20 == 0) {
      ASSERT_TRUE(history_->Keep().ok());
    }
  }
  for (size_t i : {24u, 59u, 20u, 47u, 5u, 30u}) {
    const auto moment = history_->At(epochs[i]->cursor);
    ASSERT_TRUE(moment.ok()) << moment.status();
    EXPECT_EQ(Inpatients(**moment), i + 1);
    EXPECT_EQ((*moment)->cursor.next, epochs[i]->cursor.next);
    const auto stay =
        projections::FindCluster(*(*moment)->rows, *projections::PatientRef::Parse(Ref(1)));
    EXPECT_TRUE(stay.ok()) << stay.status();
    EXPECT_EQ(projections::FindCluster(
                  *(*moment)->rows, *projections::PatientRef::Parse(Ref(static_cast<int>(i) + 2)))
                  .ok(),
              false);
  }
  history_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "scratch"));
}

TEST_F(HistoryOnDisk, ACheckpointWithoutOneOfItsFilesIsPassedOver) {
  Admit(1);
  ASSERT_TRUE(history_->Keep().ok());
  const auto epoch = Admit(2);
  Admit(3);
  int removed = 0;
  for (const auto& [name, bytes] : FilesOf(dir_ / "history")) {
    if (name.ends_with(".sst")) removed += static_cast<int>(std::filesystem::remove(name));
  }
  ASSERT_GT(removed, 0);
  const auto moment = history_->At(epoch->cursor);
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ(Inpatients(**moment), 2u);
}

TEST_F(HistoryOnDisk, ACheckpointWithACorruptRowIsPassedOver) {
  Admit(1);
  ASSERT_TRUE(history_->Keep().ok());
  const auto epoch = Admit(1000);
  Admit(3);
  int changed = 0;
  for (const auto& [name, bytes] : FilesOf(dir_ / "history")) {
    if (!name.ends_with(".sst")) continue;
    // Within the rows at the file's beginning; what is read at opening lies at its end.
    std::fstream file(name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(40);
    file << "!!!!";
    ++changed;
  }
  ASSERT_GT(changed, 0);
  const auto moment = history_->At(epoch->cursor);
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ(Inpatients(**moment), 2u);
}

}  // namespace
}  // namespace overgang
