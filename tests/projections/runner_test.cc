// The loop from the log to whole epochs: what is seen, what is waited for, what stops it.
#include "projections/runner.h"

#include <gtest/gtest.h>

#include <future>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "projections/deliveries.h"
#include "projections/tables.h"
#include "projections/verify.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";

class RunnerTest : public ::testing::Test {
 protected:
  std::string Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    return AppendRecords(std::move(records));
  }
  std::string AppendRecords(std::vector<NewRecord> records) {
    auto positions = AppendAndWait(log_, std::move(records));
    EXPECT_TRUE(positions.ok()) << positions.status();
    return Cursor::After(kIncarnation, *positions).Encode();
  }
  absl::StatusOr<std::shared_ptr<const Epoch>> WaitFor(const std::string& cursor) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<std::shared_ptr<const Epoch>>>>();
    views_.WhenCovers(cursor, clock_.Now() + absl::Seconds(10),
                      [promise](auto epoch) { promise->set_value(std::move(epoch)); });
    return promise->get_future().get();
  }
  void Start() {
    runner_.emplace(log_, store_, views_, metrics_, kIncarnation);
    ASSERT_TRUE(runner_->Start().ok());
  }
  int Inpatients(const Epoch& epoch, std::string_view kommune) {
    const Bucket* bucket = epoch.census.by_stay_kommune.Find(kommune);
    return bucket == nullptr ? 0 : static_cast<int>(bucket->size());
  }

  SystemClock clock_;
  Metrics metrics_;
  MemoryLog log_{clock_};
  MemoryStore store_;
  Views views_{clock_};
  std::optional<Runner> runner_;
};

TEST_F(RunnerTest, AQueryThatWaitsForItsOwnWriteSeesIt) {
  Start();
  const auto epoch = WaitFor(Append({Admitted("a", 1, "V1", 0)}));
  ASSERT_TRUE(epoch.ok()) << epoch.status();
  EXPECT_EQ(Inpatients(**epoch, "5001"), 1);
}

TEST_F(RunnerTest, WhatIsFoldedIsThereAfterARestartAndNothingIsFoldedTwice) {
  Start();
  ASSERT_TRUE(WaitFor(Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 5)})).ok());
  runner_.reset();
  Start();
  const auto epoch = WaitFor(Append({Discharged("d", 1, "V1", 60)}));
  ASSERT_TRUE(epoch.ok());
  EXPECT_EQ(Inpatients(**epoch, "5001"), 1);
  MemoryStore scratch;
  const auto verified = VerifyRebuild(log_, **epoch, scratch);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_TRUE(verified->equal) << (verified->differences.empty() ? ""
                                                                 : verified->differences.front());
  EXPECT_EQ(verified->facts, 3);
}

TEST_F(RunnerTest, AClusterThatIsNoPersonAnyMoreIsMeasured) {
  Start();
  std::vector<v1::Envelope> facts;
  for (size_t i = 0; i < kLargeClusterFacts; ++i)
    facts.push_back(Admitted("a" + std::to_string(i), 1, "V1", static_cast<int>(i)));
  const std::string name = "overgang_projection_largest_cluster_facts ";
  ASSERT_TRUE(WaitFor(Append({facts.begin(), facts.end() - 1})).ok());
  EXPECT_NE(metrics_.Text().find(name + "0\n"), std::string::npos);
  ASSERT_TRUE(WaitFor(Append({facts.back()})).ok());
  EXPECT_NE(metrics_.Text().find(name + "4000\n"), std::string::npos);
}

TEST_F(RunnerTest, WhatIsHeldOfAPersonIsKnownByItsIds) {
  Start();
  ASSERT_TRUE(WaitFor(Append({Admitted("a", 1, "V1", 0), Discharged("d", 1, "V1", 60),
                              Admitted("b", 2, "V2", 5)}))
                  .ok());
  std::vector<std::string> expected = {NameUuid({"test", "a"}), NameUuid({"test", "d"})};
  std::ranges::sort(expected);
  EXPECT_EQ(views_.HeldFacts(Ref(1)).value(), expected);
  EXPECT_TRUE(views_.HeldFacts(Ref(3)).value().empty());
  EXPECT_FALSE(views_.HeldFacts("nobody").ok());
}

