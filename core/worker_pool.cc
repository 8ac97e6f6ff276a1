#include "core/worker_pool.h"

#include <utility>

namespace overgang {
namespace {

absl::Status Stopping() {
  return absl::UnavailableError("the hub stops; ask again when it has been started");
}

}  // namespace

WorkerPool::WorkerPool() {
  for (int i = 0; i < kWorkerThreads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Run(Task task) {
  absl::Status refusal = absl::ResourceExhaustedError(
      "too many questions that take long are waiting; ask again in a while");
  {
    std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kWorkWaitingMax) {
      waiting_.push_back(std::move(task));
      changed_.notify_one();
      return;
    }
    if (stopping_) refusal = Stopping();
  }
  task(refusal);
}

void WorkerPool::Stop() {
  std::deque<Task> dropped;
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (const Task& task : dropped) task(Stopping());
  for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task(absl::OkStatus());
    task = nullptr;  // What it holds is let go of without the lock.
    lock.lock();
  }
}

}  // namespace overgang
