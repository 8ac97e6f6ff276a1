// Reports and invoices as sheets, in bokmål. Pure.
#pragma once

#include "app/cli/sheet.h"
#include "overgang/v1/report_service.pb.h"

namespace overgang::cli {

// A row of the answer each, its keys first.
Sheet SheetOf(const v1::GetReportRequest& request, const v1::GetReportResponse& response);
// A row for each period of a stay and each price in it, and their sum.
Sheet SheetOf(const v1::GetPaymentRequest& request, const v1::GetPaymentResponse& response);

}  // namespace overgang::cli
