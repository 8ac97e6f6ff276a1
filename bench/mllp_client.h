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

// Distinct ADT^A01 of distinct synthetic persons, framed.
std::vector<std::string> MakeAdmissions(int count, int first);

// Sends all `frames` over `connections` connections to 127.0.0.1:`port`.
MllpResult SendAll(int port, int connections, const std::vector<std::string>& frames);

}  // namespace overgang::bench
