#include "adapters/http/http_server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/http/connection.h"
#include "adapters/http/server_core.h"
#include "adapters/http/wire.h"
#include "core/errors.h"

namespace overgang {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

constexpr int kListenBacklog = 1024;
constexpr size_t kFilesReserved = 2'048;  // For the log, the store, the plain doors' connections.
constexpr auto kAcceptRetry =
    std::chrono::milliseconds(100);  // After an accept that failed, as with no file left.
constexpr char kFull[] =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: "
    "5\r\nConnection: close\r\n"
    "Content-Length: 78\r\n\r\n"
    "{\"code\":\"unavailable\",\"message\":\"too many connections; come back in a while\"}\n";

// As many open files as this process may have.
size_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFilesReserved * 2;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

// Of what is not reserved a quarter is left to gRPC, which has no bound on connections of its own.
size_t ConnectionsMax(const HttpOptions& options, size_t files) {
  const size_t left = files > 2 * kFilesReserved ? files - kFilesReserved : files / 2;
  return std::min(options.connections_max, left / 4 * 3);
}

absl::Status CannotListen(const HttpOptions& options, const error_code& error) {
  const std::string where = absl::StrCat(options.address, ":", options.port);
  if (error == net::error::address_in_use) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "[http] port",
                      absl::StrCat(where, " is in use by another program"),
                      "stop that program or choose another port (0 takes any free one)");
  }
  if (error == net::error::access_denied) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "[http] port",
                      absl::StrCat("may not listen on ", where), "choose a port above 1023");
  }
  return FieldError(absl::StatusCode::kFailedPrecondition, "[http] address",
                    absl::StrCat("cannot listen on ", where, ": ", error.message()),
                    "give an address of this machine");
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, const MethodTable& methods, Authenticate authenticate, Metrics& metrics)
      : core(std::make_shared<http::ServerCore>(std::move(options), methods,
                                                std::move(authenticate), metrics)),
        acceptor_(net::make_strand(core->context)),
        retry_(acceptor_.get_executor()) {}

  absl::Status Start();
  void Stop();
  uint16_t port() const { return port_; }

  const std::shared_ptr<http::ServerCore> core;

 private:
  void Accept();
  void OnAccept(error_code error, http::Socket socket);

  tcp::acceptor acceptor_;
  net::steady_timer retry_;
  size_t connections_max_ = 0;
  uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

absl::Status HttpServer::Impl::Start() {
  const HttpOptions& options = core->options;
  connections_max_ = ConnectionsMax(options, RaiseFileLimit());
  error_code error;
  const net::ip::address address = net::ip::make_address(options.address, error);
  if (error) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "[http] address",
                      "is not an IP address",
                      "use 127.0.0.1 for this machine only, 0.0.0.0 for all of its networks");
  }
  if (options.tls.on()) {
    auto context = http::MakeTlsContext(options.tls);
    if (!context.ok()) return context.status();
    core->tls = *std::move(context);
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kListenBacklog, error);
  if (error) return CannotListen(options, error);
  port_ = acceptor_.local_endpoint().port();
  Accept();
  for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { core->context.run(); });
  return absl::OkStatus();
}

void HttpServer::Impl::Accept() {
  acceptor_.async_accept(
      net::make_strand(core->context),
      [this](error_code error, http::Socket socket) { OnAccept(error, std::move(socket)); });
}

void HttpServer::Impl::OnAccept(error_code error, http::Socket socket) {
  if (core->draining || error == net::error::operation_aborted) return;
  if (error) {
    retry_.expires_after(kAcceptRetry);
    retry_.async_wait([this](error_code cancelled) {
      if (!cancelled) Accept();
    });
    return;
  }
  error_code ignored;
  if (core->peers.count() >= connections_max_) {
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(kFull, sizeof(kFull) - 1), ignored);
  } else {
    socket.set_option(tcp::no_delay(true), ignored);
    http::StartConnection(std::move(socket), core);
  }
  Accept();
}

void HttpServer::Impl::Stop() {
  if (threads_.empty()) return;
  core->draining = true;
  net::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
  });
  core->peers.CloseAll(http::Peer::How::kWhenAnswered);
  if (!core->peers.WaitUntilNone(core->options.drain_timeout))
    core->peers.CloseAll(http::Peer::How::kNow);
  for (std::thread& thread : threads_) thread.join();  // They end when nothing is left to do.
  threads_.clear();
}

HttpServer::HttpServer(HttpOptions options, const MethodTable& methods, Authenticate authenticate,
                       Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), methods, std::move(authenticate), metrics)) {
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::AddRoute(std::string method, std::string path, std::optional<Need> need,
                          HttpHandler handler) {
  impl_->core->routes.AddRoute(std::move(method), std::move(path), need, std::move(handler));
}
void HttpServer::AddPrefix(std::string method, std::string prefix, HttpHandler handler) {
  impl_->core->routes.AddPrefix(std::move(method), std::move(prefix), std::move(handler));
}
void HttpServer::AddLive(std::string name, std::string method, std::string resume_from) {
  impl_->core->routes.AddLive(std::move(name), std::move(method), std::move(resume_from));
}
void HttpServer::AddAsset(const HttpAsset& asset) { impl_->core->routes.AddAsset(asset); }
absl::Status HttpServer::Start() { return impl_->Start(); }
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace overgang
