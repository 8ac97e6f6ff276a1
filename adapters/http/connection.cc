#include "adapters/http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/http/connect_codec.h"
#include "adapters/http/live_stream.h"
#include "adapters/http/wire.h"
#include "core/errors.h"

namespace overgang::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Message = beast::http::response<beast::http::string_body>;
using Serializer = beast::http::response_serializer<beast::http::string_body>;

constexpr size_t kReadBufferBytesMax = 64 * 1024;
constexpr size_t kIdleBufferBytesMax = 8 * 1024;  // Kept between requests.
constexpr absl::Duration kLinger =
    absl::Seconds(5);  // For a caller that still sends what nobody wants.
constexpr size_t kLingerChunkBytes = 16 * 1024;
constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";

// Of what was sent, as against a connection that broke off or took too long.
bool IsCallersMistake(const error_code& code) {
  using beast::http::error;
  return code.category() == make_error_code(error::bad_method).category() &&
         code != error::end_of_stream && code != error::partial_message;
}

class Connection final : public Peer {
 public:
  Connection(Socket socket, std::shared_ptr<ServerCore> core)
      : core_(std::move(core)),
        executor_(socket.get_executor()),
        wire_(std::make_unique<Wire>(std::move(socket), core_->tls.get())),
        deadline_(executor_),
        buffer_(kReadBufferBytesMax) {
    core_->peers.Add(this);
  }
  ~Connection() override { core_->peers.Remove(this); }

  void Start() {
    net::post(executor_,
              [self = Self()] { self->wire_->is_tls() ? self->Greet() : self->ReadHeader(); });
  }
  void Close(How how) override;

 private:
  std::shared_ptr<Connection> Self() {
    return std::static_pointer_cast<Connection>(shared_from_this());
  }
  void Greet();
  void ReadHeader();
  void OnHeader(error_code error);
  void SendContinue();
  void ReadBody();
  void OnBody(error_code error);
  void Dispatch();
  void Deliver(uint64_t exchange, const Render& render);
  void OpenLive();
  void Refuse(Response response);
  void RefuseUnread(error_code error);
  void Write(Response response);
  void OnWritten(error_code error);
  void SayGoodbye();
  void Linger();
  void CloseNow();
  Request TakeHead();

  const std::shared_ptr<ServerCore> core_;
  const Executor executor_;
  std::unique_ptr<Wire> wire_;  // Null once a live stream has taken it over.
  std::string certificate_;     // Of the client.
  net::steady_timer deadline_;  // For the handler's answer.
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;    // Of the request in hand.
  std::optional<Message> message_;  // Of the answer in flight.
  std::optional<Serializer> serializer_;
  Request request_;
  Target target_;
  uint64_t exchange_ = 0;  // Counts; a reply that comes after its deadline belongs to none.
  bool waiting_ = false;   // For the handler's answer.
  bool idle_ = false;      // Between requests.
  bool keep_alive_ = false;
  bool is_head_ = false;  // The answer has no body.
  bool linger_ = false;   // After the answer, as the caller may still be sending.
};

void Connection::Greet() {
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(core_->options.idle_timeout));
  wire_->async_handshake([self = Self()](error_code error) {
    if (error) {
      self->core_->tls_failures.Increment();
      return self->CloseNow();
    }
    self->certificate_ = self->wire_->ClientCertificate();
    self->ReadHeader();
  });
}

void Connection::ReadHeader() {
  if (core_->draining) return CloseNow();
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(core_->options.header_bytes_max));
  parser_->body_limit(core_->options.body_bytes_max);
  if (buffer_.size() == 0 && buffer_.capacity() > kIdleBufferBytesMax) buffer_.shrink_to_fit();
  idle_ = true;
  // One deadline for the whole header, however it is dribbled.
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(core_->options.idle_timeout));
  beast::http::async_read_header(
      *wire_, buffer_, *parser_,
      [self = Self()](error_code error, size_t) { self->OnHeader(error); });
}

