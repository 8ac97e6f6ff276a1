// From an ADT message on a socket to its AA, which says that the fact is durable: a whole hub with
// its embedded log.
#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/log/embedded_log.h"
#include "app/hub.h"
#include "bench/facts.h"
#include "bench/mllp_client.h"
#include "bench/table.h"
#include "core/fact_writer.h"

namespace overgang::bench {
namespace {

int MllpPort(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  const std::string json = text.str();
  const size_t at = json.find("\"mllp\": \"127.0.0.1:");
  if (at == std::string::npos) Check(absl::NotFoundError(file), "the MLLP port");
  return std::stoi(json.substr(at + 19));
}

// The same loop with nothing before the log: `outstanding` appends at a time of records as large,
// each replaced when it is durable. Messages per second.
double BareAppends(int outstanding, size_t count, size_t message_bytes) {
  TempFolder folder;
  SystemClock clock;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  FactStream stream;
  std::mutex mutex;
  std::condition_variable changed;
  int under_way = 0;
  const double began = WallSeconds();
  for (size_t i = 0; i < count; ++i) {
    NewRecord record = ToRecord(stream.NextAdmission());
    record.value.resize(std::max(record.value.size(), message_bytes));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return under_way < outstanding; });
    ++under_way;
    lock.unlock();
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    log->Append(std::move(records), [&](absl::StatusOr<std::vector<LogPosition>>) {
      std::lock_guard done(mutex);
      --under_way;
      changed.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
  return static_cast<double>(count) / (WallSeconds() - began);
}

void Run(int port, int connections, const std::vector<std::string>& frames,
         const std::string& target, const std::string& target_p99) {
  const Stopwatch watch;
  MllpResult result = SendAll(port, connections, frames);
  const double cpu = watch.cpu();
  const auto count = static_cast<double>(frames.size());
  const double rate = count / result.wall_s;
  const double bare = BareAppends(connections, frames.size(), frames.front().size());
  Table::Print({absl::StrCat("MLLP to durable AA, ", connections, " connections"), rate,
                "messages/s", target, "bare appends, as many outstanding", rate / bare});
  Table::Print({"  p99", Percentile(&result.latency_ms, 99), "ms", target_p99, "", 0});
  Table::Print({"  the same, hub and clients together", count / cpu, "msgs/CPU second", "", "", 0});
}

}  // namespace

void MllpBenchmark(const Options& options) {
  TempFolder folder;
  const std::string data_dir = folder / "hub";
  const Config config =
      Take(LoadConfig("", {"data_dir=" + data_dir, "mllp.port=0", "http.port=0", "grpc.port=0"}),
           "the configuration");
  Hub hub(config);
  Check(hub.Start(), "starting the hub");
  hub.WaitUntilReady([] { return false; });
  const int port = MllpPort(data_dir + "/addresses.json");
  const int few = static_cast<int>(options.Size(50'000, 5'000));
  const int many = static_cast<int>(options.Size(100'000, 10'000));
  const int warm = 2'000;
  SendAll(port, 8, MakeMessages(warm, 0));
  Run(port, 8, MakeMessages(few, warm), "10 000", "under 3");
  Run(port, 64, MakeMessages(many, warm + few), "", "");
  hub.Stop();
}

}  // namespace overgang::bench
