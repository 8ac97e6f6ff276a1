// What payable days cost. Pure. Errors: FAILED_PRECONDITION where a day's year has no price.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/report/report_query.h"
#include "core/payment_terms.h"

namespace overgang::report {

// By year, each day at the price of its own. Nobody pays for kommune 9999: its days cost nothing.
absl::StatusOr<std::vector<v1::PricedDays>> Price(const Days& days, std::string_view payer,
                                                  const PaymentTerms& terms);

}  // namespace overgang::report