// The fields that anybody here asks for; the body comes later.
Request Connection::TakeHead() {
  const auto& head = parser_->get();
  const auto field = [&head](auto name) { return std::string(head[name]); };
  const std::string target(head.target());
  const size_t question = target.find('?');
  namespace h = beast::http;
  return {.method = std::string(head.method_string()),
          .path = target.substr(0, question),
          .query = question == std::string::npos ? "" : target.substr(question + 1),
          .content_type = field(h::field::content_type),
          .content_encoding = field(h::field::content_encoding),
          .authorization = field(h::field::authorization),
          .certificate = certificate_,
          .if_none_match = field(h::field::if_none_match),
          .last_event_id = field("Last-Event-ID"),
          .connect_version = field("Connect-Protocol-Version"),
          .connect_timeout_ms = field("Connect-Timeout-Ms"),
          .body = ""};
}

void Connection::OnHeader(error_code error) {
  idle_ = false;
  // The other end has gone, or was too slow for a whole header: nobody waits for an answer.
  if (error && !IsCallersMistake(error)) return CloseNow();
  if (error) return RefuseUnread(error);
  request_ = TakeHead();
  target_ = core_->routes.Find(request_);
  keep_alive_ = parser_->get().keep_alive();
  is_head_ = request_.method == "HEAD";
  if (target_.refusal) return Refuse(*std::move(target_.refusal));
  if (target_.stream != nullptr) return OpenLive();
  if (parser_->is_done()) return Dispatch();
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(core_->options.body_timeout));
  if (parser_->get()[beast::http::field::expect] == "100-continue") return SendContinue();
  ReadBody();
}

void Connection::SendContinue() {
  net::async_write(
      *wire_, net::buffer(kContinue, sizeof(kContinue) - 1),
      [self = Self()](error_code error, size_t) { error ? self->CloseNow() : self->ReadBody(); });
}

void Connection::ReadBody() {
  beast::http::async_read(*wire_, buffer_, *parser_,
                          [self = Self()](error_code error, size_t) { self->OnBody(error); });
}

void Connection::OnBody(error_code error) {
  if (error && !IsCallersMistake(error)) return CloseNow();
  if (error) return RefuseUnread(error);
  request_.body = std::move(parser_->get().body());
  Dispatch();
}

// The library could not read the request; where it stopped, the next one cannot begin.
void Connection::RefuseUnread(error_code error) {
  keep_alive_ = false;
  is_head_ = false;
  linger_ = true;
  target_.label = "unread";
  const auto refuse = [this](unsigned status, absl::StatusCode code, std::string_view place,
                             std::string_view what, std::string_view remedy) {
    Write(ErrorResponse(status, FieldError(code, place, what, remedy)));
  };
  if (error == beast::http::error::body_limit) {
    return refuse(413, absl::StatusCode::kResourceExhausted, "body",
                  absl::StrCat("is larger than ", core_->options.body_bytes_max, " bytes"),
                  "send it in parts");
  }
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    return refuse(431, absl::StatusCode::kResourceExhausted, "header",
                  absl::StrCat("is larger than ", core_->options.header_bytes_max, " bytes"),
                  "send fewer or shorter fields");
  }
  refuse(400, absl::StatusCode::kInvalidArgument, "request",
         absl::StrCat("is not HTTP/1.1: ", error.message()), "speak HTTP/1.1 to this port");
}

void Connection::Refuse(Response response) {
  if (!parser_->is_done()) {  // A body that nobody reads follows.
    keep_alive_ = false;
    linger_ = true;
  }
  Write(std::move(response));
}

