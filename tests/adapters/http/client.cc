#include "tests/adapters/http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace overgang::http {

Client::Client(uint16_t port, int receive_buffer_bytes) {
  fd_ = socket(AF_INET, SOCK_STREAM, 0);
  if (receive_buffer_bytes > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) CloseNow();
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      closed_(other.closed_),
      buffer_(std::move(other.buffer_)) {}

Client::~Client() { CloseNow(); }

void Client::CloseNow() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Client::ReadMore(absl::Duration limit) {
  pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
  if (closed_ || limit <= absl::ZeroDuration() ||
      poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(limit)) + 1) <= 0) {
    return false;
  }
  char chunk[16 * 1024];
  const ssize_t got = recv(fd_, chunk, sizeof(chunk), 0);
  closed_ = got <= 0;
  if (got > 0) buffer_.append(chunk, static_cast<size_t>(got));
  return got > 0;
}

std::string Client::ReadUntil(std::string_view mark, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  size_t at = buffer_.find(mark);
  while (at == std::string::npos && ReadMore(end - absl::Now())) at = buffer_.find(mark);
  const size_t length = at == std::string::npos ? buffer_.size() : at + mark.size();
  std::string result = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return result;
}

bool Client::ClosedWithin(absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (ReadMore(end - absl::Now())) buffer_.clear();
  return closed_;
}

ClientResponse Client::ReadResponse(bool head) {
  ClientResponse response;
  const std::string text = ReadUntil("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ")) return response;
  response.status = std::atoi(text.c_str() + 9);
  for (size_t line = text.find("\r\n") + 2; line + 2 < text.size();) {
    const size_t end = text.find("\r\n", line);
    const size_t colon = text.find(':', line);
    response.headers[absl::AsciiStrToLower(text.substr(line, colon - line))] =
        std::string(absl::StripAsciiWhitespace(text.substr(colon + 1, end - colon - 1)));
    line = end + 2;
  }
  const size_t length =
      head ? 0 : static_cast<size_t>(std::atoll(response.headers["content-length"].c_str()));
  const absl::Time end = absl::Now() + absl::Seconds(10);
  while (buffer_.size() < length && ReadMore(end - absl::Now())) continue;
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return response;
}

ClientResponse Exchange(uint16_t port, std::string_view request) {
  Client client(port);
  client.Send(request);
  return client.ReadResponse(request.starts_with("HEAD "));
}

ClientResponse Post(uint16_t port, std::string_view path, std::string_view body,
                    std::string_view more) {
  return Exchange(port, absl::StrCat("POST ", std::string(path),
                                     " HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n",
                                     std::string(more), "Content-Length: ", body.size(), "\r\n\r\n",
                                     std::string(body)));
}

}  // namespace overgang::http
