// Methods, apart from how they are carried: one table that the gRPC server and the HTTP server both
// serve, so that every client meets the same handlers.
//
// Whoever adds a method says what it needs of its caller; there is no way around it.
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
#include "core/access.h"
#include "core/access_log.h"
#include "core/clock.h"
#include "google/protobuf/message.h"

namespace overgang {

// Who calls, what it may see and do, and until when an answer is of use.
struct Caller {
  std::string principal;  // "dev", the subject of a token, or the name that a certificate has.
  std::shared_ptr<const Scope> scope = Scope::Nothing();  // Never null.
  absl::Time deadline = absl::InfiniteFuture();
  absl::Time expires = absl::InfiniteFuture();  // Of what it showed: an open stream ends then.
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

// Tells the access log what a read of patients' data was asked for and, where `response` is given,
// of whom it told (core/access_log.h). False: of nobody, as in a message of a stream that only says
// how old the sources are.
template <typename Request, typename Response>
using TellRead = std::function<bool(const Request&, const Response*, v1::AccessEntry*)>;

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
  // What a method asks of its caller, and whether its reads are logged.
  struct Rule {
    Need need;
    bool logged = false;
  };

  // Without a log, methods that need one answer UNAVAILABLE. Both outlive the table and every call.
  explicit MethodTable(AccessLog* log = nullptr, const Clock& clock = WallClock())
      : log_(log), clock_(&clock) {}