// A status request and the alias of a stay were once in one table.
TEST_F(RunnerTest, EveryTableHoldsItsOwnRowsAlone) {
  Start();
  v1::Envelope without_visit = Admitted("p", 1, "", 0);
  v1::Envelope requested;
  requested.mutable_daily_status_requested()->set_scope("k:5001");
  requested.mutable_daily_status_requested()->set_date("2026-03-02");
  const auto epoch = WaitFor(Append({Admitted("a", 1, "V1", 0), without_visit, requested}));
  ASSERT_TRUE(epoch.ok()) << epoch.status();
  std::map<Table, int> rows;
  for (const Table table : kTables) {
    ASSERT_TRUE((*epoch)
                    ->rows
                    ->Scan(table, "", "",
                           [&](std::string_view, std::string_view) {
                             ++rows[table];
                             return true;
                           })
                    .ok());
  }
  EXPECT_GT(rows[kStayAlias], 0);
  EXPECT_EQ(rows[kStatusRequest], 1);
  int requests = 0;
  ASSERT_TRUE(ScanStatusRequests(*(*epoch)->rows, "2026-03-02", [&](std::string_view scope, auto&) {
                EXPECT_EQ(scope, "k:5001");
                ++requests;
              }).ok());
  EXPECT_EQ(requests, 1);
  MemoryStore scratch;
  const auto verified = VerifyRebuild(log_, **epoch, scratch);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_TRUE(verified->equal);
}

TEST_F(RunnerTest, VerificationSeesARowThatWasChanged) {
  Start();
  auto epoch = WaitFor(Append({Admitted("a", 1, "V1", 0)}));
  ASSERT_TRUE(epoch.ok());
  runner_.reset();
  ASSERT_TRUE(store_.Commit({{kSource, "hl7v2:STO", "changed"}}).ok());
  auto changed = std::make_shared<Epoch>(**epoch);
  changed->rows = store_.Snapshot();
  MemoryStore scratch;
  const auto verified = VerifyRebuild(log_, *changed, scratch);
  ASSERT_TRUE(verified.ok());
  EXPECT_FALSE(verified->equal);
  ASSERT_EQ(verified->differences.size(), 1u);
}

TEST_F(RunnerTest, APoisonFactIsParkedItsStayFlaggedAndOthersGoOn) {
  Start();
  Append({Admitted("a", 1, "V1", 0)});
  NewRecord poison;
  poison.topic = Topic::kPathway;
  poison.key = Ref(1);
  poison.value = "\xff\xff not an envelope";
  AppendRecords({poison});
  const auto epoch = WaitFor(Append({Admitted("b", 1, "V1", 1), Admitted("c", 2, "V2", 1)}));
  ASSERT_TRUE(epoch.ok());
  EXPECT_EQ(Inpatients(**epoch, "5001"), 2);
  int parked = 0;
  ASSERT_TRUE((*epoch)
                  ->rows
                  ->Scan(kParked, "", "",
                         [&](std::string_view, std::string_view value) {
                           rows::Parked row;
                           EXPECT_TRUE(row.ParseFromString(std::string(value)));
                           EXPECT_EQ(row.code(), "unreadable_record");
                           EXPECT_EQ(row.topic(), "overgang.pathway.v1");
                           return ++parked > 0;
                         })
                  .ok());
  EXPECT_EQ(parked, 1);
  auto cluster = FindCluster(*(*epoch)->rows, *PatientRef::Parse(Ref(1)));
  ASSERT_TRUE(cluster.ok());
  const v1::Stay stay = ComputeStays(*cluster).stays.front().stay;
  EXPECT_EQ(std::ranges::count(stay.flags(), v1::STAY_FLAG_INCOMPLETE), 1);
}

