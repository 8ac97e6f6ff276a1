#include "app/cli/hub_client.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/sync_stream.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace overgang::cli {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;

constexpr char kNotReachableUrl[] = "overgang.cli/not_reachable";

absl::Status NotReachable(const std::string& server) {
  absl::Status status = absl::UnavailableError(
      absl::StrCat("no hub answers at ", server,
                   "; start one with `overgang serve`, or name its [grpc] port with --server, and "
                   "with TLS who signed its certificate with --tls-ca"));
  status.SetPayload(kNotReachableUrl, absl::Cord());
  return status;
}

}  // namespace

struct HubClient::State {
  std::string server;
  std::string token;
  std::shared_ptr<grpc::Channel> channel;

  void Prepare(grpc::ClientContext& context) const {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }
  absl::Status ToStatus(std::string_view method, const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    // A hub that answers UNAVAILABLE itself is there: its log is not.
    if (status.error_code() == grpc::UNAVAILABLE && channel->GetState(false) != GRPC_CHANNEL_READY)
      return NotReachable(server);
    if (status.error_code() == grpc::UNIMPLEMENTED) {
      return absl::UnimplementedError(
          absl::StrCat("the hub at ", server, " does not serve ", std::string(method), " yet"));
    }
    return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
  }
};

bool IsNotReachable(const absl::Status& status) {
  return status.GetPayload(kNotReachableUrl).has_value();
}

HubClient::HubClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HubClient::HubClient(HubClient&&) noexcept = default;
HubClient::~HubClient() = default;

absl::StatusOr<HubClient> HubClient::Connect(const std::string& server, Credentials credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  auto state = std::make_unique<State>();
  state->server = server;
  state->token = std::move(credentials.token);
  const auto channel =
      credentials.ca.empty()
          ? grpc::InsecureChannelCredentials()
          : grpc::SslCredentials({credentials.ca, credentials.key, credentials.certificate});
  state->channel = grpc::CreateCustomChannel(server, channel, arguments);
  if (!state->channel->WaitForConnected(absl::ToChronoTime(absl::Now() + kConnectWait)))
    return NotReachable(server);
  return HubClient(std::move(state));
}

absl::Status HubClient::Call(std::string_view method, const Message& request, Message* response,
                             absl::Duration wait) {
  const std::string path = absl::StrCat("/overgang.v1.", std::string(method));
  grpc::ClientContext context;
  state_->Prepare(context);
  context.set_deadline(absl::ToChronoTime(absl::Now() + wait));
  const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
                                      state_->channel);
  return state_->ToStatus(method, grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
                                      state_->channel.get(), rpc, &context, request, response));
}

absl::Status HubClient::Stream(std::string_view method, const Message& request, Message* response,
                               const std::function<bool()>& on_message) {
  const std::string path = absl::StrCat("/overgang.v1.", std::string(method));
  grpc::ClientContext context;
  state_->Prepare(context);
  const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING,
                                      state_->channel);
  std::unique_ptr<grpc::ClientReader<MessageLite>> reader(
      grpc::internal::ClientReaderFactory<MessageLite>::Create<MessageLite>(
          state_->channel.get(), rpc, &context, request));
  while (reader->Read(response)) {
    if (on_message()) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  return state_->ToStatus(method, reader->Finish());
}

}  // namespace overgang::cli
