// Facts as a year brings them: thousands of stays open at a time, 15 facts a stay from ADT and PLO,
// each fact of another stay than the one before. The same seed, the same facts.
//
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "overgang/v1/envelope.pb.h"
#include "producers/simulator/random.h"

namespace overgang::bench {

inline constexpr int kFactsOfStay = 15;
inline constexpr int kOpenStays = 5'000;

class FactStream {
 public:
  explicit FactStream(int open_stays = kOpenStays, uint64_t seed = 1);

  // Valid until the next call. About 150 bytes.
  const v1::Envelope& Next();
  // The first fact of a stay of a person who was never here before.
  const v1::Envelope& NextAdmission();
  // One more fact, of nothing but a report sent, in the last stay of the person that was made as
  // number `person`.
  const v1::Envelope& OneMore(uint64_t person);
  // A fact of a stay of its own of a person who was never here before: its step of kFactsOfStay.
  const v1::Envelope& FactOf(uint64_t person, int step);
  uint64_t persons() const { return persons_; }

 private:
  struct OpenStay {
    uint64_t person = 0;
    int step = kFactsOfStay;  // The next one; at the end another stay begins.
    int64_t admitted_s = 0;
  };
  void Begin(OpenStay* stay);
  void Write(const OpenStay& stay, int step);
  void WriteContent(int step, int64_t now_s);

  simulator::Random random_;
  std::vector<OpenStay> open_;
  uint64_t persons_ = 0;
  uint64_t written_ = 0;
  v1::Envelope fact_;
};

// The reference of the person made as number `person`.
std::string RefOf(uint64_t person);

// Appends `count` facts to the log, a thousand at a time; returns what the log then holds.
LogEnds FillLog(EventLog& log, int64_t count);

}  // namespace overgang::bench
