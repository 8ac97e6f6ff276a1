// The MLLP door: takes HL7 v2 ADT messages over TCP, writes their facts to the log, and
// acknowledges them after that.
//
// One message of a connection is in flight at a time; those behind it wait in the connection's
// buffers and the socket. AA goes out only when the log has said that the facts are durable, AE or
// AR only when the refused message is parked; where the log takes nothing, the sender is told "not
// stored, send again" and nothing is acknowledged; one that wants no such answer finds its
// connection closed. Frames that are cut, too large or wrongly ended are parked as far as they
// came, and answered where the sender still listens.
//
// Threads: runs on the threads of the io_context it is given, any number of them. Start, Stop and
// the destructor belong to one thread outside of them; port() is any thread's. Lifetimes: the
// io_context outlives the log (whose last callbacks are posted to it) and this; the parts outlive
// this. Errors: Start says what is wrong with the address. Everything later is answered, counted
// and logged, without content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/metrics.h"
#include "core/pseudonymizer.h"
#include "producers/hl7v2/mllp_frame.h"

namespace boost::asio {
class io_context;
}

namespace overgang::hl7v2 {

inline constexpr size_t kConnectionsMax =
    1024;  // One more is closed at once. Each costs some 20 kB.

struct MllpOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 2575;  // 0: any free one.
  Environment environment = Environment::kTest;
  size_t message_bytes_max = kMessageBytesMax;
  size_t frame_bytes_max = kFrameBytesMax;
  size_t connections_max = kConnectionsMax;
  absl::Duration idle_timeout =
      absl::Hours(24);  // Between messages: an EPR is quiet at night, and TCP finds dead peers.
  absl::Duration frame_timeout = absl::Minutes(2);   // From the first byte of a frame to its last.
  absl::Duration write_timeout = absl::Seconds(30);  // For a sender that does not take its answer.
  absl::Duration drain_timeout = absl::Seconds(10);  // What is in flight when Stop is called.
};

struct MllpParts {
  FactWriter& writer;
  const DirectoryHolder& directory;
  const Pseudonymizer& pseudonymizer;
  Metrics& metrics;
  const Clock& clock;
};

class MllpServer {
 public:
  MllpServer(boost::asio::io_context& io, MllpOptions options, MllpParts parts);
  ~MllpServer();
  MllpServer(const MllpServer&) = delete;
  MllpServer& operator=(const MllpServer&) = delete;

  [[nodiscard]] absl::Status Start();
  uint16_t port() const;  // The real one, after Start.
  // Accepts nothing more, lets every message in flight be stored and answered, closes. Waits;
  // idempotent.
  void Stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace overgang::hl7v2
