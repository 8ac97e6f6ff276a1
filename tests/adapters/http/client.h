// A plain HTTP client over a blocking socket, for tests: sends exactly what it is told, and reads
// with a time limit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace overgang::http {

struct ClientResponse {
  int status = 0;                              // 0: the connection ended first.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
};

class Client {
 public:
  explicit Client(uint16_t port, int receive_buffer_bytes = 0);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;

  bool connected() const { return fd_ >= 0; }
  bool Send(std::string_view bytes);  // False where the other end has closed.
  // By its content-length; `head` where none follows.
  ClientResponse ReadResponse(bool head = false);
  // What came up to and with `mark`; all that came where it did not within the limit.
  std::string ReadUntil(std::string_view mark, absl::Duration limit = absl::Seconds(10));
  bool ClosedWithin(absl::Duration limit);  // Reads on until the other end closes.
  void CloseNow();

 private:
  bool ReadMore(absl::Duration limit);  // False: closed, or nothing came.

  int fd_ = -1;
  bool closed_ = false;
  std::string buffer_;
};

// One request on its own connection.
ClientResponse Exchange(uint16_t port, std::string_view request);
// POST with a JSON body and more header lines ("Name: value\r\n").
ClientResponse Post(uint16_t port, std::string_view path, std::string_view body,
                    std::string_view more = "");

}  // namespace overgang::http
