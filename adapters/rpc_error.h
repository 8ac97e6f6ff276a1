// A status as clients of both transports get it: google.rpc.Status with the place and the remedy as
// details. gRPC sends it as grpc-status-details-bin, HTTP as Connect's error JSON. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace overgang {

// A field becomes a BadRequest, a field or a remedy an ErrorInfo (domain "overgang.v1", metadata
// "field", "remedy").
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace overgang
