// The basis of an invoice: for each period of a stay with payable days, which days, at which price,
// and why. Reads rows: call it on a worker's thread. Errors: INVALID_ARGUMENT with its field,
// NOT_FOUND (no such stay, or not the caller's), FAILED_PRECONDITION (a payable day without a
// price), RESOURCE_EXHAUSTED (too many lines), the store's.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "consumers/report/report_query.h"
#include "core/payment_terms.h"
#include "overgang/v1/report_service.pb.h"

namespace overgang::report {

inline constexpr size_t kPaymentLinesMax = 50'000;  // In one answer, some 20 MiB.

struct PaymentQuery {
  ScopeRef scope;             // Of lines: the kommune that pays and the hospital.
  std::string kommune = {};   // That pays; empty: all.
  std::string hospital = {};  // Empty: all.
  Days days = {};
  std::string stay_id = {};              // Empty: all.
  std::vector<v1::Sector> sectors = {};  // Empty: all.
};

// PERMISSION_DENIED where it names what is not the scope's own.
absl::StatusOr<PaymentQuery> QueryOf(const v1::GetPaymentRequest& request, ScopeRef scope);

// The whole answer but as_of.
absl::StatusOr<v1::GetPaymentResponse> PaymentBasis(const ReportAt& at, const PaymentQuery& query,
                                                    const PaymentTerms& terms);

}  // namespace overgang::report
