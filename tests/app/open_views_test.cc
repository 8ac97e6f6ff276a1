#include "app/open_views.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/store/rocksdb_store.h"
#include "projections/rows.pb.h"
#include "projections/tables.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

constexpr Table kStays{'s'};

void Write(const TempDir& dir, int schema_version) {
  rows::Meta meta;
  meta.set_schema_version(schema_version);
  auto store = RocksdbStore::Open(dir / "views");
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE(
      (*store)
          ->Commit({{projections::kMeta, "", meta.SerializeAsString()}, {kStays, "a", "row"}})
          .ok());
}

TEST(OpenViewsTest, RowsOfThisVersionAreKept) {
  TempDir dir;
  Write(dir, projections::kSchemaVersion);
  auto store = OpenViews(dir.path());
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Get(kStays, "a").value(), "row");
}

TEST(OpenViewsTest, RowsOfAnotherVersionAreRemovedWithTheirMark) {
  for (const int version : {projections::kSchemaVersion - 1, projections::kSchemaVersion + 1}) {
    TempDir dir;
    Write(dir, version);
    auto store = OpenViews(dir.path());
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->Get(kStays, "a").value(), std::nullopt);
    EXPECT_EQ((*store)->Get(projections::kMeta, "").value(), std::nullopt);
  }
}

TEST(OpenViewsTest, AFolderThatIsALinkStaysOne) {
  TempDir dir;
  std::filesystem::create_directory(dir / "disk");
  std::filesystem::create_directory_symlink(dir / "disk", dir / "views");
  Write(dir, projections::kSchemaVersion - 1);
  auto store = OpenViews(dir.path());
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Get(kStays, "a").value(), std::nullopt);
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "views"));
  EXPECT_FALSE(std::filesystem::is_empty(dir / "disk"));
}

TEST(OpenViewsTest, AFolderThatIsNotThereYetIsMade) {
  TempDir dir;
  EXPECT_TRUE(OpenViews(dir.path()).ok());
}

}  // namespace
}  // namespace overgang
