// The census by unary gRPC, many calls outstanding, beside an empty method of the same server.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "bench/call_loop.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "overgang/v1/census_service.grpc.pb.h"
#include "overgang/v1/operations_service.grpc.pb.h"

namespace overgang::bench {
namespace {

constexpr int kStays = 20'000;
constexpr int kRounds = 4;

class Client {
 public:
  explicit Client(int port)
      : channel_(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                     grpc::InsecureChannelCredentials())),
        census_(v1::CensusService::NewStub(channel_)),
        operations_(v1::OperationsService::NewStub(channel_)) {}

  void Empty(Done done) {
    auto call = std::make_shared<Call<v1::GetSourcesRequest, v1::GetSourcesResponse>>();
    operations_->async()->GetSources(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](grpc::Status status) { done(std::move(status)); });
  }
  // All kommuner where none is named.
  void Census(const std::string& kommune, Done done) {
    auto call = std::make_shared<Call<v1::GetCensusRequest, v1::GetCensusResponse>>();
    if (!kommune.empty()) call->request.add_kommuner(kommune);
    census_->async()->GetCensus(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](grpc::Status status) { done(std::move(status)); });
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CensusService::Stub> census_;
  std::unique_ptr<v1::OperationsService::Stub> operations_;
};

}  // namespace

void CensusBenchmark(const Options& options) {
  SystemClock clock;
  MemoryLog log(clock);
  const LogEnds ends = AdmitMany(log, kStays);
  HubUnderTest hub(log, std::make_unique<MemoryStore>());
  hub.methods().AddUnary<v1::GetSourcesRequest, v1::GetSourcesResponse>(
      "overgang.v1.OperationsService/GetSources", Need::kOwn,
      [](const Caller&, const v1::GetSourcesRequest&, Reply<v1::GetSourcesResponse> reply) {
        reply(v1::GetSourcesResponse());
      });
  hub.Start();
  hub.WaitFor(ends.next);
  const auto server = Take(GrpcServer::Start({.port = 0}, hub.methods(),
                                             [](const Credentials&) {
                                               return Identity{"dev", Scope::All()};
                                             }),
                           "starting the server");
  Client client(server->port());
  CallLoop loop;
  const int calls = static_cast<int>(options.Size(20'000, 2'000));
  double empty = 0;
  double one = 0;
  // In turns, so that what else the machine does meets both alike.
  for (int round = 0; round <= kRounds; ++round) {
    const double empty_now = loop.Run(calls, [&](Done done) { client.Empty(std::move(done)); });
    const double one_now =
        loop.Run(calls, [&](Done done) { client.Census("5001", std::move(done)); });
    if (round == 0) continue;  // Connecting, and first pages of memory.
    empty += empty_now / kRounds;
    one += one_now / kRounds;
  }
  const double all = loop.Run(calls / 5, [&](Done done) { client.Census("", std::move(done)); });
  Table::Print({"census of one kommune, gRPC, 64 outstanding", one, "calls/s", "0.80 x",
                "an empty method", one / empty});
  Table::Print({"  of all kommuner, 20 000 open stays", all, "calls/s", "2 000", "an empty method",
                all / empty});
  server->Shutdown();
}

}  // namespace overgang::bench
