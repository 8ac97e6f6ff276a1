// A few threads for reads that take long, so that no server's thread waits for a disk or a broker.
//
// Bounded: kWorkerThreads run, kWorkWaitingMax wait, more are refused. Threads: all methods are
// thread-safe. Ownership: tasks may use whatever outlives the pool or its Stop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace overgang {

inline constexpr int kWorkerThreads = 2;
inline constexpr size_t kWorkWaitingMax = 64;

class WorkerPool {
 public:
  // Called exactly once: with OK on a thread of the pool, else with why it is not run, so that it
  // can say so.
  using Task = std::function<void(const absl::Status&)>;

  WorkerPool();
  ~WorkerPool();  // Stops.
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // RESOURCE_EXHAUSTED where too much is waiting, UNAVAILABLE after Stop: on this thread, at once.
  void Run(Task task);
  // Lets what runs end, and ends what waits with UNAVAILABLE. Never on a thread of the pool.
  void Stop();

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace overgang
