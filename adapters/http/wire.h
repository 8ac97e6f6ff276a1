// A connection's socket, with TLS over it or without: one type for whoever reads and writes. Lives
// on its strand; one read and one write at a time.
//
// The certificate that a client showed has been verified when the handshake is over.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "adapters/http/server_core.h"
#include "core/tls.h"

namespace overgang::http {

class Wire {
 public:
  using Tcp = boost::beast::basic_stream<net::ip::tcp, Executor>;
  using executor_type = Executor;

  // `tls` is null for plain HTTP, and outlives the wire.
  Wire(Socket socket, net::ssl::context* tls) : tcp_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(tcp_, *tls);
  }

  Executor get_executor() { return tcp_.get_executor(); }
  Tcp& tcp() { return tcp_; }
  bool is_tls() const { return tls_.has_value(); }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return tls_ ? tls_->async_read_some(buffers, std::forward<Handler>(handler))
                : tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return tls_ ? tls_->async_write_some(buffers, std::forward<Handler>(handler))
                : tcp_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  // Only with TLS.
  template <typename Handler>
  void async_handshake(Handler&& handler) {
    tls_->async_handshake(net::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  // Only with TLS: says that nothing more comes, which tells the client from a line that was cut.
  template <typename Handler>
  void async_shutdown(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }
  // PEM; empty where the client showed none.
  std::string ClientCertificate();

 private:
  Tcp tcp_;
  std::optional<net::ssl::stream<Tcp&>> tls_;
};

// INVALID_ARGUMENT where the texts are no certificates or keys.
absl::StatusOr<std::unique_ptr<net::ssl::context>> MakeTlsContext(const TlsIdentity& identity);

}  // namespace overgang::http
