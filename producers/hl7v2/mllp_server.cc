#include "producers/hl7v2/mllp_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "producers/hl7v2/mllp_connection.h"

namespace overgang::hl7v2 {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr absl::Duration kSweepInterval = absl::Seconds(1);
constexpr absl::Duration kSweepIntervalMin = absl::Milliseconds(10);
constexpr absl::Duration kAcceptPause =
    absl::Milliseconds(200);  // After an error such as too many open files.
constexpr std::chrono::seconds kAbortWait(2);
}  // namespace

class MllpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, MllpOptions options, MllpParts parts)
      : io_(io),
        strand_(asio::make_strand(io)),
        acceptor_(strand_),
        sweep_(strand_),
        pause_(strand_),
        shared_(std::make_shared<MllpShared>(std::move(options), parts)) {}

  absl::Status Start();
  uint16_t port() const { return port_; }
  void Stop();

 private:
  void Accept();
  void OnAccepted(const boost::system::error_code& error, tcp::socket socket);
  void Sweep();
  void OnClosed(MllpConnection* connection);
  std::vector<std::shared_ptr<MllpConnection>> Connections();

  asio::io_context& io_;
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer sweep_;
  asio::steady_timer pause_;
  std::shared_ptr<MllpShared> shared_;
  uint16_t port_ = 0;

  std::mutex mutex_;
  std::condition_variable all_closed_;
  std::unordered_map<MllpConnection*, std::shared_ptr<MllpConnection>> connections_;
  bool started_ = false;
  bool stopping_ = false;
};

absl::Status MllpServer::Impl::Start() {
  const MllpOptions& options = shared_->options;
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return FieldError(absl::StatusCode::kInvalidArgument, "mllp.address",
                      "this is not an IP address", "write it as 127.0.0.1");
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "mllp.port",
                      options.address + ":" + std::to_string(options.port) +
                          " cannot be listened on: " + error.message(),
                      "stop what uses it, or choose another port");
  }
  port_ = acceptor_.local_endpoint(error).port();
  started_ = true;
  asio::post(strand_, [self = shared_from_this()] {
    self->Accept();
    self->Sweep();
  });
  return absl::OkStatus();
}

void MllpServer::Impl::Accept() {
  acceptor_.async_accept(asio::make_strand(io_),
                         [self = shared_from_this()](const auto& error, tcp::socket socket) {
                           self->OnAccepted(error, std::move(socket));
                         });
}

void MllpServer::Impl::OnAccepted(const boost::system::error_code& error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    spdlog::warn("mllp: cannot accept: {}", error.message());
    pause_.expires_after(absl::ToChronoMilliseconds(kAcceptPause));
    pause_.async_wait([self = shared_from_this()](const auto& cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->Accept();
    });
    return;
  }
  std::shared_ptr<MllpConnection> connection;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (connections_.size() < shared_->options.connections_max) {
      connection = std::make_shared<MllpConnection>(
          std::move(socket), shared_,
          [self = shared_from_this()](MllpConnection* closed) { self->OnClosed(closed); });
      connections_.emplace(connection.get(), connection);
      shared_->connections.Set(static_cast<double>(connections_.size()));
    }
  }
  if (connection != nullptr) {
    connection->Start();
  } else {
    shared_->connections_refused.Increment();
    spdlog::warn("mllp: closed a connection, {} are open already",
                 shared_->options.connections_max);
  }
  Accept();
}

void MllpServer::Impl::Sweep() {
  const MllpOptions& options = shared_->options;
  const absl::Duration shortest =
      std::min({options.idle_timeout, options.frame_timeout, options.write_timeout});
  sweep_.expires_after(
      absl::ToChronoMilliseconds(std::clamp(shortest / 4, kSweepIntervalMin, kSweepInterval)));
  sweep_.async_wait([self = shared_from_this()](const auto& cancelled) {
    if (cancelled || !self->acceptor_.is_open()) return;
    const MllpConnection::Clock::time_point now = MllpConnection::Clock::now();
    for (const auto& connection : self->Connections()) connection->CheckDeadline(now);
    self->Sweep();
  });
}

std::vector<std::shared_ptr<MllpConnection>> MllpServer::Impl::Connections() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<MllpConnection>> all;
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) all.push_back(connection);
  return all;
}

void MllpServer::Impl::OnClosed(MllpConnection* connection) {
  std::lock_guard lock(mutex_);
  connections_.erase(connection);
  shared_->connections.Set(static_cast<double>(connections_.size()));
  if (connections_.empty()) all_closed_.notify_all();
}

void MllpServer::Impl::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (!started_ || stopping_) return;
    stopping_ = true;
  }
  asio::post(strand_, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->acceptor_.close(ignored);
    self->sweep_.cancel();
    self->pause_.cancel();
  });
  for (const auto& connection : Connections()) connection->StopWhenIdle();
  const auto none = [this] { return connections_.empty(); };
  std::unique_lock lock(mutex_);
  if (all_closed_.wait_for(lock, absl::ToChronoMilliseconds(shared_->options.drain_timeout), none))
    return;
  spdlog::warn("mllp: {} connections still wait for the log; closed without an answer",
               connections_.size());
  lock.unlock();
  for (const auto& connection : Connections()) connection->Abort();
  lock.lock();
  all_closed_.wait_for(lock, kAbortWait, none);
  connections_.clear();  // Where the io_context has stopped already, nobody else does it.
}

MllpServer::MllpServer(asio::io_context& io, MllpOptions options, MllpParts parts)
    : impl_(std::make_shared<Impl>(io, std::move(options), parts)) {}

MllpServer::~MllpServer() { impl_->Stop(); }

absl::Status MllpServer::Start() { return impl_->Start(); }
uint16_t MllpServer::port() const { return impl_->port(); }
void MllpServer::Stop() { impl_->Stop(); }

}  // namespace overgang::hl7v2
