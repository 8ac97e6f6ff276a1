// Between gRPC's bytes and ours. Private to this folder: gRPC's headers stay in few files.
#pragma once

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/rpc.h"

namespace overgang::grpc_internal {

grpc::Status ToGrpcStatus(const absl::Status& status);
// INVALID_ARGUMENT where the bytes are no such message.
[[nodiscard]] absl::Status Decode(const grpc::ByteBuffer& bytes,
                                  google::protobuf::Message& message);
[[nodiscard]] absl::Status Encode(const google::protobuf::Message& message,
                                  grpc::ByteBuffer& bytes);
// The message of a step, whose bytes are shared where it has them.
[[nodiscard]] absl::Status Encode(const StreamStep& step, grpc::ByteBuffer& bytes);
// Who calls, by the "authorization" metadata or the certificate of the connection.
[[nodiscard]] absl::StatusOr<Caller> CallerOf(const grpc::CallbackServerContext& context,
                                              const Authenticate& authenticate);

}  // namespace overgang::grpc_internal
