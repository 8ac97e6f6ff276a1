#include "producers/hl7v2/mllp_connection.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <limits>
#include <utility>

#include "core/uuid.h"
#include "producers/hl7v2/adt_map.h"

namespace overgang::hl7v2 {

namespace asio = boost::asio;

namespace {
constexpr std::string_view kFormat = "hl7v2";
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr size_t kCountersMax =
    1000;  // Facilities x events x outcomes of one connection; then they are looked up anew.
}  // namespace

MllpShared::MllpShared(MllpOptions options_in, MllpParts parts_in)
    : options(std::move(options_in)),
      parts(parts_in),
      control_id_prefix("OG" + RandomUuid().substr(0, 8)),
      connections(parts.metrics.Gauge("overgang_mllp_connections", "Open MLLP connections")),
      connections_refused(parts.metrics.Counter("overgang_mllp_connections_refused_total",
                                                "Closed because there were too many")),
      junk_bytes(parts.metrics.Counter("overgang_mllp_junk_bytes_total", "Bytes outside frames")),
      restarts(parts.metrics.Counter("overgang_mllp_frame_restarts_total",
                                     "A frame began inside another")),
      kommune_not_stated(parts.metrics.Counter("overgang_hl7v2_kommune_not_stated_total",
                                               "Admissions without a kommune")),
      not_synthetic(
          parts.metrics.Counter("overgang_hl7v2_not_synthetic_numbers_total",
                                "National numbers in a test environment that are not synthetic")),
      ack_latency(parts.metrics.Latency("overgang_mllp_ack_seconds",
                                        "From the last byte of a message to its answer")) {}

std::string MllpShared::NextControlId() {
  return control_id_prefix + std::to_string(++control_ids);
}

void MllpShared::SetStoring(const absl::Status& status) {
  if (storing.exchange(status.ok()) == status.ok()) return;
  if (status.ok()) {
    spdlog::info("mllp: the log takes messages again");
  } else {
    spdlog::error("mllp: the log takes no messages, senders are told to send again: {}",
                  status.ToString());
  }
}

MllpConnection::MllpConnection(asio::ip::tcp::socket socket, std::shared_ptr<MllpShared> shared,
                               std::function<void(MllpConnection*)> closed)
    : socket_(std::move(socket)),
      shared_(std::move(shared)),
      closed_(std::move(closed)),
      decoder_(shared_->options.message_bytes_max, shared_->options.frame_bytes_max),
      deadline_ns_(kNever) {}

void MllpConnection::Start() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    self->socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto peer = self->socket_.remote_endpoint(ignored);
    self->peer_ = peer.address().to_string() + ":" + std::to_string(peer.port());
    self->Pump();
  });
}

void MllpConnection::StopWhenIdle() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (!self->in_flight_) self->Close();
  });
}

void MllpConnection::Abort() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->Close(); });
}

void MllpConnection::CheckDeadline(Clock::time_point now) {
  if (now.time_since_epoch().count() < deadline_ns_.load(std::memory_order_relaxed)) return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->OnOverdue(); });
}

void MllpConnection::SetDeadline(absl::Duration from_now) {
  deadline_ns_ = (Clock::now() + absl::ToChronoNanoseconds(from_now)).time_since_epoch().count();
}

void MllpConnection::OnOverdue() {
  if (is_closed_ || Clock::now().time_since_epoch().count() < deadline_ns_) return;
  deadline_ns_ = kNever;
  if (writing_) {
    spdlog::warn("mllp: {} does not take its answer; closed", peer_);
    return Close();
  }
  hanging_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);  // OnRead goes on from here.
}

void MllpConnection::Read() {
  if (!decoder_.inside_frame()) {
    frame_timed_ = false;
    SetDeadline(shared_->options.idle_timeout);
  } else if (!frame_timed_) {
    frame_timed_ = true;
    SetDeadline(shared_->options.frame_timeout);
  }
  socket_.async_read_some(
      asio::buffer(read_),
      [self = shared_from_this()](const auto& error, size_t size) { self->OnRead(error, size); });
}

void MllpConnection::OnRead(const boost::system::error_code& error, size_t size) {
  if (is_closed_) return;
  if (!error && !hanging_) {
    input_ = {read_.data(), size};
    return Pump();
  }
  const std::string_view part = decoder_.Abandon();
  if (part.empty()) return Close();
  HandleBroken(part, "frame_not_ended",
               hanging_ ? "the frame was not ended in time; end each message with 0x1C 0x0D"
                        : "the connection ended within a message; send it again",
               true);
}

// Decodes until a message is in flight or the input is used up.
void MllpConnection::Pump() {
  while (true) {
    if (stopping_) return Close();
    const Frame frame = decoder_.Next(input_);
    CountFrames();
    if (frame.event == FrameEvent::kNeedMore) return Read();
    frame_timed_ = false;
    if (Handle(frame)) return;
  }
}

bool MllpConnection::Handle(const Frame& frame) {
  switch (frame.event) {
    case FrameEvent::kNeedMore:
      return false;
    case FrameEvent::kMessage:
      return HandleMessage(frame.payload);
    case FrameEvent::kBadEnd:
      return HandleBroken(frame.payload, "bad_frame_end",
                          "0x1C was not followed by 0x0D; end each message with both", false);
    case FrameEvent::kTooLarge:
      return HandleBroken(frame.payload, "too_large",
                          "the message is larger than is taken; send a smaller one", false);
    case FrameEvent::kEndless:
      return HandleBroken(frame.payload, "endless_frame",
                          "the frame does not end; end each message with 0x1C 0x0D", true);
  }
  return false;
}

