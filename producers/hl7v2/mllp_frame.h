// MLLP framing: 0x0B payload 0x1C 0x0D. Knows bytes only, no HL7.
//
// An incremental decoder: feed it whatever came from the socket, split or joined at any byte.
// Memory is bounded by message_bytes_max however long a frame is: what goes beyond is counted and
// skipped, so that the stream stays in step. One thread. Owns its buffer; a payload it returns is
// valid until the next call of Next or Abandon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/event_log.h"

namespace overgang::hl7v2 {

inline constexpr char kFrameStart = 0x0B;
inline constexpr char kFrameEnd = 0x1C;
inline constexpr char kFrameEndReturn = 0x0D;

// An ADT message is some 1-5 kB. What is refused is kept whole as one record of the log, with room
// for the envelope around it.
inline constexpr size_t kMessageBytesMax = kRecordBytesMax - (64 << 10);
inline constexpr size_t kFrameBytesMax =
    size_t{256} << 20;  // Skipped at most, before the frame counts as endless.
inline constexpr size_t kIdleBufferBytesMax =
    64 << 10;  // A larger buffer is given back after its message.

enum class FrameEvent : uint8_t {
  kNeedMore,  // All input is used up.
  kMessage,   // A whole message.
  kBadEnd,    // 0x1C was not followed by 0x0D; the payload is what stood before it.
  kTooLarge,  // The frame ended, but was larger than message_bytes_max; the payload is its
              // beginning.
  kEndless,   // The frame passed frame_bytes_max and has no end; the connection should be closed.
};

struct Frame {
  FrameEvent event = FrameEvent::kNeedMore;
  std::string_view payload;
};

struct FrameCounts {
  uint64_t junk_bytes = 0;  // Outside frames.
  uint64_t restarts = 0;    // 0x0B inside a message: what came before it was dropped.
};

class MllpDecoder {
 public:
  explicit MllpDecoder(size_t message_bytes_max = kMessageBytesMax,
                       size_t frame_bytes_max = kFrameBytesMax)
      : message_bytes_max_(message_bytes_max), frame_bytes_max_(frame_bytes_max) {}

  // Reads on in `input` until something happened, and removes what it used.
  Frame Next(std::string_view& input);
  // The stream ended or hangs: the part of a message that had come, empty if none; the decoder is
  // outside a frame after.
  std::string_view Abandon();
  // Gives a large buffer back, where no frame is being read. What Next returned is no longer valid.
  void Trim();
  bool inside_frame() const { return state_ != State::kOutside; }
  const FrameCounts& counts() const { return counts_; }

 private:
  enum class State : uint8_t { kOutside, kInside, kAfterEnd };
  void Start();
  void Keep(std::string_view bytes);
  Frame Finish(FrameEvent event);

  size_t message_bytes_max_;
  size_t frame_bytes_max_;
  State state_ = State::kOutside;
  std::string buffer_;
  size_t frame_bytes_ = 0;  // Of this frame, those not kept included.
  FrameCounts counts_;
};

// Appends the framed payload to `out`.
void AppendFrame(std::string_view payload, std::string& out);

}  // namespace overgang::hl7v2