void Connection::Dispatch() {
  const uint64_t exchange = ++exchange_;
  waiting_ = true;
  wire_->tcp().expires_never();
  deadline_.expires_after(absl::ToChronoMilliseconds(target_.timeout));
  // Keeps the connection; a reply does not.
  deadline_.async_wait([self = Self(), exchange](error_code error) {
    if (error) return;
    self->Deliver(exchange, [] {
      return ErrorResponse(absl::DeadlineExceededError(
          "the answer was not ready in time; ask again, or with more time"));
    });
  });
  core_->routes.Call(
      target_, std::move(request_), absl::Now() + target_.timeout,
      // Holds no executor: whoever holds this may let go of it after the server is gone.
      [weak = weak_from_this(), exchange](Render render) {
        const auto alive = weak.lock();  // And with it the server's threads' queue, for this post.
        if (alive == nullptr) return;
        net::post(static_cast<Connection&>(*alive).executor_,
                  [weak, exchange, render = std::move(render)] {
                    const auto peer = weak.lock();
                    if (peer != nullptr) static_cast<Connection&>(*peer).Deliver(exchange, render);
                  });
      });
}

void Connection::Deliver(uint64_t exchange, const Render& render) {
  if (!waiting_ || exchange != exchange_) return;
  waiting_ = false;
  deadline_.cancel();
  Write(render());
}

void Connection::OpenLive() {
  auto live = std::make_shared<LiveStream>(core_, executor_);
  auto source = core_->routes.Open(target_, request_, live->MakeWake());
  if (!source.ok()) return Refuse(ErrorResponse(source.status()));
  core_->CountRequest(target_.label, 200);
  live->Start(std::move(wire_), *std::move(source));
}

void Connection::Write(Response response) {
  core_->CountRequest(target_.label, response.status);
  keep_alive_ = keep_alive_ && !core_->draining;
  namespace h = beast::http;
  message_.emplace(static_cast<h::status>(response.status), 11);
  message_->set(h::field::cache_control, response.cache_control);
  message_->set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message_->set(name, value);
  if (response.status != 304 && response.status != 204)
    message_->set(h::field::content_type, response.content_type);
  message_->keep_alive(keep_alive_);
  message_->body() = std::move(response.body);
  message_->prepare_payload();
  serializer_.emplace(*message_);
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(core_->options.write_timeout));
  const auto written = [self = Self()](error_code error, size_t) { self->OnWritten(error); };
  if (is_head_) {
    serializer_->split(true);
    h::async_write_header(*wire_, *serializer_, written);
  } else {
    h::async_write(*wire_, *serializer_, written);
  }
}

void Connection::OnWritten(error_code error) {
  serializer_.reset();
  message_.reset();
  parser_.reset();
  request_ = {};
  target_ = {};
  if (error) return CloseNow();
  if (keep_alive_) return ReadHeader();
  if (!linger_) return wire_->is_tls() ? SayGoodbye() : CloseNow();
  // To close now would reset the connection, and the caller might lose the answer with it.
  error_code ignored;
  if (!wire_->is_tls())
    wire_->tcp().socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(kLinger));
  Linger();
}

void Connection::SayGoodbye() {
  wire_->tcp().expires_after(absl::ToChronoMilliseconds(kLinger));
  wire_->async_shutdown([self = Self()](error_code) { self->CloseNow(); });
}

void Connection::Linger() {
  buffer_.clear();
  wire_->async_read_some(
      buffer_.prepare(kLingerChunkBytes),
      [self = Self()](error_code error, size_t) { error ? self->CloseNow() : self->Linger(); });
}

void Connection::CloseNow() {
  waiting_ = false;
  deadline_.cancel();
  error_code ignored;
  wire_->tcp().socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
  wire_->tcp().close();
}

void Connection::Close(How how) {
  net::post(executor_, [weak = weak_from_this(), how] {
    const auto peer = weak.lock();
    if (peer == nullptr) return;
    auto& self = static_cast<Connection&>(*peer);
    if (how == How::kNow || self.idle_) self.CloseNow();
  });
}

}  // namespace

void StartConnection(Socket socket, std::shared_ptr<ServerCore> core) {
  std::make_shared<Connection>(std::move(socket), std::move(core))->Start();
}

}  // namespace overgang::http
