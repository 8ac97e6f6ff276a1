// Who comes to the region's hospital, one stay after another, each told to its end. Pure; the same
// arguments, the same stays. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "producers/simulator/messages.h"
#include "producers/simulator/random.h"
#include "producers/simulator/region.h"
#include "producers/simulator/stay.h"

namespace overgang::simulator {

class Arrivals {
 public:
  // `start` is when the run begins, which tells runs apart; stays begin after `after`. `region`
  // must outlive this and every stay.
  Arrivals(const SimRegion& region, uint64_t seed, absl::Time start, absl::Time after);

  absl::Time NextAt() const { return next_at_; }
  Stay Next();

  double admissions_per_day() const { return admissions_per_day_; }
  const RunTag& tag() const { return tag_; }

 private:
  struct Former {
    absl::Time since;
    Person person;
  };

  absl::Time ArrivalAfter(absl::Time after);
  double MeanStayDays(v1::Sector sector) const;
  Person Newcomer(Random& random, v1::Sector sector, absl::Time at);
  void ChooseKommune(Random& random, Stay& stay);

  const SimRegion& region_;
  const uint64_t seed_;
  const absl::Time start_;
  RunTag tag_;
  Random random_;  // Of the times only; every stay has its own.
  double admissions_per_day_ = 0;
  std::vector<double> ward_weights_;  // Admissions by ward.
  std::vector<double> kommune_weights_;
  int64_t stays_ = 0;
  std::deque<Former> former_;  // Discharged persons, who may come back.
  absl::Time next_at_;
};

}  // namespace overgang::simulator
