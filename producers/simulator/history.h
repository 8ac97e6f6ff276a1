// A period of the simulated region as a file of history (docs/import.md): a line for every stay
// that began in it, the way things stood at its end. Pure; the same options, the same bytes. One
// thread.
//
// Beside what the messages of a live run say, history knows receipts of notices, reports and what
// the kommune did before.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "absl/time/civil_time.h"
#include "producers/simulator/arrivals.h"
#include "producers/simulator/random.h"
#include "producers/simulator/region.h"

namespace overgang::simulator {

struct HistoryOptions {
  uint64_t seed = 1;
  absl::CivilDay from;  // Oslo dates; the end is exclusive.
  absl::CivilDay to;
};

class History {
 public:
  History(SimRegion region, const HistoryOptions& options);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // The names of the columns; ends in a line feed, as every line.
  static std::string Header();
  // False: there is no other.
  bool Next(std::string* line);

 private:
  const SimRegion region_;
  const uint64_t seed_;
  const absl::Time from_, to_;
  Arrivals arrivals_;
  std::deque<std::string> ready_;
};

}  // namespace overgang::simulator
