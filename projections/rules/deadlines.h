// The deadlines of the regulation, as they run for one stay (docs/rules.md). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "projections/pathway/entry.h"

namespace overgang::projections {

inline constexpr int64_t kTidligmeldingUs = int64_t{24} * 3600 * 1'000'000;
inline constexpr int64_t kInnleggelsesrapportUs = int64_t{24} * 3600 * 1'000'000;
inline constexpr int64_t kApprecUs = int64_t{96} * 3600 * 1'000'000;
// "Straks" has no number in the regulation.
inline constexpr int64_t kAtOnceUs = int64_t{2} * 3600 * 1'000'000;

inline constexpr int kOfStay = -1;

struct DeadlineOf {
  v1::DeadlineKind kind = v1::DEADLINE_KIND_UNSPECIFIED;
  int period = kOfStay;  // Index of the stay's period that it runs in.
  int64_t started_us = 0;
  int64_t due_us = 0;
  int64_t met_us = 0;  // 0: not met.
  bool operator==(const DeadlineOf&) const = default;
};

// By kind, then period. Those that ended before they were due are left out.
std::vector<DeadlineOf> DeadlinesOf(const StayEntry& stay);

v1::DeadlineState StateAt(const DeadlineOf& deadline, int64_t now_us);
inline bool MetLate(const DeadlineOf& deadline) {
  return deadline.met_us != 0 && deadline.met_us > deadline.due_us;
}

}  // namespace overgang::projections
