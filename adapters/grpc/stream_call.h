// One client's stream: pulls a MessageStream, one message at a time, when the last one has gone
// out. Between two pulls the stream folds its changes into one, so a slow client costs one message
// of memory.
//
// Threads: everything. Next is called by one thread at a time: gRPC's, after a write, or the
// StreamPuller's, after a wake. Ownership: a call owns itself from Start to OnDone; wakers and the
// puller hold on to it only to find it finished.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "core/rpc.h"

namespace overgang::grpc_internal {

class StreamCall;

// The thread that pulls woken streams. A stream waits in its queue at most once, so kGrpcStreamsMax
// bounds it.
class StreamPuller {
 public:
  StreamPuller();
  ~StreamPuller();  // Call only when no stream is open any more.
  void Post(std::shared_ptr<StreamCall> call);

 private:
  void Run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<StreamCall>> queue_;
  bool stopped_ = false;
  std::thread thread_;
};

class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  // `open` counts the open streams of the server.
  StreamCall(StreamPuller& puller, std::atomic<int>& open) : puller_(puller), open_(open) {}

  // Returns what gRPC is to be given. `method` is null where the table has none.
  static StreamCall* Start(StreamPuller& puller, std::atomic<int>& open,
                           const MethodTable::Streaming* method,
                           const absl::StatusOr<Caller>& caller, const grpc::ByteBuffer& request);
  // Pulls until there is a message to write or nothing to say.
  void Pull();

 private:
  absl::Status Open(const MethodTable::Streaming* method, const absl::StatusOr<Caller>& caller,
                    const grpc::ByteBuffer& request);
  void Wake();
  // Whether what is in out_ may wait for what is at hand after it.
  bool HoldBack(bool more);
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  // Destroys the stream and ends the call, once. Gives up the lock.
  void End(std::unique_lock<std::mutex> lock, const grpc::Status& status);

  StreamPuller& puller_;
  std::atomic<int>& open_;
  std::shared_ptr<StreamCall> self_;
  std::unique_ptr<MessageStream> stream_;  // Used by who has set pulling_, or by End.
  grpc::ByteBuffer out_;                   // The message that is being written.
  size_t held_back_ = 0;                   // Bytes that gRPC need not have sent yet.
  bool begun_ = false;  // A first message was written: gRPC would hold back the headers with it.

  std::mutex mutex_;
  bool pulling_ = true;  // Somebody is in Next; at first, in the factory.
  bool writing_ = false;
  bool queued_ = false;
  bool woken_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace overgang::grpc_internal
