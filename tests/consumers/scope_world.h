// A hub of its own, asked by whom the test says. Shared by the tests of scopes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "consumers/report/report_service.h"
#include "tests/consumers/board_fixture.h"

namespace overgang::testing {

inline constexpr char kTrondheim[] = "5001";
inline constexpr char kMalvik[] = "5031";
inline constexpr char kMelhus[] = "5028";
inline constexpr char kLevanger[] = "974754118";  // Not in the built-in directory.
inline constexpr int kHour = 60;
inline constexpr int kDay = 24 * kHour;

inline std::string TextOf(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), ": ", std::string(status.message()));
}

// A hub of its own.
class World final : public BoardTest {
 public:
  World() {
    reports_.Register(table_);
    clock_.Set(At(38 * kDay));
  }
  ~World() override { reports_.Stop(); }
  void TestBody() override {}

  using BoardTest::Append;
  // What was appended is known of since two days.
  void GoOn() { clock_.Set(At(40 * kDay)); }
  void As(std::shared_ptr<const Scope> scope) {
    caller_ = {.principal = "test", .scope = std::move(scope)};
  }
  // As text without what every answer says of itself; a refusal is its text.
  template <typename Request, typename Response>
  std::string Told(const std::string& method, const Request& request) {
    absl::StatusOr<Response> response = Call<Request, Response>(method, request);
    if (!response.ok()) return TextOf(response.status());
    response->clear_as_of();
    return response->DebugString();
  }
  template <typename Request, typename Response>
  std::string FirstOf(const std::string& method, const Request& request) {
    auto stream = Open(method, request);
    if (!stream.ok()) return TextOf(stream.status());
    auto step = (*stream)->Next();
    if (!step.ok() || step->message == nullptr) return "nothing";
    Response first = static_cast<const Response&>(*step->message);
    first.clear_as_of();
    return first.DebugString();
  }
  std::vector<std::string> AllStays() {
    As(Scope::All());
    v1::ListStaysRequest request;
    request.set_state(v1::STAY_STATE_ANY);
    request.set_page_size(1000);
    std::vector<std::string> ids;
    const auto list =
        Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
    for (const v1::Stay& stay : list->stays()) ids.push_back(stay.stay_id());
    return ids;
  }
  v1::AsOf AsOfAnswer() {
    return Call<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus", {})
        ->as_of();
  }
  const MemoryAccessLog& access_log() const { return access_log_; }
  absl::StatusOr<v1::GetPathwayResponse> Pathway(const std::string& stay_id) {
    v1::GetPathwayRequest request;
    request.set_stay_id(stay_id);
    return Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway",
                                                               request);
  }

 private:
  const PaymentTerms terms_{{{2026, 6200}}, {}};
  report::ReportService reports_{views_, moments_, directory_, terms_};
};

inline std::shared_ptr<const Scope> ScopeOf(std::vector<std::string> kommuner,
                                            std::vector<std::string> hospitals) {
  return std::make_shared<const Scope>(
      Scope{.kommuner = std::move(kommuner), .hospitals = std::move(hospitals)});
}

}  // namespace overgang::testing
