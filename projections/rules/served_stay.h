// A stay as served: what depends on now and on prices' agreements, filled in from its entry. Pure.
#pragma once

#include "core/payment_terms.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/pathway/stay.h"

namespace overgang::projections {

// Fills in, once, stay_kommune, STAY_FLAG_MOVED, ukp_since, the answer, ukp_periods, payable_days,
// overliggerdogn and deadlines, and ids of facts where `trace` is given.
void FillDerived(const StayEntry& entry, const PaymentTerms& terms, int64_t now_us, v1::Stay* stay,
                 const StayTrace* trace = nullptr);

// One period with its payable days.
v1::UkpPeriod ServedPeriod(const StayEntry& entry, size_t period, const PaymentTerms& terms,
                           int64_t now_us, const StayTrace* trace = nullptr);

// What one side would say is payable: the hospital counts a notice from when it was sent, received
// or not; the kommune from when it was received.
v1::PaymentView ViewOf(v1::PaymentView::Side side, const StayEntry& entry,
                       const PaymentTerms& terms, int64_t now_us);

}  // namespace overgang::projections
