#include "adapters/access/access_log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kStay[] = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

class AccessLogFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<AccessLogFile> Open(int keep_days = 400) {
    auto log = AccessLogFile::Open({folder(), keep_days, absl::Milliseconds(20)}, clock_, metrics_);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  std::string folder() const { return dir_ / "access"; }
  static absl::Status Write(AccessLogFile& log, v1::AccessEntry entry) {
    std::promise<absl::Status> done;
    log.Write(std::move(entry), [&](absl::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }
  static v1::AccessEntry Entry(const std::string& principal, const std::string& stay_id = "") {
    v1::AccessEntry entry;
    entry.set_principal(principal);
    entry.set_method("PathwayService/GetPathway");
    entry.set_outcome("OK");
    if (!stay_id.empty())
      AddTold(stay_id, "ab12-" + std::string(32, 'f'), "5001", "974749025", &entry);
    return entry;
  }
  void AddFile(absl::CivilDay date) {
    std::ofstream(folder() + "/" + absl::FormatCivilTime(date) + ".jsonl") << "\n";
  }
  bool Has(const std::string& name) { return std::filesystem::exists(folder() + "/" + name); }
  static std::string Text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static v1::ReadAccessLogResponse All(const AccessLogFile& log) {
    return *log.Read(v1::ReadAccessLogRequest());
  }

  ManualClock clock_{absl::FromUnixSeconds(1'768'521'590)};  // 2026-01-15T23:59:50Z.
  Metrics metrics_;
  TempDir dir_;
};

TEST_F(AccessLogFileTest, AnEntryIsInTheFileWhenItIsAnswered) {
  const auto log = Open();
  ASSERT_TRUE(Write(*log, Entry("melhus", kStay)).ok());
  EXPECT_EQ(Text(folder() + "/2026-01-15.jsonl"),
            R"({"at":"2026-01-15T23:59:50Z","principal":"melhus","method":)"
            R"("PathwayService/GetPathway","outcome":"OK","count":"1","stayIds":[")" +
                std::string(kStay) + R"("],"patientRefs":["ab12-)" + std::string(32, 'f') +
                R"("],"kommuner":["5001"],"hospitals":["974749025"]})" + "\n");
  const auto mode = std::filesystem::status(folder() + "/2026-01-15.jsonl").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AccessLogFileTest, ADateHasItsFileAndAStartGoesOnWithIt) {
  {
    const auto log = Open();
    ASSERT_TRUE(Write(*log, Entry("a")).ok());
    clock_.Advance(absl::Seconds(10));
    ASSERT_TRUE(Write(*log, Entry("b")).ok());
  }
  const auto log = Open();
  ASSERT_TRUE(Write(*log, Entry("c")).ok());
  const auto read = All(*log);
  ASSERT_THAT(read.entries(), SizeIs(3));
  EXPECT_EQ(read.entries(0).principal(), "a");
  EXPECT_EQ(read.entries(2).principal(), "c");
  EXPECT_THAT(Text(folder() + "/2026-01-16.jsonl"), HasSubstr("\"c\""));
}

TEST_F(AccessLogFileTest, WhatNeedNotBeKeptIsDeletedAndNothingElse) {
  { Open(); }
  for (absl::CivilDay date(2025, 10, 15); date < absl::CivilDay(2026, 1, 15); ++date) AddFile(date);
  for (const char* name : {"2025-10-16.txt", "notes"}) std::ofstream(folder() + "/" + name) << "\n";
  const auto log = Open(90);
  EXPECT_FALSE(Has("2025-10-15.jsonl"));
  EXPECT_FALSE(Has("2025-10-16.jsonl"));
  EXPECT_TRUE(Has("2025-10-17.jsonl"));
  EXPECT_TRUE(Has("2025-10-16.txt"));
  EXPECT_TRUE(Has("notes"));
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Write(*log, Entry("a")).ok());
  EXPECT_FALSE(Has("2025-10-17.jsonl"));
  EXPECT_TRUE(Has("2025-10-18.jsonl"));
}

TEST_F(AccessLogFileTest, AClockThatLeapsDeletesNoMoreThanADay) {
  { Open(); }
  for (absl::CivilDay date(2025, 10, 17); date < absl::CivilDay(2026, 1, 15); ++date) AddFile(date);
  clock_.Advance(absl::Hours(24 * 365 * 10));
  { ASSERT_TRUE(Write(*Open(90), Entry("a")).ok()); }
  { ASSERT_TRUE(Write(*Open(90), Entry("b")).ok()); }
  EXPECT_FALSE(Has("2025-10-17.jsonl")) << "as on the next day by a clock that is right";
  EXPECT_TRUE(Has("2025-10-18.jsonl"));
  EXPECT_TRUE(Has("2026-01-15.jsonl"));
}

TEST_F(AccessLogFileTest, ADateOnWhichNothingIsWrittenHasAFileToo) {
  const auto log = Open();
  clock_.Advance(absl::Hours(30));
  while (!Has("2026-01-17.jsonl")) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(Text(folder() + "/2026-01-17.jsonl"), "");
  EXPECT_FALSE(Has("2026-01-16.jsonl"));
}

