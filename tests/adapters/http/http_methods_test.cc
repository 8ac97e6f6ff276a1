#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "absl/time/clock.h"
#include "adapters/http/http_server.h"
#include "core/errors.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "overgang/v1/census_service.pb.h"
#include "overgang/v1/intake_service.pb.h"
#include "tests/adapters/http/client.h"
#include "tests/adapters/http/scripted.h"

namespace overgang::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGetCensus[] = "/overgang.v1.CensusService/GetCensus";
constexpr char kDeclareUkp[] = "/overgang.v1.IntakeService/DeclareUkp";
constexpr char kAnswerUkp[] = "/overgang.v1.IntakeService/AnswerUkp";

// Answers with one kommune without anybody, or as the idempotency key asks; keeps what it was
// asked.
class HttpMethods : public ::testing::Test {
 protected:
  HttpMethods() {
    methods_.AddUnary<v1::GetCensusRequest, v1::GetCensusResponse>(
        "overgang.v1.CensusService/GetCensus", Need::kOwn,
        [this](const Caller& caller, const v1::GetCensusRequest& request,
               Reply<v1::GetCensusResponse> reply) {
          const std::lock_guard lock(mutex_);
          caller_ = caller;
          census_request_ = request;
          v1::GetCensusResponse response;
          response.add_kommuner()->set_kommune("5001");
          reply(response);
        });
    methods_.AddUnary<v1::DeclareUkpRequest, v1::Receipt>(
        "overgang.v1.IntakeService/DeclareUkp", Need::kOwn,
        [this](const Caller&, const v1::DeclareUkpRequest& request, Reply<v1::Receipt> reply) {
          if (request.idempotency_key() == "never") {
            const std::lock_guard lock(mutex_);
            unanswered_ = std::move(reply);
            return;
          }
          reply(FieldError(absl::StatusCode::kNotFound, "subject.stay_id", "there is no such stay",
                           "see ListStays"));
        });
    methods_.AddUnary<v1::AnswerUkpRequest, v1::Receipt>(
        "overgang.v1.IntakeService/AnswerUkp", Need::kOwn,
        [](const Caller&, const v1::AnswerUkpRequest&, Reply<v1::Receipt> reply) {
          reply(v1::Receipt());
        });
    HttpOptions options;
    options.port = 0;
    options.body_bytes_max = 100'000;
    server_.emplace(options, methods_, AuthenticateScripted, metrics_);
    EXPECT_TRUE(server_->Start().ok());
  }

  ClientResponse Call(std::string_view path, std::string_view body, std::string_view more = "") {
    return Post(server_->port(), path, body, more);
  }

  MethodTable methods_;
  Metrics metrics_;
  std::mutex mutex_;
  Caller caller_;
  v1::GetCensusRequest census_request_;
  Reply<v1::Receipt> unanswered_;
  std::optional<HttpServer> server_;
};

google::protobuf::Struct Json(const std::string& text) {
  google::protobuf::Struct result;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &result).ok()) << text;
  return result;
}

TEST_F(HttpMethods, AnswersInJsonAndShowsCountsOfZero) {
  const ClientResponse response =
      Call(kGetCensus, R"({"kommuner":["5001"],"basis":"CENSUS_BASIS_STAY_KOMMUNE"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), "application/json");
  EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(response.body, HasSubstr(R"("kommune":"5001")"));
  EXPECT_THAT(response.body, HasSubstr(R"("ukpOver24h":0)"));
  EXPECT_EQ(census_request_.kommuner(0), "5001");
  EXPECT_EQ(caller_.principal, "tester");
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(
          R"(overgang_http_requests_total{code="200",method="overgang.v1.CensusService/GetCensus"} 1)"));
}

TEST_F(HttpMethods, AnswersInProtobufWhereAskedInIt) {
  v1::GetCensusRequest request;
  request.add_kommuner("5031");
  const std::string body = request.SerializeAsString();
  const ClientResponse response = Exchange(
      server_->port(),
      absl::StrCat("POST ", kGetCensus,
                   " HTTP/1.1\r\nContent-Type: application/proto\r\nContent-Length: ", body.size(),
                   "\r\n\r\n", body));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), "application/proto");
  v1::GetCensusResponse answer;
  ASSERT_TRUE(answer.ParseFromString(response.body));
  EXPECT_EQ(answer.kommuner(0).kommune(), "5001");
  EXPECT_EQ(census_request_.kommuner(0), "5031");
}

