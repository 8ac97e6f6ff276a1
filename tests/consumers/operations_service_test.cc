// What those who run the hub see: parked messages, the log, lag, the proof of a rebuild.
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
