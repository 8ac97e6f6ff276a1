#include <chrono>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "core/errors.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "producers/simulator/doors.h"

namespace overgang::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::chrono::seconds kExchangeTimeout(30);
constexpr size_t kAnswerBytesMax = 1 << 20;
constexpr char kFrameStart = '\x0b';
constexpr std::string_view kFrameEnd = "\x1c\x0d";

// Opens a connection; null and `why` where that fails.
asio::awaitable<std::unique_ptr<beast::tcp_stream>> Connect(asio::io_context& io,
                                                            const FindAddress& find,
                                                            std::string& why) {
  const absl::StatusOr<Address> address = find();
  if (!address.ok()) {
    why = std::string(address.status().message());
    co_return nullptr;
  }
  error_code error;
  asio::ip::tcp::resolver resolver(io);
  const auto endpoints = co_await resolver.async_resolve(
      address->host, address->port, asio::redirect_error(asio::use_awaitable, error));
  auto stream = std::make_unique<beast::tcp_stream>(io);
  stream->expires_after(kExchangeTimeout);
  if (!error)
    co_await stream->async_connect(endpoints, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    why = absl::StrCat("cannot connect to ", address->host, ":", address->port, ": ",
                       error.message());
    co_return nullptr;
  }
  error_code ignored;
  stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return stream;
}

// Takes what is before the separator, and the separator, off the front of `text`.
std::string_view NextPart(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

// A field of the first segment with this name; empty where there is none. For delimiters as this
// program sends them, which an acknowledgement repeats.
std::string_view FieldOf(std::string_view message, std::string_view segment, int number) {
  while (!message.empty()) {
    std::string_view line = NextPart(message, '\r');
    if (NextPart(line, '|') != segment) continue;
    for (int i = 1; i < number; ++i) NextPart(line, '|');
    return NextPart(line, '|');
  }
  return {};
}

}  // namespace

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == std::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(std::string(text.substr(colon + 1)), &port) || port < 1 || port > 65535) {
    return FieldError(absl::StatusCode::kInvalidArgument, "address",
                      absl::StrCat("\"", std::string(text), "\" is not host:port"),
                      "write it like 127.0.0.1:2575");
  }
  return Address{std::string(text.substr(0, colon)), absl::StrCat(port)};
}

Reply ReadAcknowledgement(std::string_view acknowledgement, std::string_view control_id) {
  const std::string_view code = FieldOf(acknowledgement, "MSA", 1);
  if (FieldOf(acknowledgement, "MSA", 2) != control_id)
    return {Outcome::kTryAgain, "the acknowledgement is of another message"};
  if (code == "AA" || code == "CA") return {Outcome::kTaken, ""};
  const std::string error =
      absl::StrCat(std::string(code), " at ", std::string(FieldOf(acknowledgement, "ERR", 2)),
                   ", error ", std::string(FieldOf(acknowledgement, "ERR", 3)), ": ",
                   std::string(FieldOf(acknowledgement, "ERR", 8)));
  // HL7 table 0357: 207 is an error of the application itself, so the message is not to blame.
  const std::string_view condition = FieldOf(acknowledgement, "ERR", 3);
  const bool own_fault = condition.empty() || condition.substr(0, 3) == "207";
  return {own_fault ? Outcome::kTryAgain : Outcome::kRefused, error};
}

asio::awaitable<Reply> MllpClient::Send(const Message& message) {
  Reply reply;
  if (!stream_) stream_ = co_await Connect(io_, find_, reply.text);
  if (!stream_) co_return reply;
  stream_->expires_after(kExchangeTimeout);
  error_code error;
  const std::string frame =
      absl::StrCat(std::string(1, kFrameStart), message.content, std::string(kFrameEnd));
  std::string answer;
  co_await asio::async_write(*stream_, asio::buffer(frame),
                             asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    co_await asio::async_read_until(*stream_, asio::dynamic_buffer(answer, kAnswerBytesMax),
                                    std::string(kFrameEnd),
                                    asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) {
    stream_.reset();
    co_return Reply{Outcome::kTryAgain, absl::StrCat("no acknowledgement: ", error.message())};
  }
  const size_t start = answer.find(kFrameStart);
  if (start != std::string::npos)
    reply = ReadAcknowledgement(std::string_view(answer).substr(start + 1), message.id);
  if (reply.outcome == Outcome::kTryAgain)
    stream_.reset();  // Start over: what comes next could be a late answer.
  co_return reply;
}

Reply ReadConnectAnswer(int status, std::string_view body) {
  if (status == 200) return {Outcome::kTaken, ""};
  google::protobuf::Struct error;
  std::string code;
  std::string text = absl::StrCat("HTTP ", status);
  if (google::protobuf::util::JsonStringToMessage(std::string(body), &error).ok()) {
    code = error.fields().count("code") > 0 ? error.fields().at("code").string_value() : "";
    absl::StrAppend(
        &text, " ", code, ": ",
        error.fields().count("message") > 0 ? error.fields().at("message").string_value() : "");
  }
  if (code == "not_found") return {Outcome::kNotYet, text};
  // A hub that was restarted may have made a new token: that is read at the next connection.
  if (status >= 500 || status == 429 || status == 408 || status == 401) {
    return {code == "unimplemented" ? Outcome::kRefused : Outcome::kTryAgain, text};
  }
  return {Outcome::kRefused, text};
}

asio::awaitable<Reply> IntakeClient::Send(const Message& message) {
  namespace http = beast::http;
  Reply reply;
  if (!stream_) {
    stream_ = co_await Connect(io_, find_, reply.text);
    token_ = find_token_();
  }
  if (!stream_) co_return reply;
  stream_->expires_after(kExchangeTimeout);
  http::request<http::string_body> request(
      http::verb::post, absl::StrCat("/overgang.v1.IntakeService/", message.name), 11);
  request.set(http::field::host, "overgang");
  request.set(http::field::content_type, "application/json");
  if (!token_.empty()) request.set(http::field::authorization, absl::StrCat("Bearer ", token_));
  request.body() = message.content;
  request.prepare_payload();
  error_code error;
  co_await http::async_write(*stream_, request, asio::redirect_error(asio::use_awaitable, error));
  beast::flat_buffer buffer(kAnswerBytesMax);
  http::response<http::string_body> response;
  if (!error)
    co_await http::async_read(*stream_, buffer, response,
                              asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    stream_.reset();
    co_return Reply{Outcome::kTryAgain, absl::StrCat("no answer: ", error.message())};
  }
  reply = ReadConnectAnswer(static_cast<int>(response.result_int()), response.body());
  if (!response.keep_alive() || reply.outcome == Outcome::kTryAgain) stream_.reset();
  co_return reply;
}

}  // namespace overgang::simulator
