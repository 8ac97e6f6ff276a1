// One MLLP connection: reads, decodes, hands to the log, answers; see mllp_server.h for what it
// promises.
//
// Threads: everything but StopWhenIdle, Abort and CheckDeadline runs on the socket's strand. Lives
// as long as an operation of its own, or an append, is outstanding. Internal to this room.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "producers/hl7v2/ack.h"
#include "producers/hl7v2/hl7_message.h"
#include "producers/hl7v2/mllp_frame.h"
#include "producers/hl7v2/mllp_server.h"

namespace overgang::hl7v2 {

// What the connections of one server share.
struct MllpShared {
  MllpShared(MllpOptions options_in, MllpParts parts_in);
  // Unique in all hubs: MSH-10 of the acknowledgements.
  std::string NextControlId();
  // Logs only when it changes, however many messages are affected.
  void SetStoring(const absl::Status& status);

  const MllpOptions options;
  const MllpParts parts;
  const std::string control_id_prefix;
  std::atomic<uint64_t> control_ids{0};
  std::atomic<bool> storing{true};
  prometheus::Gauge& connections;
  prometheus::Counter& connections_refused;
  prometheus::Counter& junk_bytes;
  prometheus::Counter& restarts;
  prometheus::Counter& kommune_not_stated;
  prometheus::Counter& not_synthetic;
  prometheus::Histogram& ack_latency;
};

class MllpConnection : public std::enable_shared_from_this<MllpConnection> {
 public:
  using Clock = std::chrono::steady_clock;
  // `closed` is called once, on the strand.
  MllpConnection(boost::asio::ip::tcp::socket socket, std::shared_ptr<MllpShared> shared,
                 std::function<void(MllpConnection*)> closed);

  void Start();
  void StopWhenIdle();                        // Any thread: closes once nothing is in flight.
  void Abort();                               // Any thread: closes now.
  void CheckDeadline(Clock::time_point now);  // Any thread.

 private:
  void Read();
  void OnRead(const boost::system::error_code& error, size_t size);
  void Pump();
  bool Handle(const Frame& frame);  // True: an answer is on its way, or the connection closes.
  bool HandleMessage(std::string_view payload);
  bool HandleBroken(std::string_view payload, std::string_view code, std::string_view text,
                    bool then_close);
  void OnStored(const absl::Status& status, const Answer& answer, std::string_view outcome);
  FactWriter::Done WhenStored(Answer answer, std::string_view outcome);
  void Reply(const Answer& answer);
  void OnWritten(const boost::system::error_code& error);
  void Count(std::string_view outcome);
  void CountFrames();
  void SetDeadline(absl::Duration from_now);
  void OnOverdue();
  void Close();

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<MllpShared> shared_;
  std::function<void(MllpConnection*)> closed_;
  std::string peer_;

  MllpDecoder decoder_;
  FrameCounts counted_;
  std::array<char, 16 << 10> read_;
  std::string_view input_;  // What of read_ is not decoded yet.
  Message message_;
  std::string out_;
  std::unordered_map<std::string, prometheus::Counter*>
      counters_;  // By facility, event and outcome.

  // Of the message in flight:
  std::string facility_;
  std::string trigger_;
  Clock::time_point received_;
  bool in_flight_ = false;
  bool writing_ = false;
  bool close_after_reply_ = false;
  bool unanswered_ = false;  // It is an acknowledgement.

  bool frame_timed_ = false;  // The deadline is already that of the frame that is coming in.
  bool hanging_ = false;      // Overdue: the read that is being cancelled is the last.
  bool stopping_ = false;
  bool is_closed_ = false;
  std::atomic<int64_t> deadline_ns_;
};

}  // namespace overgang::hl7v2
