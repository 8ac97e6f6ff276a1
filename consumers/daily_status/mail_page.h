// A mail's content as its templates have it. Pure. Errors: INVALID_ARGUMENT where the fact cannot
// be read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "consumers/daily_status/edition.h"
#include "consumers/daily_status/page.h"

namespace overgang::daily_status {

struct MailPage {
  v1::DailyStatusIssued status;  // With the corrections in it.
  Scope scope;
  std::string name;  // Of the scope.
  std::string subject;
  mustache::Object data;
  std::vector<Section> sections;
  bool has_picture = false;
};

absl::StatusOr<MailPage> BuildPage(const v1::DailyStatusIssued& status,
                                   const EditionOptions& options, const Templates& templates,
                                   const Directory& directory);

// "trend.k5001.2026-03-02@overgang": the Content-ID of the picture of a status.
std::string PictureId(const v1::DailyStatusIssued& status);

// Whether the templates name nothing that a mail does not have.
absl::Status Prove(const Templates& templates);

}  // namespace overgang::daily_status
