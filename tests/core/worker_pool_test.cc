// Work that takes long: a bound on what waits, and every task told what became of it.
#include "core/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace overgang {
namespace {

class WorkerPoolTest : public ::testing::Test {
 protected:
  // Returns when all threads of the pool are held.
  void HoldAll() {
    std::vector<std::promise<void>> running(kWorkerThreads);
    for (std::promise<void>& one : running) {
      pool_.Run([this, &one](const absl::Status&) {
        one.set_value();
        released_.wait();
      });
    }
    for (std::promise<void>& one : running) one.get_future().wait();
  }

  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  WorkerPool pool_;
};

TEST_F(WorkerPoolTest, MoreThanMayWaitIsRefusedAndTheRestIsDone) {
  HoldAll();
  std::atomic<size_t> done = 0;
  std::promise<void> all;
  for (size_t i = 0; i < kWorkWaitingMax; ++i) {
    pool_.Run([&](const absl::Status& status) {
      EXPECT_TRUE(status.ok());
      if (++done == kWorkWaitingMax) all.set_value();
    });
  }
  absl::Status refused;
  pool_.Run([&](const absl::Status& status) { refused = status; });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(done, 0u);
  release_.set_value();
  all.get_future().wait();
}

TEST_F(WorkerPoolTest, WhatWaitsWhenItStopsIsToldSoAndNothingIsTakenAfter) {
  HoldAll();
  std::promise<absl::Status> waiting;
  pool_.Run([&](const absl::Status& status) { waiting.set_value(status); });
  std::thread stopper([this] { pool_.Stop(); });
  EXPECT_EQ(waiting.get_future().get().code(), absl::StatusCode::kUnavailable);
  release_.set_value();
  stopper.join();
  absl::Status late;
  pool_.Run([&](const absl::Status& status) { late = status; });
  EXPECT_EQ(late.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overgang