TEST_F(HttpMethods, KeepsTheConnectionForTheNextRequest) {
  Client client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.Send(
        absl::StrCat("POST ", kGetCensus,
                     " HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
    EXPECT_EQ(client.ReadResponse().status, 200);
  }
}

TEST_F(HttpMethods, AHandlersErrorCarriesFieldAndRemedy) {
  const ClientResponse response = Call(kDeclareUkp, R"({"idempotencyKey":"k"})");
  EXPECT_EQ(response.status, 404);
  const auto error = Json(response.body);
  EXPECT_EQ(error.fields().at("code").string_value(), "not_found");
  EXPECT_THAT(error.fields().at("message").string_value(), HasSubstr("there is no such stay"));
  const auto& details = error.fields().at("details").list_value();
  ASSERT_EQ(details.values_size(), 2);
  const auto& bad_request = details.values(0).struct_value().fields();
  EXPECT_EQ(bad_request.at("type").string_value(), "google.rpc.BadRequest");
  EXPECT_THAT(bad_request.at("value").string_value(), Not(HasSubstr("=")));
  const auto& info = details.values(1).struct_value().fields();
  EXPECT_EQ(info.at("type").string_value(), "google.rpc.ErrorInfo");
  const auto& metadata =
      info.at("debug").struct_value().fields().at("metadata").struct_value().fields();
  EXPECT_EQ(metadata.at("field").string_value(), "subject.stay_id");
  EXPECT_EQ(metadata.at("remedy").string_value(), "see ListStays");
}

struct BadCall {
  const char* path;
  const char* body;
  const char* more;
  int status;
  const char* code;
  const char* says;
};

TEST_F(HttpMethods, RefusesWhatItCannotTakeAndSaysWhy) {
  const BadCall calls[] = {
      {kAnswerUkp, R"({"nonsense":1})", "", 400, "invalid_argument",
       "nonsense: there is no such field"},
      {kAnswerUkp, R"({"subject":{"stay":1}})", "", 400, "invalid_argument",
       "subject.stay: there is no such field"},
      {kAnswerUkp, R"({"subject":{"stayId":[1]}})", "", 400, "invalid_argument", "not a list"},
      {kAnswerUkp, R"({"placeKind":"PALACE"})", "", 400, "invalid_argument",
       "(overgang.v1.PlaceKind)"},
      {kAnswerUkp, R"({"occurredAt":"yesterday"})", "", 400, "invalid_argument", "occurred_at: "},
      {kAnswerUkp, "{", "", 400, "invalid_argument", "body: is not a JSON object"},
      {kAnswerUkp, "", "", 400, "invalid_argument", "body: is not a JSON object"},
      {kAnswerUkp, "{}", "Connect-Protocol-Version: 2\r\n", 400, "invalid_argument",
       "connect-protocol-version"},
      {kAnswerUkp, "{}", "Connect-Timeout-Ms: soon\r\n", 400, "invalid_argument",
       "connect-timeout-ms"},
      {kAnswerUkp, "{}", "Content-Encoding: br\r\n", 501, "unimplemented", "content-encoding"},
      {kAnswerUkp, "{}", "Authorization: Bearer forged\r\n", 401, "unauthenticated", "token"},
      {"/overgang.v1.ReportService/GetReport", "{}", "", 501, "unimplemented", "not served"},
      {"/overgang.v1.ReportService/GetPalace", "{}", "", 404, "unimplemented", "no method"},
      {"/elsewhere", "{}", "", 404, "not_found", "nothing here"},
  };
  for (const BadCall& call : calls) {
    const ClientResponse response = Call(call.path, call.body, call.more);
    EXPECT_EQ(response.status, call.status) << call.body << call.more;
    const auto error = Json(response.body);
    EXPECT_EQ(error.fields().at("code").string_value(), call.code) << call.body << call.more;
    EXPECT_THAT(error.fields().at("message").string_value(), HasSubstr(call.says))
        << call.body << call.more;
  }
}

// An identity number in the wrong field must not come back in a text that may be logged. Synthetic:
// month + 80.
TEST_F(HttpMethods, NeverRepeatsAValueOfTheRequest) {
  constexpr std::string_view kNumber = "01810512345";
  for (const std::string_view body :
       {R"({"canReceive":"01810512345"})", R"({"occurredAt":"01810512345"})",
        R"({"01810512345":1})", R"({"subject":"01810512345"})",
        R"({"subject":{"stayId" 01810512345}})"}) {
    const ClientResponse response = Call(kAnswerUkp, body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, Not(HasSubstr(kNumber)));
  }
}

TEST_F(HttpMethods, TakesOnlyPostAndOnlyTypesThatABrowserAsksLeaveFor) {
  const ClientResponse get =
      Exchange(server_->port(), absl::StrCat("GET ", kGetCensus, " HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  const ClientResponse text = Exchange(
      server_->port(),
      absl::StrCat("POST ", kGetCensus,
                   " HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"));
  EXPECT_EQ(text.status, 415);
}

TEST_F(HttpMethods, AnswersInTimeWhenTheHandlerDoesNot) {
  const ClientResponse response =
      Call(kDeclareUkp, R"({"idempotencyKey":"never"})", "Connect-Timeout-Ms: 50\r\n");
  EXPECT_EQ(response.status, 504);
  EXPECT_THAT(response.body, HasSubstr(R"("code":"deadline_exceeded")"));
  unanswered_(v1::Receipt());  // Too late, and to nobody.
  EXPECT_EQ(Call(kAnswerUkp, "{}").status, 200);
}

TEST_F(HttpMethods, TellsTheHandlerItsDeadline) {
  const absl::Time before = absl::Now();
  EXPECT_EQ(Call(kGetCensus, "{}", "Connect-Timeout-Ms: 2000\r\n").status, 200);
  EXPECT_GE(caller_.deadline, before + absl::Seconds(2));
  EXPECT_LE(caller_.deadline, absl::Now() + absl::Seconds(2));
}

TEST_F(HttpMethods, AReplyAfterTheServerHasGoneHarmsNobody) {
  Client client(server_->port());
  const std::string body = R"({"idempotencyKey":"never"})";
  client.Send(absl::StrCat("POST ", kDeclareUkp,
                           " HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ",
                           body.size(), "\r\n\r\n", body));
  for (bool asked = false; !asked; absl::SleepFor(absl::Milliseconds(1))) {
    const std::lock_guard lock(mutex_);
    asked = unanswered_ != nullptr;
  }
  server_->Stop();
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(1)));
  server_.reset();
  unanswered_(v1::Receipt());
}

}  // namespace
}  // namespace overgang::http
