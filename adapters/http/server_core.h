// What all connections of one server share. Owned by the server and by every connection, so that a
// late reply finds it.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"
#include "adapters/http/http_server.h"
#include "adapters/http/routes.h"

namespace overgang::http {

namespace net = boost::asio;
using Executor = net::strand<net::io_context::executor_type>;
using Socket = net::basic_stream_socket<net::ip::tcp, Executor>;

// A connection, in whatever phase; Close may be called from any thread.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  virtual ~Peer() = default;
  enum class How { kWhenAnswered, kNow };
  virtual void Close(How how) = 0;
};

// Those that are open, for Stop. Thread-safe.
class Peers {
 public:
  void Add(Peer* peer);
  void Remove(Peer* peer);
  size_t count() const;
  void CloseAll(Peer::How how);
  // False where some are still open after this long.
  bool WaitUntilNone(absl::Duration timeout);

 private:
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::unordered_set<Peer*> peers_;
};

struct ServerCore {
  ServerCore(HttpOptions server_options, const MethodTable& methods, Authenticate authenticate,
             Metrics& server_metrics)
      : options(std::move(server_options)),
        routes(methods, std::move(authenticate), options.call_timeout),
        metrics(server_metrics),
        live_streams(
            metrics.Gauge("overgang_http_live_streams", "Open streams of server-sent events")),
        tls_failures(metrics.Counter("overgang_http_tls_failures_total",
                                     "TLS handshakes that failed, as with a wrong certificate")) {}

  void CountRequest(const std::string& label, unsigned status);

  const HttpOptions options;
  Routes routes;
  Metrics& metrics;
  prometheus::Gauge& live_streams;
  prometheus::Counter& tls_failures;
  // Null: plain HTTP. Made by Start, before the first connection.
  std::unique_ptr<net::ssl::context> tls;
  std::atomic<bool> draining = false;
  Peers peers;
  net::io_context context;
};

}  // namespace overgang::http
