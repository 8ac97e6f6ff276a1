// One simulated stay as history knows it: what was true at a time, without what was taken back, and
// with what no message of a live run says. Pure; the same random numbers, the same past.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "producers/simulator/random.h"
#include "producers/simulator/region.h"
#include "producers/simulator/stay.h"

namespace overgang::simulator {

using MaybeTime = std::optional<absl::Time>;

struct PastAnswer {
  absl::Time at;
  bool can_receive = false;
  std::optional<absl::CivilDay> from;
};

struct PastUkp {
  absl::Time declared;
  MaybeTime notice_sent, notified, withdrawn;
  std::vector<PastAnswer> answers;
};

struct PastStay {
  std::string hospital;
  std::string visit;
  std::string ward;
  std::string stay_kommune;
  std::string services_before;  // "none", "some", "extensive"; empty: not told.
  absl::Time admitted;
  MaybeTime moved;
  std::string moved_kommune;
  MaybeTime need_clear, notice_sent, notified, report, expected, epikrise, discharged, died;
  bool dead = false;
  bool to_specialist_care = false;
  std::vector<PastUkp> ukp;
};

inline constexpr size_t kPastUkpMax = 3;      // Of one stay.
inline constexpr size_t kPastAnswersMax = 2;  // Of one period.

// The stay as it stood at `until`, and before it the one at another hospital of the region from
// which the patient was sent on, where there was one. None where the admission was taken back.
std::vector<PastStay> TellPast(const SimRegion& region, const Stay& stay, absl::Time until,
                               Random& random);

}  // namespace overgang::simulator
