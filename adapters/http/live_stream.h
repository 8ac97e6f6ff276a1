// A MessageStream as server-sent events: pulled when the last one has gone out, one message at a
// time or, where the stream has more at hand, some of them. Costs an idle client one small object
// and its socket, no thread. Lives on its strand, and as long as its socket is open.
//
// Each message is an event "data: <JSON>", or the event that the stream makes of it itself. The
// stream's end is "event: end" with {} or {"error":
// {...}}; then the connection closes, and the client comes back after kRetry, or gives up where the
// error says so.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "adapters/http/server_core.h"
#include "adapters/http/wire.h"

namespace overgang::http {

class LiveStream final : public Peer {
 public:
  LiveStream(std::shared_ptr<ServerCore> core, const Executor& executor);
  ~LiveStream() override;

  // For the factory of the stream; good for ever, from any thread.
  Wake MakeWake();
  // On the strand, once.
  void Start(std::unique_ptr<Wire> wire, std::unique_ptr<MessageStream> source);
  void Close(How how) override;

 private:
  std::shared_ptr<LiveStream> Self();
  void Pump();
  void Write(std::string text);
  void WaitForClient();
  void Heartbeat();
  void CloseNow();

  const std::shared_ptr<ServerCore> core_;
  Executor executor_;
  std::unique_ptr<Wire> wire_;
  net::steady_timer timer_;
  std::unique_ptr<MessageStream> source_;
  std::string out_;         // In flight; empty: nothing is.
  absl::Duration out_age_;  // For how long, in whole heartbeats.
  bool ending_ = false;     // The end has been written or is in out_.
  std::atomic<bool> wake_pending_ = false;
  std::array<char, 64> discarded_;  // A client has nothing to say; reading tells when it has gone.
};

}  // namespace overgang::http
