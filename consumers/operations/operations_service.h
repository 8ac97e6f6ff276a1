// OperationsService: sources, parked messages, lag, the log itself, who read of whom, and the proof
// that the views equal a rebuild.
//
// VerifyRebuild and ReadLog read the log, which blocks: each has a thread of its own, at most
// kVerifyMax and kLogReadersMax at a time (RESOURCE_EXHAUSTED beyond). GetLag, ListParked and
// ReadAccessLog run on a few threads of the service.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "core/access_log.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/operations_service.pb.h"
#include "projections/views.h"

namespace overgang::operations {

inline constexpr int kVerifyMax = 1;
inline constexpr int kLogReadersMax = 16;

// An empty store for a rebuild, that cleans up after itself when released.
using MakeScratchStore = std::function<absl::StatusOr<std::unique_ptr<StateStore>>()>;

class OperationsService {
 public:
  OperationsService(projections::Views& views, EventLog& log, const Clock& clock,
                    MakeScratchStore make_scratch, const AccessLog& access_log);
  ~OperationsService();

  void Register(MethodTable& table);
  // Ends what is under way, a verification with CANCELLED, so that the servers need not wait for
  // it; they may go on calling until they have stopped.
  void Stop();

 private:
  void ListParked(const Caller& caller, const v1::ListParkedRequest& request,
                  Reply<v1::ListParkedResponse> reply);
  void GetLag(const Reply<v1::GetLagResponse>& reply);
  void ReadAccessLog(const v1::ReadAccessLogRequest& request,
                     Reply<v1::ReadAccessLogResponse> reply);
  void VerifyRebuild(Reply<v1::VerifyRebuildResponse> reply);
  absl::StatusOr<std::unique_ptr<MessageStream>> ReadLog(const v1::ReadLogRequest& request,
                                                         Wake wake);

  projections::Views& views_;
  EventLog& log_;
  const Clock& clock_;
  MakeScratchStore make_scratch_;
  const AccessLog& access_log_;
  std::shared_ptr<std::atomic<int>> log_readers_ = std::make_shared<std::atomic<int>>(0);
  std::mutex mutex_;
  bool verifying_ = false;
  std::stop_source stop_;
  std::thread verify_thread_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::operations
