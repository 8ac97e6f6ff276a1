// Unary gRPC calls, many outstanding, as the benchmarks of questions make them. One thread starts
// them; answers come on gRPC's.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bench/facts.h"
#include "bench/table.h"
#include "core/event_log.h"
#include "core/fact_writer.h"

namespace overgang::bench {

inline constexpr int kOutstanding = 64;

using Done = std::function<void(grpc::Status)>;

template <typename Request, typename Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};

// Calls made kOutstanding at a time.
class CallLoop {
 public:
  // Calls per second of the wall clock.
  double Run(int count, const std::function<void(Done)>& start) {
    const double began = WallSeconds();
    for (int i = 0; i < count; ++i) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return under_way_ < kOutstanding; });
        ++under_way_;
      }
      start([this](const grpc::Status& status) {
        std::lock_guard lock(mutex_);
        if (!status.ok()) error_ = status.error_message();
        --under_way_;
        changed_.notify_one();
      });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    if (!error_.empty()) Check(absl::UnavailableError(error_), "calling the server");
    return static_cast<double>(count) / (WallSeconds() - began);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int under_way_ = 0;
  std::string error_;
};

// The log then holds so many open stays.
inline LogEnds AdmitMany(EventLog& log, int stays) {
  FactStream stream;
  std::vector<NewRecord> records;
  for (int i = 0; i < stays; ++i) records.push_back(ToRecord(stream.NextAdmission()));
  Check(AppendAndWait(log, std::move(records)).status(), "admitting");
  return Take(log.Ends(), "the log's ends");
}

}  // namespace overgang::bench
