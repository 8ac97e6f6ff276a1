// Methods, apart from how they are carried: one table that the gRPC server and the HTTP server both
// serve, so that every client meets the same handlers.
//
// A handler never blocks its thread: it replies from whichever thread has the answer. A stream is
// pulled by its transport, one message at a time, when the last one has gone out; between two pulls
// it may fold any number of changes into one, so a slow reader costs one message of memory and
// nobody else anything.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace overgang {

// Who calls, and until when an answer is of use.
struct Caller {
  std::string principal;  // "dev", or the name in a token.
  absl::Time deadline = absl::InfiniteFuture();
};

template <typename Response>
using Reply = std::function<void(absl::StatusOr<Response>)>;  // Called exactly once, any thread.

// A message that goes to many clients, in the forms in which transports send it: each is made once,
// by whoever asks first. Thread-safe.
class SharedForms {
 public:
  virtual ~SharedForms() = default;
  virtual const std::string& Protobuf() const = 0;         // The message's bytes.
  virtual const std::string& ServerSentEvent() const = 0;  // A whole event with its blank line.
};

// Of messages at hand that a transport sends together; one may exceed it. Far below the 64 KiB that
// gRPC would hold back: filled, those wait for the client's window each time.
inline constexpr size_t kTogetherBytesMax = 16 << 10;

// One step of a stream: a message, the end, or (neither) nothing to say until woken.
struct StreamStep {
  std::shared_ptr<const google::protobuf::Message> message;
  bool end = false;
  std::shared_ptr<const SharedForms> forms =
      nullptr;        // Of the message; null: made by who sends it.
  bool more = false;  // Another message is at hand: they may be sent together.
};

// One client's stream. Next is called by one thread at a time and must not block. The wake function
// given to the factory may be called from any thread, also during Next, until the stream is
// destroyed; never with a lock held that Next or the destructor takes.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  [[nodiscard]] virtual absl::StatusOr<StreamStep> Next() = 0;
};
using Wake = std::function<void()>;

class MethodTable {
 public:
  using Message = google::protobuf::Message;
  struct Unary {
    const Message* request_prototype;
    const Message* response_prototype;
    std::function<void(const Caller&, const Message&, Reply<std::unique_ptr<Message>>)> call;
  };
  struct Streaming {
    const Message* request_prototype;
    const Message* response_prototype;
    std::function<absl::StatusOr<std::unique_ptr<MessageStream>>(const Caller&, const Message&,
                                                                 Wake)>
        open;
  };

  // `method` is the full name: "overgang.v1.CensusService/GetCensus".
  template <typename Request, typename Response>
  void AddUnary(std::string method,
                std::function<void(const Caller&, const Request&, Reply<Response>)> handler) {
    unary_[std::move(method)] = {
        &Request::default_instance(), &Response::default_instance(),
        [handler = std::move(handler)](const Caller& caller, const Message& request,
                                       Reply<std::unique_ptr<Message>> reply) {
          handler(
              caller, static_cast<const Request&>(request),
              [reply = std::move(reply)](absl::StatusOr<Response> response) {
                if (!response.ok()) return reply(response.status());
                reply(std::unique_ptr<Message>(std::make_unique<Response>(*std::move(response))));
              });
        }};
  }
  template <typename Request, typename Response>
  void AddStream(std::string method,
                 std::function<absl::StatusOr<std::unique_ptr<MessageStream>>(const Caller&,
                                                                              const Request&, Wake)>
                     handler) {
    streams_[std::move(method)] = {
        &Request::default_instance(), &Response::default_instance(),
        [handler = std::move(handler)](const Caller& caller, const Message& request, Wake wake) {
          return handler(caller, static_cast<const Request&>(request), std::move(wake));
        }};
  }
  // Null: no such method (yet). Filled before the servers start, read-only after.
  const Unary* FindUnary(std::string_view method) const {
    auto it = unary_.find(method);
    return it == unary_.end() ? nullptr : &it->second;
  }
  const Streaming* FindStream(std::string_view method) const {
    auto it = streams_.find(method);
    return it == streams_.end() ? nullptr : &it->second;
  }

 private:
  std::map<std::string, Unary, std::less<>> unary_;
  std::map<std::string, Streaming, std::less<>> streams_;
};

// Who may call: from the "authorization" header's value ("" where none was sent). UNAUTHENTICATED
// says why not.
using Authenticate = std::function<absl::StatusOr<std::string>(std::string_view authorization)>;

}  // namespace overgang
