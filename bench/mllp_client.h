// Closed-loop MLLP clients: each connection sends its next message when the last one was answered.
// One thread serves them all, so that the clients cost little beside the server that is measured.
//
// Threads: one. Errors: anything but AA ends the benchmark.
#pragma once

#include <string>
#include <vector>

namespace overgang::bench {

struct MllpResult {
  double wall_s = 0;
  std::vector<double> latency_ms;  // One for each message.
};

// `count` distinct messages of synthetic persons, framed: admissions and discharges in turn, so
// that a hospital's number of stays is open at a time. Control ids and visits are numbered from
// `first`.
std::vector<std::string> MakeMessages(int count, int first);

// Sends all `frames` over `connections` connections to 127.0.0.1:`port`.
MllpResult SendAll(int port, int connections, const std::vector<std::string>& frames);

}  // namespace overgang::bench
