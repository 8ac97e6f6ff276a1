// The files of a mail: every number as CSV, and as a workbook with the tables of the mail. Pure.
// Errors: UNAVAILABLE where there is no room for temporary files.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "consumers/daily_status/edition.h"
#include "consumers/daily_status/mail_page.h"

namespace overgang::daily_status {

absl::StatusOr<std::vector<MailFile>> FilesOf(const MailPage& page, const Words& words,
                                              const Directory& directory);

}  // namespace overgang::daily_status
