// Sends a model's messages through the hub's doors: as fast as they are taken until the hospital is
// full, then by a simulated clock. Messages of one person keep their order; a message that is not
// acknowledged is kept and sent again. One thread: everything runs on the io_context that is handed
// in.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "core/clock.h"
#include "producers/simulator/doors.h"
#include "producers/simulator/model.h"

namespace overgang::simulator {

struct TrafficOptions {
  double speed = 60;  // Simulated seconds per second. Infinity: as fast as the hub takes them.
  int64_t until_stays = 0;  // Ends after so many admissions; 0: goes on.
  absl::Time start;         // Of the run: the hospital is full from then on.
  absl::Time acknowledged_until =
      absl::InfinitePast();  // An earlier run brought all messages until then.
  int lanes = 8;             // Messages under way at once, and connections to each door.
};

struct TrafficCounts {
  int64_t sent = 0;        // Acknowledged messages, repeats included.
  int64_t admitted = 0;    // Stays since the start of the run.
  int64_t sent_again = 0;  // Attempts that had to be repeated.
  int64_t refused = 0;     // Messages that the hub would not take.
};

class Traffic {
 public:
  Traffic(boost::asio::io_context& io, Model& model, const Clock& clock, TrafficOptions options,
          FindAddress mllp, FindAddress http, FindToken token, PloFolders& plo);
  ~Traffic();

  // Calls `done` when everything is told and acknowledged, or soon after Stop.
  void Start(std::function<void()> done);
  // No more messages; what is under way gets some seconds to be acknowledged.
  void Stop();

  const TrafficCounts& counts() const { return counts_; }
  absl::Time SimulatedNow() const;
  // Every message sent until then is acknowledged.
  absl::Time AcknowledgedUntil() const;
  bool filled() const { return filled_; }
  size_t under_way() const { return under_way_.size(); }
  // Why the last attempt failed; empty once messages are taken again.
  const std::string& trouble() const { return trouble_; }
  // At most kRefusalsKept, "ADT^A01: AE at PID-3 ...".
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  struct Lane;
  boost::asio::awaitable<void> Dispatch();
  boost::asio::awaitable<void> WatchFolders();
  boost::asio::awaitable<void> Work(Lane& lane);
  boost::asio::awaitable<void> Deliver(Lane& lane, const Message& message);
  boost::asio::awaitable<void> WaitUntilDue(absl::Time at);
  boost::asio::awaitable<void> Pause(std::chrono::milliseconds time);
  void Hand(Message message);
  void Settle(absl::Time sent_at);  // One message less is under way.
  void Refuse(const Message& message, const std::string& why);
  void BeginRun();

  boost::asio::io_context& io_;
  Model& model_;
  const Clock& clock_;
  const TrafficOptions options_;
  PloFolders& plo_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::multiset<absl::Time> under_way_;  // send_at of every message that is not acknowledged.
  absl::Time dispatched_;                // Of the newest message that was handed out.
  absl::Time run_began_;                 // By the wall clock,
  absl::Time run_from_;                  // and by the simulated one.
  bool filled_ = false;
  bool stopping_ = false;
  TrafficCounts counts_;
  std::string trouble_;
  std::vector<std::string> refusals_;
};

}  // namespace overgang::simulator
