#include "producers/hl7v2/mllp_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace overgang::hl7v2 {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;

// "M:text" and so on, for every event of the stream cut into pieces of `piece` bytes.
std::vector<std::string> Decode(std::string_view stream, size_t piece, MllpDecoder& decoder) {
  static constexpr std::string_view kNames[] = {"?", "M:", "B:", "L:", "E:"};
  std::vector<std::string> events;
  while (!stream.empty()) {
    std::string_view input = stream.substr(0, piece);
    stream.remove_prefix(input.size());
    while (true) {
      const Frame frame = decoder.Next(input);
      if (frame.event == FrameEvent::kNeedMore) break;
      events.push_back(std::string(kNames[static_cast<size_t>(frame.event)]) +
                       std::string(frame.payload));
    }
    EXPECT_TRUE(input.empty());
  }
  return events;
}

// One frame, and what follows it.
std::string Framed(std::string_view payload, std::string_view after = "") {
  std::string stream;
  AppendFrame(payload, stream);
  stream += after;
  return stream;
}

std::string Event(char kind, size_t letters) {
  std::string event(1, kind);
  event += ':';
  event.append(letters, 'a');
  return event;
}

struct Case {
  std::string_view name;
  std::string stream;
  std::vector<std::string> events;
  uint64_t junk = 0;
  uint64_t restarts = 0;
  bool inside = false;
};

std::vector<Case> Cases() {
  return {
      {"One", "\x0bHI\x1c\r", {"M:HI"}},
      {"Two", "\x0bHI\x1c\r\x0bHO\x1c\r", {"M:HI", "M:HO"}},
      {"Empty", "\x0b\x1c\r", {"M:"}},
      {"JunkBefore", "xyz\x0bHI\x1c\r", {"M:HI"}, 3},
      {"JunkBetween", "\x0bHI\x1c\r\n\n\x0bHO\x1c\r", {"M:HI", "M:HO"}, 2},
      {"OnlyJunk", "\x1c\r\x1c\rMSH|", {}, 8},
      {"CarriageReturnsInside",
       "\x0b"
       "A\rB\r\x1c\r",
       {"M:A\rB\r"}},
      {"WrongByteAfterEnd", "\x0bHI\x1cX\x0bHO\x1c\r", {"B:HI", "M:HO"}, 1},
      {"LineFeedAfterEnd", "\x0bHI\x1c\n", {"B:HI"}, 1},
      {"StartAfterEnd", "\x0bHI\x1c\x0bHO\x1c\r", {"B:HI", "M:HO"}},
      {"EndAfterEnd", "\x0bHI\x1c\x1c\r", {"B:HI"}, 2},
      {"StartsOver", "\x0bHI\x0bHO\x1c\r", {"M:HO"}, 0, 1},
      {"NotEnded", "\x0bHI", {}, 0, 0, true},
      {"EndNotFinished", "\x0bHI\x1c", {}, 0, 0, true},
      {"ZeroBytes", "\x0b\0\0\x1c\r"s, {"M:\0\0"s}},
      {"ExactlyTheLimit", Framed(std::string(10, 'a')), {Event('M', 10)}},
      {"OverTheLimit", Framed(std::string(11, 'a'), "\x0bHO\x1c\r"), {Event('L', 10), "M:HO"}},
      {"StartsOverWithinTooLarge", Framed(std::string(15, 'a') + "\x0bHO"), {"M:HO"}, 0, 1},
  };
}

TEST(MllpDecoder, ReadsFramesHoweverTheyAreCut) {
  for (const Case& c : Cases()) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, c.stream.size()}) {
      SCOPED_TRACE(std::string(c.name) + " in pieces of " + std::to_string(piece));
      MllpDecoder decoder(10);
      EXPECT_EQ(Decode(c.stream, piece, decoder), c.events);
      EXPECT_EQ(decoder.counts().junk_bytes, c.junk);
      EXPECT_EQ(decoder.counts().restarts, c.restarts);
      EXPECT_EQ(decoder.inside_frame(), c.inside);
    }
  }
}

TEST(MllpDecoder, GivesUpAFrameWithoutEnd) {
  MllpDecoder decoder(10, 100);
  std::string stream(102, 'a');
  stream.front() = kFrameStart;
  EXPECT_THAT(Decode(stream, stream.size(), decoder), ElementsAre(Event('E', 10)));
  EXPECT_FALSE(decoder.inside_frame());
}

TEST(MllpDecoder, AbandonGivesWhatHadComeAndStartsAnew) {
  MllpDecoder decoder;
  EXPECT_THAT(Decode("\x0bHALF", 100, decoder), IsEmpty());
  EXPECT_EQ(decoder.Abandon(), "HALF");
  EXPECT_EQ(decoder.Abandon(), "");
  EXPECT_THAT(Decode("\x0bHI\x1c\r", 100, decoder), ElementsAre("M:HI"));
}

TEST(MllpDecoder, TrimmingBetweenFramesChangesNothing) {
  MllpDecoder decoder;
  const std::string large(1 << 18, 'a');
  EXPECT_THAT(Decode(Framed(large), 1 << 16, decoder), ElementsAre("M:" + large));
  decoder.Trim();
  std::string_view half = "\x0bHI";
  decoder.Next(half);
  decoder.Trim();  // Within a frame: nothing is lost.
  EXPECT_THAT(Decode("\x1c\r", 10, decoder), ElementsAre("M:HI"));
}

TEST(MllpDecoder, WhatIsAppendedIsDecoded) {
  std::string stream;
  AppendFrame("MSH|1", stream);
  AppendFrame("", stream);
  MllpDecoder decoder;
  EXPECT_THAT(Decode(stream, 4, decoder), ElementsAre("M:MSH|1", "M:"));
}

// However random bytes are cut, the events are the same: the decoder keeps no state about where its
// input ended.
TEST(MllpDecoder, EventsDoNotDependOnTheCuts) {
  std::mt19937 random(7);
  static constexpr char kAlphabet[] = {kFrameStart, kFrameEnd,   kFrameEndReturn, 'a',
                                       'b',         kFrameStart, kFrameEnd,       kFrameEndReturn};
  for (int round = 0; round < 5000; ++round) {
    std::string stream;
    const size_t size = random() % 60;
    for (size_t i = 0; i < size; ++i) stream += kAlphabet[random() % sizeof(kAlphabet)];
    MllpDecoder whole(5, 1000), cut(5, 1000);
    EXPECT_EQ(Decode(stream, stream.size() + 1, whole), Decode(stream, 1 + random() % 5, cut))
        << round;
    EXPECT_EQ(whole.counts().junk_bytes, cut.counts().junk_bytes);
  }
}

}  // namespace
}  // namespace overgang::hl7v2
