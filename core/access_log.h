// The access log: who was told of which patients. A port; MethodTable writes to it before a read of
// patients' data is answered, and a read that cannot be written is refused.
//
// Only ever appended to. Holds references, codes and counts, never numbers of persons nor what was
// told.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang {

class AccessLog {
 public:
  using Done = std::function<void(absl::Status)>;
  virtual ~AccessLog() = default;
  // Calls `done` once, from any thread and maybe before it returns: OK when the entry is where no
  // crash takes it. Fills in the time. Thread-safe.
  virtual void Write(v1::AccessEntry entry, Done done) = 0;
  // Everything of the answer but as_of. Blocks: on a worker's thread. INVALID_ARGUMENT names the
  // field.
  virtual absl::StatusOr<v1::ReadAccessLogResponse> Read(
      const v1::ReadAccessLogRequest& request) const = 0;
};

// How entries are filled.

// A value of the request that tells what was asked for. Whatever could be a person's number, or no
// code at all, is left out: a caller may have typed it into any field.
void AddAsked(std::string_view name, std::string_view value, v1::AccessEntry* entry);
// A stay that is told of.
void AddTold(std::string_view stay_id, std::string_view patient_ref, std::string_view kommune,
             std::string_view hospital, v1::AccessEntry* entry);

}  // namespace overgang
