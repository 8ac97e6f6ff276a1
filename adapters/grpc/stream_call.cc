#include "adapters/grpc/stream_call.h"

#include <utility>

#include "adapters/grpc/grpc_server.h"
#include "adapters/grpc/messages.h"

namespace overgang::grpc_internal {

StreamPuller::StreamPuller() : thread_([this] { Run(); }) {}

StreamPuller::~StreamPuller() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StreamPuller::Post(std::shared_ptr<StreamCall> call) {
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(call));
  changed_.notify_one();
}

void StreamPuller::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    std::deque<std::shared_ptr<StreamCall>> woken = std::exchange(queue_, {});
    lock.unlock();
    for (const std::shared_ptr<StreamCall>& call : woken) call->Pull();
    woken.clear();
    lock.lock();
  }
}

StreamCall* StreamCall::Start(StreamPuller& puller, std::atomic<int>& open,
                              const MethodTable::Streaming* method,
                              const absl::StatusOr<Caller>& caller,
                              const grpc::ByteBuffer& request) {
  auto call = std::make_shared<StreamCall>(puller, open);
  call->self_ = call;
  const bool too_many = ++open > kGrpcStreamsMax;
  absl::Status status = too_many ? absl::ResourceExhaustedError(
                                       "too many streams are open; close some, or try another hub")
                                 : call->Open(method, caller, request);
  std::unique_lock lock(call->mutex_);
  call->pulling_ = false;
  if (!status.ok() || call->cancelled_) {
    call->End(std::move(lock), status.ok() ? grpc::Status::CANCELLED : ToGrpcStatus(status));
  } else {
    lock.unlock();
    call->Pull();
  }
  return call.get();  // Alive: OnDone cannot come before gRPC has been given the call.
}

absl::Status StreamCall::Open(const MethodTable::Streaming* method,
                              const absl::StatusOr<Caller>& caller,
                              const grpc::ByteBuffer& request) {
  if (!caller.ok()) return caller.status();
  if (method == nullptr) return absl::UnimplementedError("this hub does not serve this method yet");
  std::unique_ptr<google::protobuf::Message> message(method->request_prototype->New());
  if (absl::Status status = Decode(request, *message); !status.ok()) return status;
  auto stream = method->open(*caller, *message, [weak = weak_from_this()] {
    if (std::shared_ptr<StreamCall> call = weak.lock()) call->Wake();
  });
  if (!stream.ok()) return stream.status();
  stream_ = *std::move(stream);
  return absl::OkStatus();
}

void StreamCall::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  // Whoever pulls or finishes a write looks again.
  if (pulling_ || writing_ || queued_ || ended_) return;
  queued_ = true;
  puller_.Post(shared_from_this());
}

void StreamCall::Pull() {
  std::unique_lock lock(mutex_);
  queued_ = false;
  if (pulling_ || writing_ || ended_) return;
  pulling_ = true;
  for (;;) {
    woken_ = false;
    lock.unlock();
    absl::StatusOr<StreamStep> step = stream_->Next();
    const bool has_message = step.ok() && step->message != nullptr;
    absl::Status encoded = has_message ? Encode(*step, out_) : absl::OkStatus();
    lock.lock();
    if (cancelled_ || !step.ok() || !encoded.ok() || (step->end && !has_message)) {
      pulling_ = false;
      const absl::Status status = step.ok() ? encoded : step.status();
      return End(std::move(lock), cancelled_ ? grpc::Status::CANCELLED : ToGrpcStatus(status));
    }
    if (has_message) {
      pulling_ = false;
      writing_ = true;
      lock.unlock();
      StartWrite(&out_, HoldBack(step->more) ? grpc::WriteOptions().set_buffer_hint()
                                             : grpc::WriteOptions());
      return;
    }
    if (woken_) continue;
    pulling_ = false;
    return;
  }
}

bool StreamCall::HoldBack(bool more) {
  held_back_ += out_.Length();
  const bool hold = more && begun_ && held_back_ < kTogetherBytesMax;
  begun_ = true;
  if (!hold) held_back_ = 0;
  return hold;
}

void StreamCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  if (!ok || cancelled_) return End(std::move(lock), grpc::Status::CANCELLED);
  lock.unlock();
  Pull();
}

void StreamCall::OnCancel() {
  std::unique_lock lock(mutex_);
  cancelled_ = true;
  // Who pulls sees it; a write under way fails and ends the call.
  if (!pulling_ && !writing_) End(std::move(lock), grpc::Status::CANCELLED);
}

void StreamCall::End(std::unique_lock<std::mutex> lock, const grpc::Status& status) {
  if (std::exchange(ended_, true)) return;
  const std::shared_ptr<StreamCall> alive =
      shared_from_this();  // Finish may bring OnDone on another thread at once.
  std::unique_ptr<MessageStream> stream = std::move(stream_);
  lock.unlock();
  stream.reset();
  Finish(status);
}

void StreamCall::OnDone() {
  --open_;
  self_.reset();
}

}  // namespace overgang::grpc_internal
