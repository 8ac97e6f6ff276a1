// The files of the access log, read: which there are, what a line is, and the entries that somebody
// asks for. Private to this folder. Pure but for the files; any thread, also while they are being
// written: a line that is not whole yet is not there yet.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang {

std::string AccessFile(const std::string& folder, absl::CivilDay date);
// Of the files that there are; sorted.
std::vector<absl::CivilDay> AccessDates(const std::string& folder);
// JSON, with its line feed.
std::string AccessLine(const v1::AccessEntry& entry);

absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLines(const std::string& folder,
                                                          const v1::ReadAccessLogRequest& request);

}  // namespace overgang
