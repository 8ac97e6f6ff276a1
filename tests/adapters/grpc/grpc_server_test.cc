// Unary calls, errors, health and reflection.
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <thread>

#include "absl/strings/match.h"
#include "core/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "overgang/v1/census_service.grpc.pb.h"
#include "overgang/v1/feed_service.grpc.pb.h"
#include "overgang/v1/operations_service.grpc.pb.h"
#include "overgang/v1/report_service.grpc.pb.h"
#include "tests/adapters/grpc/grpc_fixture.h"

namespace overgang {
namespace {

constexpr char kGetCensus[] = "overgang.v1.CensusService/GetCensus";

grpc::ByteBuffer Bytes(const std::string& text) {
  grpc::Slice slice(text);
  return {&slice, 1};
}

std::string Text(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(bytes.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

class GrpcServerTest : public GrpcTest {
 protected:
  // Answers GetCensus with whatever `handler` says.
  void Serve(
      std::function<void(const Caller&, const v1::GetCensusRequest&, Reply<v1::GetCensusResponse>)>
          handler) {
    table.AddUnary<v1::GetCensusRequest, v1::GetCensusResponse>(kGetCensus, Need::kOwn,
                                                                std::move(handler));
    Start();
  }
  grpc::Status Call(const v1::GetCensusRequest& request, v1::GetCensusResponse* response) {
    return v1::CensusService::NewStub(channel)->GetCensus(&context, request, response);
  }

  // A call of bytes, for services without generated code here. The request's messages, then the
  // first response.
  std::string CallRaw(const std::string& method, const std::string& request) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext call_context;
    call_context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(&call_context, method, &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    call->Write(Bytes(request), nullptr);
    queue.Next(&tag, &ok);
    grpc::ByteBuffer response;
    call->Read(&response, nullptr);
    queue.Next(&tag, &ok);
    std::string text = ok ? Text(response) : "";
    call->WritesDone(nullptr);
    queue.Next(&tag, &ok);
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    return text;
  }

  grpc::ClientContext context;
};

TEST_F(GrpcServerTest, AHandlerSeesTheRequestThePrincipalAndTheDeadline) {
  Caller seen;
  Serve([&seen](const Caller& caller, const v1::GetCensusRequest& request,
                Reply<v1::GetCensusResponse> reply) {
    seen = caller;
    v1::GetCensusResponse response;
    response.add_kommuner()->set_kommune(request.kommuner(0));
    reply(std::move(response));
  });
  v1::GetCensusRequest request;
  request.add_kommuner("5001");
  context.AddMetadata("authorization", "Bearer melhus");
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::GetCensusResponse response;
  const grpc::Status status = Call(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.kommuner(0).kommune(), "5001");
  EXPECT_EQ(seen.principal, "melhus");
  EXPECT_GT(seen.deadline, absl::Now() + absl::Seconds(10));
  EXPECT_LT(seen.deadline, absl::Now() + absl::Seconds(31));
}

TEST_F(GrpcServerTest, AReplyMayComeLaterFromAnotherThreadAndTheRequestIsStillThere) {
  std::thread later;
  Serve([&later](const Caller&, const v1::GetCensusRequest& request,
                 Reply<v1::GetCensusResponse> reply) {
    later = std::thread([&request, reply] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      v1::GetCensusResponse response;
      response.mutable_as_of()->set_cursor(request.wait_for());
      reply(response);
    });
  });
  v1::GetCensusRequest request;
  request.set_wait_for(std::string(1000, 'c'));
  v1::GetCensusResponse response;
  EXPECT_TRUE(Call(request, &response).ok());
  later.join();
  EXPECT_EQ(response.as_of().cursor(), request.wait_for());
}

TEST_F(GrpcServerTest, AnErrorCarriesItsFieldAndRemedyAsDetails) {
  Serve([](const Caller&, const v1::GetCensusRequest&, Reply<v1::GetCensusResponse> reply) {
    reply(FieldError(absl::StatusCode::kInvalidArgument, "kommuner[0]", "there is no such kommune",
                     "send 4 digits"));
  });
  v1::GetCensusResponse response;
  const grpc::Status status = Call({}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "kommuner[0]: there is no such kommune; send 4 digits");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 3);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(0).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "kommuner[0]");
  EXPECT_EQ(bad_request.field_violations(0).description(), "send 4 digits");
}

TEST_F(GrpcServerTest, MethodsThatTheTableLacksAreUnimplementedUnaryOrStreaming) {
  Start();
  v1::GetCensusResponse response;
  EXPECT_EQ(Call({}, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  grpc::ClientContext report_context, feed_context;
  v1::GetReportResponse report;
  EXPECT_EQ(
      v1::ReportService::NewStub(channel)->GetReport(&report_context, {}, &report).error_code(),
      grpc::StatusCode::UNIMPLEMENTED);
  auto reader = v1::FeedService::NewStub(channel)->Subscribe(&feed_context, {});
  v1::SubscribeResponse message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, AWrongTokenIsUnauthenticatedAndReachesNoHandler) {
  bool reached = false;
  Serve([&reached](const Caller&, const v1::GetCensusRequest&, Reply<v1::GetCensusResponse> reply) {
    reached = true;
    reply(v1::GetCensusResponse());
  });
  context.AddMetadata("authorization", "Bearer wrong");
  v1::GetCensusResponse response;
  EXPECT_EQ(Call({}, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_FALSE(reached);
}

TEST_F(GrpcServerTest, OversizeAndUnreadableRequestsAreRefusedAndTheServerGoesOn) {
  Serve([](const Caller&, const v1::GetCensusRequest&, Reply<v1::GetCensusResponse> reply) {
    reply(v1::GetCensusResponse());
  });
  v1::GetCensusRequest request;
  request.set_wait_for(std::string(kGrpcMessageBytesMax + 1, 'x'));
  v1::GetCensusResponse response;
  EXPECT_EQ(Call(request, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(CallRaw(std::string("/") + kGetCensus, "\xff\xff\xff"), "");
  grpc::ClientContext again;
  EXPECT_TRUE(v1::CensusService::NewStub(channel)->GetCensus(&again, {}, &response).ok());
}

TEST_F(GrpcServerTest, HealthFollowsReadiness) {
  Start();
  const std::string any, census = std::string("\x0a\x19") + "overgang.v1.CensusService";
  const std::string serving("\x08\x01"), not_serving("\x08\x02");
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", any), not_serving);
  server->SetReady(true);
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", any), serving);
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", census), serving);
  server->SetReady(false);
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", census), not_serving);
}

TEST_F(GrpcServerTest, ReflectionListsEveryServiceAndItsMethodsAndCanBeOff) {
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  Start();
  const std::string list = CallRaw(method, std::string("\x3a\x00", 2));
  for (const char* service : {"Census", "DailyStatus", "Escalation", "Feed", "Intake", "Operations",
                              "Pathway", "Report"}) {
    EXPECT_TRUE(absl::StrContains(list, std::string("overgang.v1.") + service + "Service"))
        << service;
  }
  const std::string symbol = "overgang.v1.FeedService";
  const std::string file =
      CallRaw(method, std::string("\x22") + static_cast<char>(symbol.size()) + symbol);
  EXPECT_TRUE(absl::StrContains(file, "SubscribeRequest"));

  Start({.reflection = false});
  EXPECT_EQ(CallRaw(method, std::string("\x3a\x00", 2)), "");
}

TEST_F(GrpcServerTest, ABusyPortIsNamedWithARemedy) {
  Start();
  auto second = GrpcServer::Start({.port = server->port()}, table,
                                  [](const Credentials&) { return Identity{"nobody"}; });
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(PlaceOf(second.status()).field, "[grpc] port");
  EXPECT_TRUE(absl::StrContains(second.status().message(), std::to_string(server->port())));
}

}  // namespace
}  // namespace overgang