TEST_F(AccessLogFileTest, WhereItCannotBeWrittenThatIsSaidAndLaterItGoesOn) {
  const auto log = Open();
  clock_.Advance(absl::Hours(1));
  std::filesystem::create_directory(folder() + "/2026-01-16.jsonl");  // In the way.
  EXPECT_TRUE(absl::IsUnavailable(Write(*log, Entry("a", kStay))));
  EXPECT_THAT(metrics_.Text(), HasSubstr("overgang_access_log_failures_total 1"));
  std::filesystem::remove(folder() + "/2026-01-16.jsonl");
  EXPECT_TRUE(Write(*log, Entry("b", kStay)).ok());
  EXPECT_THAT(All(*log).entries(), SizeIs(1));
}

TEST_F(AccessLogFileTest, ALineThatWasCutIsEndedAndCounted) {
  { ASSERT_TRUE(Write(*Open(), Entry("a")).ok()); }
  std::ofstream(folder() + "/2026-01-15.jsonl", std::ios::app) << R"({"at":"2026-01-)";
  const auto log = Open();
  ASSERT_TRUE(Write(*log, Entry("b")).ok());
  const auto read = All(*log);
  ASSERT_THAT(read.entries(), SizeIs(2));
  EXPECT_EQ(read.entries(1).principal(), "b");
  EXPECT_EQ(read.unreadable(), 1);
}

TEST_F(AccessLogFileTest, IsReadByPrincipalAndByStay) {
  const auto log = Open();
  const std::string other = "7ba7b810-9dad-51d1-80b4-00c04fd430c8";
  ASSERT_TRUE(Write(*log, Entry("melhus", kStay)).ok());
  ASSERT_TRUE(Write(*log, Entry("melhus", other)).ok());
  v1::AccessEntry refused = Entry("malvik");
  refused.set_outcome("NOT_FOUND");
  AddAsked("stay_id", kStay, &refused);
  ASSERT_TRUE(Write(*log, refused).ok());
  v1::AccessEntry all = Entry("support");
  all.set_unlisted(true);
  ASSERT_TRUE(Write(*log, all).ok());
  v1::ReadAccessLogRequest request;
  request.set_stay_id(kStay);
  const auto of_stay = log->Read(request);
  ASSERT_THAT(of_stay->entries(), SizeIs(3));
  EXPECT_EQ(of_stay->entries(1).principal(), "malvik");
  EXPECT_EQ(of_stay->entries(2).principal(), "support") << "may have been told of anybody";
  request.set_principal("melhus");
  EXPECT_THAT(log->Read(request)->entries(), SizeIs(1));
  request.Clear();
  request.set_from("2026-01-16");
  EXPECT_THAT(log->Read(request)->entries(), SizeIs(0));
  request.set_from("2026-01-15");
  request.set_to("2026-01-15");
  EXPECT_THAT(log->Read(request)->entries(), SizeIs(0));
}

TEST_F(AccessLogFileTest, PagesFollowEachOtherOverDates) {
  const auto log = Open();
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(Write(*log, Entry("p" + std::to_string(i))).ok());
    clock_.Advance(absl::Hours(5));
  }
  v1::ReadAccessLogRequest request;
  request.set_page_size(4);
  std::vector<std::string> principals;
  do {
    const auto page = log->Read(request);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->entries_size(), 4);
    for (const v1::AccessEntry& entry : page->entries()) principals.push_back(entry.principal());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(principals.size(), 25u);
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(principals[static_cast<size_t>(i)], "p" + std::to_string(i));
  for (const char* wrong : {"x", "2026-01-15", "2026-01-15:-1", "2026-01-15:x"}) {
    request.set_page_token(wrong);
    EXPECT_TRUE(absl::IsInvalidArgument(log->Read(request).status())) << wrong;
  }
}

TEST_F(AccessLogFileTest, ManyStaysMakeSeveralEntriesEachWithItsOwn) {
  const auto log = Open();
  v1::AccessEntry entry = Entry("economist");
  for (int i = 0; i < 2 * kStaysInEntryMax + 1; ++i)
    AddTold("stay-" + std::to_string(i), "", "5001", "974749025", &entry);
  ASSERT_TRUE(Write(*log, entry).ok());
  const auto read = All(*log);
  ASSERT_THAT(read.entries(), SizeIs(3));
  EXPECT_EQ(read.entries(0).count(), kStaysInEntryMax);
  EXPECT_EQ(read.entries(2).count(), 1);
  EXPECT_EQ(read.entries(2).stay_ids(0), "stay-2000");
}

TEST_F(AccessLogFileTest, EverythingThatWaitsIsWrittenBeforeItStops) {
  std::atomic<int> written = 0;
  {
    const auto log = Open();
    for (int i = 0; i < 500; ++i)
      log->Write(Entry("a"), [&](const absl::Status& status) { written += status.ok() ? 1 : 0; });
  }
  EXPECT_EQ(written, 500);
  v1::ReadAccessLogRequest request;
  request.set_page_size(1000);
  EXPECT_THAT(Open()->Read(request)->entries(), SizeIs(500));
}

}  // namespace
}  // namespace overgang
