// The MLLP server over real sockets, with the in-memory log; and messages for it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/log/memory_log.h"
#include "producers/hl7v2/mllp_server.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {

class Hub {
 public:
  explicit Hub(MllpOptions options = {}) : directory_(TestDirectory()) {
    options.port = 0;
    server_.emplace(io_, options, MllpParts{writer_, directory_, pseudonymizer_, metrics_, clock_});
    EXPECT_TRUE(server_->Start().ok());
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  ~Hub() {
    log_.Hold(false);
    server_->Stop();
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
  }

  uint16_t port() const { return server_->port(); }
  MllpServer& server() { return *server_; }
  MemoryLog& log() { return log_; }
  std::string MetricsText() const { return metrics_.Text(); }

  std::vector<v1::Envelope> Facts(Topic topic) {
    std::vector<v1::Envelope> facts;
    auto reader = log_.NewReader({}, {}, {});
    EXPECT_TRUE(reader.ok());
    for (bool at_end = false; !at_end;) {
      const absl::StatusOr<RecordBatch> batch = (*reader)->Poll(absl::Milliseconds(20));
      EXPECT_TRUE(batch.ok());
      at_end = batch->at_end || batch->records.empty();
      for (const LogRecord& record : batch->records) {
        if (record.partition.topic != topic) continue;
        EXPECT_TRUE(facts.emplace_back().ParseFromArray(record.value.data(),
                                                        static_cast<int>(record.value.size())));
      }
    }
    return facts;
  }
  std::string Open(const v1::Envelope& original) const {
    const v1::OriginalReceived& received = original.original_received();
    return sealer_.Open(received.sealed(), received.original_id()).value_or("cannot be opened");
  }

 private:
  boost::asio::io_context io_;  // Outlives the log.
  SystemClock clock_;
  MemoryLog log_{clock_};
  Sealer sealer_ = *Sealer::Create(std::string(32, 's'));
  FactWriter writer_{log_, sealer_, clock_, "test"};
  DirectoryHolder directory_;
  Pseudonymizer pseudonymizer_ = TestPseudonymizer();
  Metrics metrics_;
  std::optional<MllpServer> server_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{
      io_.get_executor()};
  std::vector<std::thread> threads_;
};

inline std::string Admission(std::string_view control_id = "M1") {
  return Adt("A01",
             FnrPid() + Fields("PV1", {{2, "I"}, {3, "MED1"}, {19, "V1"}, {44, "202603101000"}}),
             "20260310101500", control_id);
}

inline std::string UnknownFacility() {
  return "MSH|^~\\&|EPR|NOWHERE|||20260310||ADT^A01|M9|P|2.5\r";
}

}  // namespace overgang::hl7v2
