// A blocking MLLP client over a plain socket, for tests. One thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "producers/hl7v2/mllp_frame.h"

namespace overgang::hl7v2 {

class MllpClient {
 public:
  explicit MllpClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~MllpClient() { ::close(socket_); }
  MllpClient(const MllpClient&) = delete;
  MllpClient& operator=(const MllpClient&) = delete;

  bool connected() const { return connected_; }
  // False where the other side has closed.
  bool SendRaw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool Send(std::string_view message) {
    std::string frame;
    AppendFrame(message, frame);
    return SendRaw(frame);
  }
  // The next answer; empty optional: none within the time, or closed (see closed()).
  std::optional<std::string> Receive(int wait_ms = 10'000) {
    const timeval wait{wait_ms / 1000, (wait_ms % 1000) * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    while (true) {
      const Frame frame = decoder_.Next(input_);
      if (frame.event == FrameEvent::kMessage) return std::string(frame.payload);
      const ssize_t size = ::recv(socket_, buffer_, sizeof(buffer_), 0);
      if (size <= 0) {
        closed_ = size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        return std::nullopt;
      }
      input_ = {buffer_, static_cast<size_t>(size)};
    }
  }
  std::string Ask(std::string_view message) {
    Send(message);
    return Receive().value_or("no answer");
  }
  void HalfClose() { ::shutdown(socket_, SHUT_WR); }
  // True once the server has closed and nothing more comes.
  bool WaitClosed() { return !Receive() && closed_; }
  bool closed() const { return closed_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
  MllpDecoder decoder_;
  char buffer_[4096];
  std::string_view input_;
};

}  // namespace overgang::hl7v2
