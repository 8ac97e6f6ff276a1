// What a stay's payable days rest on, in bokmål for a terminal: the hospital's and the kommune's
// accounts side by side, and the facts. One thread.
#pragma once

#include "absl/time/civil_time.h"
#include "app/cli/output.h"
#include "overgang/v1/report_service.pb.h"

namespace overgang::cli {

// Both sides' accounts of the whole stay, the hospital's first. Nothing where there are not two.
// Dates show their year where it is not that of `near`.
void PrintAccounts(const google::protobuf::RepeatedPtrField<v1::PaymentView>& views,
                   absl::CivilDay near, const Output& output);

// Those of a stay's facts that payment asks for, in their order. Nothing where there are none.
void PrintPaymentFacts(const google::protobuf::RepeatedPtrField<v1::PathwayEntry>& facts,
                       const Output& output);

}  // namespace overgang::cli
