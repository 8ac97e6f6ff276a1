// Asks for answers, for the same again, and for what explains another one.
#pragma once

#include <string>
#include <vector>

#include "tests/consumers/board_fixture.h"

namespace overgang::testing {

class MomentsTest : public BoardTest {
 protected:
  using Census = absl::StatusOr<v1::GetCensusResponse>;
  Census Get(const v1::GetCensusRequest& request) {
    return Call<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus", request);
  }
  v1::GetCensusResponse Now() {
    Census answer = Get({});
    EXPECT_TRUE(answer.ok()) << answer.status();
    return *answer;
  }
  // The question that makes an answer again.
  static v1::GetCensusRequest Again(const v1::GetCensusResponse& answer) {
    v1::GetCensusRequest request;
    request.set_as_of_cursor(answer.as_of().cursor());
    *request.mutable_as_of() = answer.as_of().now();
    return request;
  }
  void ExpectSameAgain(const v1::GetCensusResponse& answer) {
    const Census again = Get(Again(answer));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->SerializeAsString(), answer.SerializeAsString())
        << again->ShortDebugString() << "\n"
        << answer.ShortDebugString();
  }
  int InpatientsAt(absl::Time as_of) {
    v1::GetCensusRequest request;
    *request.mutable_as_of() = ToProto(as_of);
    request.add_kommuner("5001");
    const Census answer = Get(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->kommuner(0).inpatients() : -1;
  }
  v1::ExplainCensusResponse Explain(const v1::GetCensusResponse& answer) {
    v1::ExplainCensusRequest request;
    request.set_kommune("5001");
    request.set_as_of_cursor(answer.as_of().cursor());
    *request.mutable_as_of() = answer.as_of().now();
    auto explained = Call<v1::ExplainCensusRequest, v1::ExplainCensusResponse>(
        "CensusService/ExplainCensus", request);
    EXPECT_TRUE(explained.ok()) << explained.status();
    return explained.value_or(v1::ExplainCensusResponse());
  }
  static std::vector<std::string> Learnt(const v1::CensusChange& change) {
    std::vector<std::string> ids;
    for (const v1::PathwayEntry& entry : change.facts()) ids.push_back(entry.fact().event_id());
    return ids;
  }
  static std::string Id(const std::string& name) { return NameUuid({"test", name}); }
};

}  // namespace overgang::testing
