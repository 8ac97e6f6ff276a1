#include "adapters/grpc/table_service.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <memory>

#include "adapters/grpc/messages.h"

namespace overgang::grpc_internal {
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::internal::RpcMethod;

// Replies exactly once, from whichever thread has the answer. A call that was cancelled takes its
// reply all the same.
grpc::ServerUnaryReactor* ServeUnary(const MethodTable::Unary* method,
                                     const Authenticate& authenticate,
                                     CallbackServerContext* context, const ByteBuffer* bytes,
                                     ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto refuse = [reactor](const absl::Status& status) {
    reactor->Finish(ToGrpcStatus(status));
    return reactor;
  };
  absl::StatusOr<Caller> caller = CallerOf(*context, authenticate);
  if (!caller.ok()) return refuse(caller.status());
  if (method == nullptr)
    return refuse(absl::UnimplementedError("this hub does not serve this method yet"));
  std::shared_ptr<google::protobuf::Message> request(method->request_prototype->New());
  if (absl::Status status = Decode(*bytes, *request); !status.ok()) return refuse(status);
  // The reply keeps the request: handlers may answer from another thread and still read it.
  method->call(
      *caller, *request,
      [reactor, response,
       request](absl::StatusOr<std::unique_ptr<google::protobuf::Message>> reply) {
        reactor->Finish(ToGrpcStatus(reply.ok() ? Encode(**reply, *response) : reply.status()));
      });
  return reactor;
}

}  // namespace

TableService::TableService(const google::protobuf::ServiceDescriptor& service,
                           const MethodTable& table, const Authenticate& authenticate,
                           StreamPuller& puller, std::atomic<int>& open_streams)
    : authenticate_(authenticate), puller_(puller), open_streams_(open_streams) {
  for (int i = 0; i < service.method_count(); ++i) {
    const bool streams = service.method(i)->server_streaming();
    const std::string name = service.full_name() + "/" + service.method(i)->name();
    const std::string& path = names_.emplace_back("/" + name);
    AddMethod(new grpc::internal::RpcServiceMethod(
        path.c_str(), streams ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC, nullptr));
    streams ? AddStream(i, table.FindStream(name)) : AddUnary(i, table.FindUnary(name));
  }
}

void TableService::AddUnary(int index, const MethodTable::Unary* method) {
  MarkMethodRawCallback(index, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
                                   [this, method](CallbackServerContext* context,
                                                  const ByteBuffer* request, ByteBuffer* response) {
                                     return ServeUnary(method, authenticate_, context, request,
                                                       response);
                                   }));
}

void TableService::AddStream(int index, const MethodTable::Streaming* method) {
  MarkMethodRawCallback(
      index, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
                 [this, method](CallbackServerContext* context, const ByteBuffer* request) {
                   return StreamCall::Start(puller_, open_streams_, method,
                                            CallerOf(*context, authenticate_), *request);
                 }));
}

}  // namespace overgang::grpc_internal
