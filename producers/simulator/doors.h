// The hub's real doors as its neighbours use them: MLLP and HTTP connections that stay open, and
// the PLO inbox folder. Everything runs on one io_context and one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "producers/simulator/model.h"

namespace overgang::simulator {

// What became of one attempt to hand a message over.
enum class Outcome : uint8_t {
  kTaken,
  kTryAgain,  // No answer, or one that asks to send again: the sender keeps the message.
  kNotYet,    // The hub does not know the subject; what it needs may be on its way.
  kRefused,   // Sending it again will not help.
};
struct Reply {
  Outcome outcome = Outcome::kTryAgain;
  std::string text;  // Why not; never holds content of the message.
};

// "127.0.0.1:2575"
struct Address {
  std::string host;
  std::string port;
};
absl::StatusOr<Address> ParseAddress(std::string_view text);

// Asked at each new connection, for a hub that was restarted may have moved.
using FindAddress = std::function<absl::StatusOr<Address>()>;
using FindToken = std::function<std::string()>;

// One MLLP connection with one message outstanding, as hospital systems have.
class MllpClient {
 public:
  MllpClient(boost::asio::io_context& io, FindAddress find) : io_(io), find_(std::move(find)) {}
  boost::asio::awaitable<Reply> Send(const Message& message);

 private:
  boost::asio::io_context& io_;
  FindAddress find_;
  std::unique_ptr<boost::beast::tcp_stream> stream_;
};
// What an acknowledgement says of the message with this MSH-10.
Reply ReadAcknowledgement(std::string_view acknowledgement, std::string_view control_id);

// One HTTP connection that is kept alive; calls IntakeService with Connect's JSON.
class IntakeClient {
 public:
  IntakeClient(boost::asio::io_context& io, FindAddress find, FindToken find_token)
      : io_(io), find_(std::move(find)), find_token_(std::move(find_token)) {}
  boost::asio::awaitable<Reply> Send(const Message& message);

 private:
  boost::asio::io_context& io_;
  FindAddress find_;
  FindToken find_token_;
  std::string token_;  // Of this connection.
  std::unique_ptr<boost::beast::tcp_stream> stream_;
};
Reply ReadConnectAnswer(int status, std::string_view body);

// Puts messages into the hub's inbox (written whole, then renamed), sees them taken when they are
// gone from it, and takes the AppRecs that answer them out of the outbox, as a message service in
// front of the hub would.
class PloFolders {
 public:
  PloFolders(std::filesystem::path inbox, std::filesystem::path outbox)
      : inbox_(std::move(inbox)), outbox_(std::move(outbox)) {}
  absl::Status Put(const Message& message);
  // Messages that were taken since the last call.
  std::vector<absl::Time> Taken();
  void ReadAppRecs();

  size_t waiting() const { return waiting_.size(); }
  int64_t accepted() const { return accepted_; }
  int64_t rejected() const { return rejected_; }

 private:
  std::filesystem::path inbox_;
  std::filesystem::path outbox_;
  std::map<std::filesystem::path, absl::Time>
      waiting_;                       // Files in the inbox, and when they were sent.
  std::set<std::string> unanswered_;  // MsgIds whose AppRec may still come; bounded.
  int64_t files_ = 0;
  int64_t accepted_ = 0;
  int64_t rejected_ = 0;
};

}  // namespace overgang::simulator
