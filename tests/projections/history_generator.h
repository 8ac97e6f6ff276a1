// Histories of one or two persons, realistic and nasty, each made of a seed alone: the same seed,
// the same history, on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/payment_terms.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::testing {

struct History {
  std::vector<v1::Envelope> facts;
  PaymentTerms terms = PaymentTerms::BuiltIn();
  absl::Time now;  // Not before any fact.
};

History MakeHistory(uint64_t seed);

// One fact a line, in order of occurrence, for who has to look into a difference.
std::string Readable(const History& history);

}  // namespace overgang::testing
