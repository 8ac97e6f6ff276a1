// What the mails are made by: mustache templates and words in bokmål and nynorsk. They are built
// into the program; an operator copies the files that are to be otherwise into a folder and changes
// them there. Immutable.
//
// Errors: INVALID_ARGUMENT with every mistake, one a line: "mail/status.html:12: {{upk}}: no such
// name; did you mean {{ukp}}?".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overgang::daily_status {

class Templates {
 public:
  // The built-in ones.
  static const std::shared_ptr<const Templates>& BuiltIn();
  // The files of `folder`, and the built-in ones for those that it has not. Proven: every name that
  // a template uses is one that a status has, and every text that one needs is there.
  static absl::StatusOr<std::shared_ptr<const Templates>> Load(const std::string& folder);

 private:
  std::map<std::string, std::string, std::less<>> files_;  // By name: bytes.
};

}  // namespace overgang::daily_status
