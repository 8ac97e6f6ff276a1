// What is needed of a period to run rules over it again: when patients were utskrivningsklare, as
// known now; what was reported of beds, places and the emergency department, as it was reported;
// and the levels and cards that there were. Reads rows and two topics of the log, so call it on a
// worker's thread. Errors: the store's, the log's; CANCELLED soon after `stop`.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/escalation/measure.h"
#include "core/event_log.h"
#include "projections/views.h"

namespace overgang::escalation {

// More or fewer utskrivningsklare from a time on.
struct StayStep {
  int64_t at_us = 0;
  uint32_t hospital = 0;  // Of Past::hospitals.
  int8_t ukp = 0;
  int8_t ukp_over_24h = 0;
};

struct CardIssued {
  int64_t at_us = 0;
  std::string scope;
  std::string template_id;
  Level level = v1::ESCALATION_LEVEL_UNSPECIFIED;
};

struct Past {
  std::vector<std::string> hospitals;
  std::vector<StayStep> steps;                                   // By time.
  std::vector<std::shared_ptr<const v1::Envelope>> reports;      // By time; all until the end.
  std::vector<std::shared_ptr<const v1::LevelChanged>> changes;  // Those that count, as in the log.
  std::vector<CardIssued> cards;                                 // Each once, as in the log.
};

// Of these hospitals, until `to_us`; steps before `from_us` are put together at `from_us`.
absl::StatusOr<Past> ReadPast(const projections::Epoch& epoch, EventLog& log,
                              std::vector<std::string> hospitals, int64_t from_us, int64_t to_us,
                              const std::stop_token& stop);

}  // namespace overgang::escalation