  // `method` is the full name: "overgang.v1.CensusService/GetCensus". Its handler is reached only
  // by callers whose scope has what it needs. With `tell` an answer, or a refusal, is written to
  // the access log before it is given.
  template <typename Request, typename Response>
  using UnaryHandler = std::function<void(const Caller&, const Request&, Reply<Response>)>;
  template <typename Request, typename Response>
  void AddUnary(const std::string& method, Need need, UnaryHandler<Request, Response> handler) {
    PutUnary<Request, Response>(method, {need}, nullptr, std::move(handler));
  }
  template <typename Request, typename Response>
  void AddUnary(const std::string& method, Need need, TellRead<Request, Response> tell,
                UnaryHandler<Request, Response> handler) {
    PutUnary<Request, Response>(method, {need, true}, std::move(tell), std::move(handler));
  }
  // Of a stream the opening is written, before its first message, and then each message that tells
  // of somebody, before it goes out.
  template <typename Request>
  using StreamHandler = std::function<absl::StatusOr<std::unique_ptr<MessageStream>>(
      const Caller&, const Request&, Wake)>;
  template <typename Request, typename Response>
  void AddStream(const std::string& method, Need need, StreamHandler<Request> handler) {
    PutStream<Request, Response>(method, {need}, nullptr, std::move(handler));
  }
  template <typename Request, typename Response>
  void AddStream(const std::string& method, Need need, TellRead<Request, Response> tell,
                 StreamHandler<Request> handler) {
    PutStream<Request, Response>(method, {need, true}, std::move(tell), std::move(handler));
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
  // Of all methods, by name.
  const std::map<std::string, Rule, std::less<>>& rules() const { return rules_; }

 private:
  // What every method is behind. See rpc.cc.
  struct Guard {
    AccessLog* log;
    const Clock* clock;
    std::string method;
    Rule rule;

    // Why this caller may not, which is logged where that is due; OK: it may.
    absl::Status Admit(const Caller& caller, v1::AccessEntry entry) const;
    v1::AccessEntry NewEntry(const Caller& caller, const absl::Status& outcome) const;
    // Calls `then` with OK once the entry is written.
    void Log(v1::AccessEntry entry, std::function<void(absl::Status)> then) const;
    // Ends it when what the caller showed expires.
    absl::StatusOr<std::unique_ptr<MessageStream>> Bounded(
        const Caller& caller, absl::StatusOr<std::unique_ptr<MessageStream>> stream) const;
    absl::StatusOr<std::unique_ptr<MessageStream>> LogStream(
        v1::AccessEntry opened, absl::StatusOr<std::unique_ptr<MessageStream>> stream,
        std::function<bool(const Message&, v1::AccessEntry*)> tell, Wake wake) const;
  };

  template <typename Request, typename Response>
  void PutUnary(const std::string& method, Rule rule, TellRead<Request, Response> tell,
                UnaryHandler<Request, Response> handler) {
    rules_[method] = rule;
    unary_[method] = {
        &Request::default_instance(), &Response::default_instance(),
        [guard = Guard{log_, clock_, method, rule}, tell = std::move(tell),
         handler = std::move(handler)](const Caller& caller, const Message& message,
                                       Reply<std::unique_ptr<Message>> reply) {
          const auto& request = static_cast<const Request&>(message);
          v1::AccessEntry asked;
          if (tell != nullptr) tell(request, nullptr, &asked);
          if (absl::Status status = guard.Admit(caller, asked); !status.ok()) return reply(status);
          if (tell == nullptr) {
            return handler(
                caller, request, [reply = std::move(reply)](absl::StatusOr<Response> response) {
                  if (!response.ok()) return reply(response.status());
                  reply(std::unique_ptr<Message>(std::make_unique<Response>(*std::move(response))));
                });
          }
          // The reply keeps the request.
          handler(caller, request,
                  [guard, tell, caller, &request,
                   reply = std::move(reply)](absl::StatusOr<Response> response) {
                    v1::AccessEntry entry = guard.NewEntry(caller, response.status());
                    tell(request, response.ok() ? &*response : nullptr, &entry);
                    if (!response.ok()) {
                      return guard.Log(std::move(entry),
                                       [reply, status = response.status()](const absl::Status&) {
                                         reply(status);
                                       });
                    }
                    auto held = std::make_shared<std::unique_ptr<Message>>(
                        std::make_unique<Response>(*std::move(response)));
                    guard.Log(std::move(entry), [reply, held](const absl::Status& written) {
                      written.ok() ? reply(std::move(*held)) : reply(written);
                    });
                  });
        }};
  }
  template <typename Request, typename Response>
  void PutStream(const std::string& method, Rule rule, TellRead<Request, Response> tell,
                 StreamHandler<Request> handler) {
    rules_[method] = rule;
    streams_[method] = {&Request::default_instance(), &Response::default_instance(),
                        [guard = Guard{log_, clock_, method, rule}, tell = std::move(tell),
                         handler = std::move(handler)](
                            const Caller& caller, const Message& message,
                            Wake wake) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
                          const auto& request = static_cast<const Request&>(message);
                          v1::AccessEntry asked;
                          if (tell != nullptr) tell(request, nullptr, &asked);
                          if (absl::Status status = guard.Admit(caller, asked); !status.ok())
                            return status;
                          auto stream = guard.Bounded(caller, handler(caller, request, wake));
                          if (tell == nullptr) return stream;
                          v1::AccessEntry opened = guard.NewEntry(caller, stream.status());
                          tell(request, nullptr, &opened);
                          return guard.LogStream(
                              std::move(opened), std::move(stream),
                              [tell, request](const Message& told, v1::AccessEntry* entry) {
                                return tell(request, static_cast<const Response*>(&told), entry);
                              },
                              std::move(wake));
                        }};
  }

  static const Clock& WallClock();

  AccessLog* log_;
  const Clock* clock_;
  std::map<std::string, Rule, std::less<>> rules_;
  std::map<std::string, Unary, std::less<>> unary_;
  std::map<std::string, Streaming, std::less<>> streams_;
};

// What a caller shows of itself.
struct Credentials {
  std::string_view authorization;  // The header's value; "": none was sent.
  std::string_view certificate;    // PEM, verified by the connection; "": it has none.
};

// Who it is, and what it may.
struct Identity {
  std::string principal;
  std::shared_ptr<const Scope> scope = Scope::Nothing();  // Never null.
  absl::Time expires = absl::InfiniteFuture();            // Of what was shown.
};

// Thread-safe. UNAUTHENTICATED says what is wrong and what to do, and never repeats what was shown.
using Authenticate = std::function<absl::StatusOr<Identity>(const Credentials&)>;

}  // namespace overgang
