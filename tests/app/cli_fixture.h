// Runs the client subcommands against a server whose answers the test writes.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/grpc/grpc_server.h"
#include "app/cli/commands.h"
#include "core/oslo_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overgang {

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

// As app/main does it.
inline Ran RunCommand(const std::vector<std::string>& arguments, bool terminal = false) {
  std::ostringstream out, err;
  const cli::Output output{&out, &err, terminal};
  CLI::App app("overgang");
  app.require_subcommand(1);
  Ran ran;
  AddClientCommands(app, &ran.code, output);
  std::vector<const char*> argv = {"overgang"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::ParseError& error) {
    ran.code = ExitCodeOf(app, error, output);
  }
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

// Tells the messages given, then ends.
class Script final : public MessageStream {
 public:
  explicit Script(std::vector<std::shared_ptr<const google::protobuf::Message>> messages)
      : messages_(std::move(messages)) {}
  absl::StatusOr<StreamStep> Next() override {
    if (next_ == messages_.size()) return StreamStep{.message = nullptr, .end = true};
    return StreamStep{.message = messages_[next_++], .end = false};
  }

 private:
  std::vector<std::shared_ptr<const google::protobuf::Message>> messages_;
  size_t next_ = 0;
};

class CliTest : public testing::Test {
 protected:
  // `method` answers `response` and keeps the request in `*seen`.
  template <typename Request, typename Response>
  void Answer(const std::string& method, const Response& response, Request* seen = nullptr) {
    table.AddUnary<Request, Response>(
        "overgang.v1." + method, Need::kOwn,
        [this, response, seen](const Caller& caller, const Request& request,
                               Reply<Response> reply) {
          principal = caller.principal;
          if (seen != nullptr) *seen = request;
          reply(response);
        });
  }
  template <typename Request, typename Response>
  void Refuse(const std::string& method, const absl::Status& status) {
    table.AddUnary<Request, Response>(
        "overgang.v1." + method, Need::kOwn,
        [status](const Caller&, const Request&, Reply<Response> reply) { reply(status); });
  }
  template <typename Request, typename Response>
  void Tell(const std::string& method, const std::vector<Response>& responses,
            Request* seen = nullptr) {
    std::vector<std::shared_ptr<const google::protobuf::Message>> messages;
    for (const Response& response : responses)
      messages.push_back(std::make_shared<Response>(response));
    table.AddStream<Request, Response>(
        "overgang.v1." + method, Need::kOwn,
        [messages, seen](const Caller&, const Request& request,
                         Wake) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          if (seen != nullptr) *seen = request;
          return std::make_unique<Script>(messages);
        });
  }
  // Starts the server, once, and runs the command against it.
  Ran Run(std::vector<std::string> arguments, bool terminal = false) {
    if (server == nullptr) {
      server = *GrpcServer::Start({.port = 0}, table, [](const Credentials& credentials) {
        return Identity{std::string(credentials.authorization), Scope::All()};
      });
    }
    arguments.push_back("--server");
    arguments.push_back("127.0.0.1:" + std::to_string(server->port()));
    return RunCommand(arguments, terminal);
  }

  MethodTable table;
  std::string principal;
  std::unique_ptr<GrpcServer> server;
};

// 2026-01-15T07:00 in Oslo.
inline const absl::Time kSeven = absl::FromUnixSeconds(1'768'456'800);

}  // namespace overgang
