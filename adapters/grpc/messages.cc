#include "adapters/grpc/messages.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <memory>

#include "adapters/rpc_error.h"

namespace overgang::grpc_internal {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          ToRpcStatus(status).SerializeAsString()};
}

absl::Status Decode(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::ByteBuffer shared =
      bytes;  // Counts references; gRPC reads from a buffer that it may change.
  if (grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::MessageLite>(&shared,
                                                                                       &message)
          .ok())
    return absl::OkStatus();
  return absl::InvalidArgumentError("the request is no " + message.GetTypeName() +
                                    "; send it as proto/overgang/v1 says");
}

absl::Status Encode(const google::protobuf::Message& message, grpc::ByteBuffer& bytes) {
  bytes.Clear();  // gRPC wants an empty one.
  bool own = false;
  if (grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::MessageLite>(message,
                                                                                     &bytes, &own)
          .ok())
    return absl::OkStatus();
  return absl::InternalError("a " + message.GetTypeName() + " could not be written");
}

absl::Status Encode(const StreamStep& step, grpc::ByteBuffer& bytes) {
  if (step.forms == nullptr) return Encode(*step.message, bytes);
  const std::string& shared = step.forms->Protobuf();
  using Owner = std::shared_ptr<const SharedForms>;
  const grpc::Slice slice(
      const_cast<char*>(shared.data()), shared.size(),
      [](void* owner) { delete static_cast<Owner*>(owner); }, new Owner(step.forms));
  bytes = grpc::ByteBuffer(&slice, 1);
  return absl::OkStatus();
}

absl::StatusOr<Caller> CallerOf(const grpc::CallbackServerContext& context,
                                const Authenticate& authenticate) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  std::string certificate;
  if (const auto connection = context.auth_context(); connection != nullptr) {
    const auto shown = connection->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (!shown.empty()) certificate.assign(shown.front().data(), shown.front().size());
  }
  absl::StatusOr<Identity> identity = authenticate(
      {found == metadata.end() ? std::string_view()
                               : std::string_view(found->second.data(), found->second.size()),
       certificate});
  if (!identity.ok()) return identity.status();
  const std::chrono::system_clock::time_point deadline = context.deadline();
  const bool none = deadline == std::chrono::system_clock::time_point::max();
  return Caller{.principal = std::move(identity->principal),
                .scope = std::move(identity->scope),
                .deadline = none ? absl::InfiniteFuture() : absl::FromChrono(deadline),
                .expires = identity->expires};
}

}  // namespace overgang::grpc_internal
