#include "producers/hl7v2/mllp_frame.h"

#include <algorithm>

namespace overgang::hl7v2 {

void MllpDecoder::Start() {
  state_ = State::kInside;
  frame_bytes_ = 0;
  buffer_.clear();
}

void MllpDecoder::Trim() {
  if (state_ == State::kOutside && buffer_.capacity() > kIdleBufferBytesMax)
    std::string().swap(buffer_);
}

void MllpDecoder::Keep(std::string_view bytes) {
  frame_bytes_ += bytes.size();
  buffer_.append(bytes.substr(0, std::min(bytes.size(), message_bytes_max_ - buffer_.size())));
}

Frame MllpDecoder::Finish(FrameEvent event) {
  state_ = State::kOutside;
  if (event == FrameEvent::kMessage && frame_bytes_ > message_bytes_max_)
    event = FrameEvent::kTooLarge;
  return {event, buffer_};
}

Frame MllpDecoder::Next(std::string_view& input) {
  while (!input.empty()) {
    if (state_ == State::kOutside) {
      const size_t start = std::min(input.find(kFrameStart), input.size());
      counts_.junk_bytes += start;
      input.remove_prefix(start);
      if (input.empty()) break;
      input.remove_prefix(1);
      Start();
      continue;
    }
    if (state_ == State::kAfterEnd) {
      if (input.front() != kFrameEndReturn)
        return Finish(FrameEvent::kBadEnd);  // The byte may start the next frame.
      input.remove_prefix(1);
      return Finish(FrameEvent::kMessage);
    }
    std::string_view body = input.substr(0, input.find(kFrameEnd));
    // The last 0x0B before the end is where the message begins.
    if (const size_t again = body.rfind(kFrameStart); again != body.npos) {
      ++counts_.restarts;
      input.remove_prefix(again + 1);
      body.remove_prefix(again + 1);
      Start();
    }
    Keep(body);
    input.remove_prefix(body.size());
    if (!input.empty()) {
      input.remove_prefix(1);
      state_ = State::kAfterEnd;
    } else if (frame_bytes_ > frame_bytes_max_) {
      return Finish(FrameEvent::kEndless);
    }
  }
  return {};
}

std::string_view MllpDecoder::Abandon() {
  if (state_ == State::kOutside) return {};
  state_ = State::kOutside;
  return buffer_;
}

void AppendFrame(std::string_view payload, std::string& out) {
  out += kFrameStart;
  out += payload;
  out += kFrameEnd;
  out += kFrameEndReturn;
}

}  // namespace overgang::hl7v2