TEST_F(RunnerTest, AnOpenStayIsFoundByTheReferenceThatItsPersonWasMergedInto) {
  Start();
  ASSERT_TRUE(WaitFor(Append({Admitted("a", 2, "V1", 0), Merged("m", 1, 2, 10)})).ok());
  const auto stay = views_.FindOpenStay(Ref(1), kHospital);
  ASSERT_TRUE(stay.ok()) << stay.status();
  EXPECT_EQ(stay->visit_key, "V1");
}

TEST_F(RunnerTest, AnAliasOfTwoPersonsFindsNeithersStay) {
  Start();
  v1::Envelope one = Admitted("a", 1, "V1", 0);
  v1::Envelope two = Admitted("b", 2, "V2", 0);
  for (v1::Envelope* fact : {&one, &two}) fact->add_alias_refs(Ref(9));
  ASSERT_TRUE(WaitFor(Append({one, two})).ok());
  EXPECT_EQ(views_.FindOpenStay(Ref(9), kHospital).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(views_.FindOpenStay(Ref(1), kHospital)->visit_key, "V1");
}

TEST_F(RunnerTest, ACursorOfAnotherLogIsRefused) {
  Start();
  Cursor other;
  other.incarnation = "another";
  const auto epoch = WaitFor(other.Encode());
  EXPECT_EQ(epoch.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WaitFor("no cursor").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RunnerTest, AWaitThatIsNotServedEndsAtItsDeadline) {
  Start();
  Cursor future;
  future.incarnation = kIncarnation;
  future.next[0] = 1'000;
  std::promise<absl::Status> promise;
  views_.WhenCovers(future.Encode(), clock_.Now() + absl::Milliseconds(50),
                    [&](auto epoch) { promise.set_value(epoch.status()); });
  EXPECT_EQ(promise.get_future().get().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(RunnerTest, TheViewsOfAnotherLogAreRefusedWithTheRemedy) {
  Start();
  ASSERT_TRUE(WaitFor(Append({Admitted("a", 1, "V1", 0)})).ok());
  runner_.reset();
  MemoryLog other(clock_);
  Runner runner(other, store_, views_, metrics_, kIncarnation);
  const absl::Status status = runner.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(status.message()).find("delete the folder views"), std::string::npos)
      << status;
}

TEST_F(RunnerTest, ViewsAreMadeAnewThoughOriginalsArePastTheirRetention) {
  NewRecord original;
  original.topic = Topic::kOriginals;
  original.key = "hl7v2";
  original.value = "sealed";
  AppendRecords({original, original, original});
  log_.Trim({Topic::kOriginals, 0}, 2);
  Start();
  const auto epoch = WaitFor(Append({Admitted("a", 1, "V1", 0)}));
  ASSERT_TRUE(epoch.ok()) << epoch.status();
  EXPECT_EQ(Inpatients(**epoch, "5001"), 1);
}

TEST_F(RunnerTest, AMissingRecordStopsItForGoodAndTheViewsNeverLookFreshAgain) {
  Start();
  ASSERT_TRUE(WaitFor(Append({Admitted("a", 1, "V1", 0)})).ok());
  log_.FailNextPolls(1, absl::DataLossError("a record is missing"));
  Append({Admitted("b", 2, "V2", 0)});
  const absl::Time limit = clock_.Now() + absl::Seconds(10);
  while (views_.CaughtUp() && clock_.Now() < limit) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_FALSE(views_.CaughtUp());
  Append({Admitted("c", 3, "V3", 0)});
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_FALSE(views_.CaughtUp());
}

TEST_F(RunnerTest, ALogThatFailsForAWhileIsReadOn) {
  Start();
  log_.FailNextPolls(3, absl::UnavailableError("broker gone"));
  const auto epoch = WaitFor(Append({Admitted("a", 1, "V1", 0)}));
  ASSERT_TRUE(epoch.ok());
  EXPECT_EQ(Inpatients(**epoch, "5001"), 1);
}

}  // namespace
}  // namespace overgang::projections