bool MllpConnection::HandleMessage(std::string_view payload) {
  received_ = Clock::now();
  const std::shared_ptr<const Directory> directory = shared_->parts.directory.Get();
  const AdtResult result = ReadAdt(
      payload, {*directory, shared_->parts.pseudonymizer, shared_->options.environment}, message_);
  facility_ = result.facility;
  trigger_ = result.trigger;
  unanswered_ = false;
  if (result.is_acknowledgement) {
    Count("acknowledgement");
    return false;
  }
  in_flight_ = true;
  deadline_ns_ = kNever;  // The log answers each append.
  if (result.refusal) {
    spdlog::warn("mllp: refused a message of {}: {} at {}", facility_.empty() ? peer_ : facility_,
                 result.refusal->refusal.code, result.refusal->refusal.place);
    Answer answer = Refused(*result.refusal);
    if (payload.empty()) {  // Nothing to keep.
      OnStored(absl::OkStatus(), answer, "refused");
    } else {
      shared_->parts.writer.Park(kFormat, payload, result.source, result.refusal->refusal,
                                 WhenStored(answer, "refused"));
    }
    return true;
  }
  if (result.kommune_not_stated > 0)
    shared_->kommune_not_stated.Increment(result.kommune_not_stated);
  if (result.not_synthetic > 0) shared_->not_synthetic.Increment(result.not_synthetic);
  if (result.facts.empty()) {
    OnStored(absl::OkStatus(), Accepted(), "no_fact");
  } else {
    shared_->parts.writer.Append(result.facts, WhenStored(Accepted(), "stored"));
  }
  return true;
}

// A frame that is no whole message: kept as far as it came, and answered by what can be read of its
// MSH, unless that is an acknowledgement.
bool MllpConnection::HandleBroken(std::string_view payload, std::string_view code,
                                  std::string_view text, bool then_close) {
  received_ = Clock::now();
  spdlog::warn("mllp: {} from {} after {} bytes", code, peer_, payload.size());
  const std::shared_ptr<const Directory> directory = shared_->parts.directory.Get();
  const AdtResult result = ReadAdt(
      payload, {*directory, shared_->parts.pseudonymizer, shared_->options.environment}, message_);
  facility_ = result.facility;
  trigger_ = result.trigger;
  if (payload.empty()) {
    Count(code);
    if (then_close) Close();
    return then_close;
  }
  in_flight_ = true;
  unanswered_ = result.is_acknowledgement;  // Never acknowledged, broken or not.
  close_after_reply_ = then_close;
  deadline_ns_ = kNever;
  const Refusal refusal{std::string(code), "frame", std::string(text), "", ""};
  shared_->parts.writer.Park(kFormat, payload, result.source, refusal,
                             WhenStored(Unframed(text), code));
  return true;
}

// `outcome` is a literal.
FactWriter::Done MllpConnection::WhenStored(Answer answer, std::string_view outcome) {
  return [self = shared_from_this(), answer = std::move(answer),
          outcome](const absl::StatusOr<Cursor>& stored) {
    asio::post(self->socket_.get_executor(), [self, answer, outcome, status = stored.status()] {
      if (self->is_closed_) return;
      self->shared_->SetStoring(status);
      self->OnStored(status, answer, outcome);
    });
  };
}

void MllpConnection::OnStored(const absl::Status& status, const Answer& answer,
                              std::string_view outcome) {
  Count(status.ok() ? outcome : "not_stored");
  Reply(status.ok() ? answer : NotStored());
}

void MllpConnection::Reply(const Answer& answer) {
  std::string ack;
  if (!unanswered_)
    ack = BuildAck(message_, answer, shared_->parts.clock.Now(), shared_->NextControlId());
  // Who wants no acknowledgement can be told only so that this message is not stored.
  if (ack.empty() && answer.kind == AckKind::kNotStored) return Close();
  out_.clear();
  if (!ack.empty()) AppendFrame(ack, out_);
  writing_ = true;
  SetDeadline(shared_->options.write_timeout);
  asio::async_write(
      socket_, asio::buffer(out_),
      [self = shared_from_this()](const auto& error, size_t) { self->OnWritten(error); });
}

void MllpConnection::OnWritten(const boost::system::error_code& error) {
  if (is_closed_) return;
  in_flight_ = writing_ = false;
  decoder_.Trim();
  message_.Trim();
  if (out_.capacity() > kIdleBufferBytesMax) std::string().swap(out_);
  shared_->ack_latency.Observe(std::chrono::duration<double>(Clock::now() - received_).count());
  if (error || close_after_reply_) return Close();
  Pump();
}

void MllpConnection::Count(std::string_view outcome) {
  std::string key = facility_ + "|" + trigger_ + "|";
  key += outcome;
  const auto found = counters_.find(key);
  if (found != counters_.end()) return found->second->Increment();
  if (counters_.size() >= kCountersMax) counters_.clear();
  prometheus::Counter& counter = shared_->parts.metrics.Counter(
      "overgang_mllp_messages_total", "HL7 v2 messages by facility, event and what became of them",
      {{"facility", facility_.empty() ? "unknown" : facility_},
       {"event", trigger_},
       {"outcome", std::string(outcome)}});
  counters_.emplace(std::move(key), &counter);
  counter.Increment();
}

void MllpConnection::CountFrames() {
  const FrameCounts& now = decoder_.counts();
  if (now.junk_bytes != counted_.junk_bytes) {
    shared_->junk_bytes.Increment(static_cast<double>(now.junk_bytes - counted_.junk_bytes));
  }
  if (now.restarts != counted_.restarts)
    shared_->restarts.Increment(static_cast<double>(now.restarts - counted_.restarts));
  counted_ = now;
}

void MllpConnection::Close() {
  if (is_closed_) return;
  is_closed_ = true;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  closed_(this);
}

}  // namespace overgang::hl7v2
