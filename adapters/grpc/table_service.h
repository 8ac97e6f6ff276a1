// A gRPC service made from its descriptor and a MethodTable, so that a new method needs no line
// here. Bytes come in and go out as they are (gRPC's raw callbacks): a request is decoded once, a
// response encoded once, and nothing is copied.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <atomic>
#include <deque>
#include <string>

#include "adapters/grpc/stream_call.h"
#include "core/rpc.h"
#include "google/protobuf/descriptor.h"

namespace overgang::grpc_internal {

class TableService final : public grpc::Service {
 public:
  // All must outlive the service.
  TableService(const google::protobuf::ServiceDescriptor& service, const MethodTable& table,
               const Authenticate& authenticate, StreamPuller& puller,
               std::atomic<int>& open_streams);

 private:
  void AddUnary(int index, const MethodTable::Unary* method);
  void AddStream(int index, const MethodTable::Streaming* method);

  const Authenticate& authenticate_;
  StreamPuller& puller_;
  std::atomic<int>& open_streams_;
  std::deque<std::string> names_;  // gRPC keeps pointers to them.
};

}  // namespace overgang::grpc_internal
