// A server on a free port and a real client. Shared by the tests of this room.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "adapters/grpc/grpc_server.h"
#include "gtest/gtest.h"

namespace overgang {

class GrpcTest : public testing::Test {
 protected:
  void Start(GrpcOptions options = {}) {
    options.port = 0;
    server = *GrpcServer::Start(
        options, table, [](const Credentials& credentials) -> absl::StatusOr<Identity> {
          const std::string_view authorization = credentials.authorization;
          if (authorization == "Bearer wrong")
            return absl::UnauthenticatedError("the token is not known");
          return Identity{authorization.empty() ? "nobody" : std::string(authorization.substr(7)),
                          Scope::All()};
        });
    channel = NewChannel();
  }
  std::shared_ptr<grpc::Channel> NewChannel() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()),
                                     grpc::InsecureChannelCredentials(), arguments);
  }

  MethodTable table;
  std::unique_ptr<GrpcServer> server;
  std::shared_ptr<grpc::Channel> channel;
};

}  // namespace overgang
