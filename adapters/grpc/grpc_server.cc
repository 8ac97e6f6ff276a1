#include "adapters/grpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/table_service.h"
#include "core/errors.h"
#include "overgang/v1/census_service.pb.h"
#include "overgang/v1/daily_status_service.pb.h"
#include "overgang/v1/escalation_service.pb.h"
#include "overgang/v1/feed_service.pb.h"
#include "overgang/v1/intake_service.pb.h"
#include "overgang/v1/operations_service.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "overgang/v1/report_service.pb.h"

namespace overgang {
namespace {

using google::protobuf::ServiceDescriptor;

// By their messages, so that the linker keeps the descriptors.
std::vector<const ServiceDescriptor*> Services() {
  std::vector<const ServiceDescriptor*> services;
  for (const google::protobuf::Descriptor* message :
       {v1::GetCensusRequest::descriptor(), v1::GetDailyStatusRequest::descriptor(),
        v1::GetLevelsRequest::descriptor(), v1::SubscribeRequest::descriptor(),
        v1::DeclareUkpRequest::descriptor(), v1::GetSourcesRequest::descriptor(),
        v1::GetPathwayRequest::descriptor(), v1::GetReportRequest::descriptor()}) {
    services.push_back(message->file()->service(0));
  }
  return services;
}

// Reflection for one server. gRPC's library switches it on for all servers of a process that link
// it.
class Reflection final : public grpc::ServerBuilderOption {
 public:
  explicit Reflection(bool on) : on_(on) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto plugin = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    std::erase_if(*plugins,
                  [name = plugin->name()](const auto& other) { return other->name() == name; });
    if (on_) plugins->push_back(std::move(plugin));
  }

 private:
  const bool on_;
};

void SetBounds(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<int>(absl::ToInt64Milliseconds(duration));
  };
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kGrpcCallsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(kGrpcKeepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(kGrpcKeepaliveTimeout));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(kGrpcIdleMax));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA,
                             0);  // Idle watchers are asked for ever.
  // Clients may ask as often as the server does.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(kGrpcKeepalive) / 3);
  // Otherwise two hubs could listen on one port and each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const TlsIdentity& tls) {
  if (!tls.on()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({tls.key, tls.certificates});
  if (!tls.client_ca.empty()) {
    options.pem_root_certs = tls.client_ca;
    // One that is shown must be good; who shows none has a token.
    options.client_certificate_request = GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct GrpcServer::State {
  Authenticate authenticate;
  std::atomic<int> open_streams = 0;
  grpc_internal::StreamPuller puller;
  std::vector<std::unique_ptr<grpc_internal::TableService>> services;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::once_flag shutdown;
};

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrpcServer::~GrpcServer() { Shutdown(); }
int GrpcServer::port() const { return state_->port; }

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcOptions& options,
                                                              const MethodTable& table,
                                                              Authenticate authenticate) {
  auto state = std::make_unique<State>();
  state->authenticate = std::move(authenticate);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  SetBounds(builder);
  builder.SetOption(std::make_unique<Reflection>(options.reflection));
  const std::string address = absl::StrCat(options.address, ":", options.port);
  builder.AddListeningPort(address, CredentialsOf(options.tls), &state->port);
  for (const ServiceDescriptor* service : Services()) {
    state->services.push_back(std::make_unique<grpc_internal::TableService>(
        *service, table, state->authenticate, state->puller, state->open_streams));
    builder.RegisterService(state->services.back().get());
  }
  state->server = builder.BuildAndStart();
  if (state->server == nullptr || state->port == 0) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "[grpc] port",
                      absl::StrCat("cannot listen on ", address),
                      "stop the program that uses the port, or set another; 0 means any free one");
  }
  std::unique_ptr<GrpcServer> server(new GrpcServer(std::move(state)));
  server->SetReady(false);
  return server;
}

void GrpcServer::SetReady(bool ready) {
  grpc::HealthCheckServiceInterface* health = state_->server->GetHealthCheckService();
  for (const ServiceDescriptor* service : Services())
    health->SetServingStatus(service->full_name(), ready);
  health->SetServingStatus("", ready);
}

void GrpcServer::Shutdown() {
  std::call_once(state_->shutdown, [this] {
    state_->server->Shutdown(absl::ToChronoTime(absl::Now() + kGrpcShutdownGrace));
    state_->server->Wait();
  });
}

}  // namespace overgang
