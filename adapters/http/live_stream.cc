#include "adapters/http/live_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/http/connect_codec.h"

namespace overgang::http {
namespace {

using boost::system::error_code;

// Without a length: the stream ends where the connection does.
constexpr char kHead[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/event-stream\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Accel-Buffering: no\r\n"
    "Connection: close\r\n\r\n"
    "retry: 2000\n\n";
constexpr char kHeartbeat[] = ": still here\n\n";

absl::Status AppendEvent(const StreamStep& step, std::string* text) {
  if (step.message == nullptr) return absl::OkStatus();
  if (step.forms != nullptr) {
    absl::StrAppend(text, step.forms->ServerSentEvent());
    return absl::OkStatus();
  }
  const auto json = EncodeJson(*step.message);
  if (json.ok()) absl::StrAppend(text, "data: ", *json, "\n\n");
  return json.status();
}

std::string EndEvent(const absl::Status& status) {
  if (status.ok()) return "event: end\ndata: {}\n\n";
  return absl::StrCat("event: end\ndata: {\"error\":", ErrorJson(status), "}\n\n");
}

}  // namespace

LiveStream::LiveStream(std::shared_ptr<ServerCore> core, const Executor& executor)
    : core_(std::move(core)), executor_(executor), timer_(executor) {
  core_->peers.Add(this);
  core_->live_streams.Increment();
}

LiveStream::~LiveStream() {
  source_.reset();
  core_->live_streams.Decrement();
  core_->peers.Remove(this);
}

std::shared_ptr<LiveStream> LiveStream::Self() {
  return std::static_pointer_cast<LiveStream>(shared_from_this());
}

Wake LiveStream::MakeWake() {
  return [weak = std::weak_ptr<LiveStream>(Self())] {
    const auto self = weak.lock();
    if (self == nullptr || self->wake_pending_.exchange(true)) return;
    // Holds no owner, so that what is posted to a stopped server keeps nothing alive.
    net::post(self->executor_, [weak] {
      if (const auto woken = weak.lock()) woken->Pump();
    });
  };
}

void LiveStream::Start(std::unique_ptr<Wire> wire, std::unique_ptr<MessageStream> source) {
  wire_ = std::move(wire);
  wire_->tcp().expires_never();
  source_ = std::move(source);
  WaitForClient();
  Heartbeat();
  Write(kHead);
  if (core_->draining) CloseNow();
}

void LiveStream::Pump() {
  if (source_ == nullptr || !out_.empty() || ending_)
    return;               // When the write is done it comes back here.
  wake_pending_ = false;  // Before Next: a change from now on wakes again.
  std::string text;
  bool more = true;
  while (more && text.size() < kTogetherBytesMax) {
    absl::StatusOr<StreamStep> step = source_->Next();
    const absl::Status failed = step.ok() ? AppendEvent(*step, &text) : step.status();
    ending_ = !failed.ok() || step->end;
    if (ending_) absl::StrAppend(&text, EndEvent(failed));
    more = !ending_ && step->more;
  }
  if (!text.empty()) Write(std::move(text));
}

void LiveStream::Write(std::string text) {
  out_ = std::move(text);
  out_age_ = absl::ZeroDuration();
  net::async_write(*wire_, net::buffer(out_), [self = Self()](error_code error, size_t) {
    self->out_ = std::string();  // Frees it: an idle stream holds no message.
    if (error || self->ending_) return self->CloseNow();
    self->Pump();
  });
}

void LiveStream::WaitForClient() {
  wire_->async_read_some(net::buffer(discarded_), [self = Self()](error_code error, size_t) {
    error ? self->CloseNow() : self->WaitForClient();
  });
}

void LiveStream::Heartbeat() {
  timer_.expires_after(absl::ToChronoMilliseconds(core_->options.heartbeat));
  timer_.async_wait([self = Self()](error_code error) {
    if (error || self->source_ == nullptr) return;
    if (self->out_.empty()) {
      self->Write(kHeartbeat);
    } else {
      self->out_age_ += self->core_->options.heartbeat;
      if (self->out_age_ >= self->core_->options.write_timeout) return self->CloseNow();
    }
    self->Heartbeat();
  });
}

void LiveStream::CloseNow() {
  error_code ignored;
  timer_.cancel();
  wire_->tcp().socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
  wire_->tcp().close();
  source_.reset();
}

void LiveStream::Close(How) {
  net::post(executor_, [weak = std::weak_ptr<LiveStream>(Self())] {
    if (const auto self = weak.lock()) self->CloseNow();
  });
}

}  // namespace overgang::http
