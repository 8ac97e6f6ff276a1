// What those who run the hub see: parked messages, the log, lag, the proof of a rebuild.
#include <condition_variable>
#include <mutex>

#include "consumers/operations/log_stream.h"
#include "tests/consumers/board_fixture.h"

namespace overgang::operations {
namespace {

using namespace overgang::testing;

class OperationsServiceTest : public BoardTest {
 protected:
  v1::Envelope Parked(const std::string& id) {
    v1::Envelope fact = Fact(id, 0, "", 0);
    fact.clear_patient_ref();
    fact.mutable_message_parked()->set_parked_id(fact.event_id());
    fact.mutable_message_parked()->set_reason("MSH-4 names no hospital of the directory");
    fact.mutable_message_parked()->set_place("MSH-4");
    fact.mutable_message_parked()->set_code("unknown_facility");
    return fact;
  }
};

TEST_F(OperationsServiceTest, ListsWhatIsParkedNewestFirstAndNoLongerWhatWasDiscarded) {
  Append({Parked("p1")});
  clock_.Advance(absl::Minutes(1));
  const v1::Envelope second = Parked("p2");
  Append({second});
  const auto list = [&] {
    return Call<v1::ListParkedRequest, v1::ListParkedResponse>("OperationsService/ListParked", {});
  };
  ASSERT_EQ(list()->parked_size(), 2);
  EXPECT_EQ(list()->parked(0).parked_id(), second.event_id());
  EXPECT_EQ(list()->parked(0).place(), "MSH-4");
  v1::Envelope discarded = Fact("x", 0, "", 1);
  discarded.mutable_parked_discarded()->set_parked_id(second.event_id());
  Append({discarded});
  EXPECT_EQ(list()->parked_size(), 1);
}

TEST_F(OperationsServiceTest, ReadsTheLogToItsEndWithHeadersAndCursors) {
  Append({Admitted("a", 1, "V1", 0), Admitted("b", 2, "V2", 0)});
  v1::ReadLogRequest request;
  request.set_topic("overgang.pathway.v1");
  auto stream = Open("OperationsService/ReadLog", request);
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::vector<v1::ReadLogResponse> records;
  for (bool end = false; !end;) {
    auto step = (*stream)->Next();
    ASSERT_TRUE(step.ok());
    if (step->message) records.push_back(static_cast<const v1::ReadLogResponse&>(*step->message));
    end = step->end;
  }
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].headers().at("ce_type"), "overgang.v1.PatientAdmitted");
  EXPECT_EQ(records[0].key(), records[0].fact().patient_ref());
  request.set_from(records[0].cursor());
  auto rest = Open("OperationsService/ReadLog", request);
  ASSERT_TRUE(rest.ok());
  int left = 0;
  for (bool end = false; !end;) {
    auto step = (*rest)->Next();
    ASSERT_TRUE(step.ok());
    left += step->message ? 1 : 0;
    end = step->end;
  }
  EXPECT_EQ(left, 1);
}

// Pulls only when it was woken, as the servers do.
class WokenReader {
 public:
  Wake wake() {
    return [this] {
      std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_all();
    };
  }
  bool WaitUntilWoken() {
    std::unique_lock lock(mutex_);
    const bool woken = changed_.wait_for(lock, std::chrono::seconds(20), [this] { return woken_; });
    woken_ = false;
    return woken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

TEST_F(OperationsServiceTest, ALongLogIsReadToItsEndByWhoPullsOnlyWhenWoken) {
  constexpr int kRecords = 3 * static_cast<int>(kReadAheadMax) + 7;
  std::vector<v1::Envelope> facts;
  for (int i = 0; i < kRecords; ++i) facts.push_back(Admitted("a" + std::to_string(i), 1, "V", i));
  Append(facts);
  v1::ReadLogRequest request;
  request.set_topic("overgang.pathway.v1");
  WokenReader reader;
  auto stream = table_.FindStream("overgang.v1.OperationsService/ReadLog")
                    ->open(caller_, request, reader.wake());
  ASSERT_TRUE(stream.ok()) << stream.status();
  int records = 0;
  for (bool end = false; !end;) {
    auto step = (*stream)->Next();
    ASSERT_TRUE(step.ok()) << step.status();
    records += step->message ? 1 : 0;
    end = step->end;
    if (step->message == nullptr && !end) {
      ASSERT_TRUE(reader.WaitUntilWoken()) << "after " << records;
    }
  }
  EXPECT_EQ(records, kRecords);
}

// A log without end, a large record a time.
class EndlessReader final : public LogReader {
 public:
  explicit EndlessReader(std::atomic<int>& polls) : polls_(polls) {}
  absl::StatusOr<RecordBatch> Poll(absl::Duration) override {
    RecordBatch batch;
    LogRecord record;
    record.offset = polls_++;
    record.key = key_;
    record.value = "unreadable";
    batch.records.push_back(std::move(record));
    return batch;
  }
  void Interrupt() override {}

 private:
  std::atomic<int>& polls_;
  const std::string key_ = std::string(512 << 10, 'k');
};

TEST(LogStreamTest, ReadsNoMoreBytesAheadThanItsBound) {
  std::atomic<int> polls = 0;
  LogRange range;
  range.follow = true;
  LogStream stream([&](LogRange*) { return std::make_unique<EndlessReader>(polls); }, range, [] {},
                   std::make_shared<std::atomic<int>>(1));
  constexpr int kHeldMax = static_cast<int>(kReadAheadBytesMax / (512 << 10)) + 1;
  for (int i = 0; i < 200 && polls < kHeldMax; ++i) absl::SleepFor(absl::Milliseconds(10));
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_LE(polls, kHeldMax);
  const int before = polls;
  ASSERT_NE(stream.Next()->message, nullptr);
  for (int i = 0; i < 200 && polls == before; ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(polls, before + 1) << "what was taken makes room";
}

TEST_F(OperationsServiceTest, AfterStopAVerificationEndsAsCancelledAndLagIsNotAskedFor) {
  Append({Admitted("a", 1, "V1", 0)});
  operations_.Stop();
  const auto verified = Call<v1::VerifyRebuildRequest, v1::VerifyRebuildResponse>(
      "OperationsService/VerifyRebuild", {});
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kCancelled) << verified.status();
  const auto lag = Call<v1::GetLagRequest, v1::GetLagResponse>("OperationsService/GetLag", {});
  EXPECT_EQ(lag.status().code(), absl::StatusCode::kUnavailable) << lag.status();
}

TEST_F(OperationsServiceTest, ProvesThatTheViewsEqualARebuild) {
  Append({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 30), Merged("m", 1, 4, 40)});
  const auto verified = Call<v1::VerifyRebuildRequest, v1::VerifyRebuildResponse>(
      "OperationsService/VerifyRebuild", {});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_TRUE(verified->equal());
  EXPECT_EQ(verified->facts(), 3);
  EXPECT_GT(verified->rows(), 3);
}

TEST_F(OperationsServiceTest, SaysHowFarTheViewsAreBehind) {
  Append({Admitted("a", 1, "V1", 0)});
  const auto lag = Call<v1::GetLagRequest, v1::GetLagResponse>("OperationsService/GetLag", {});
  ASSERT_TRUE(lag.ok());
  EXPECT_EQ(lag->records_behind(), 0);
  EXPECT_EQ(lag->partitions_size(), static_cast<int>(kPartitionCount));
}

}  // namespace
}  // namespace overgang::operations
