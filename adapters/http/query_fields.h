// Fills a request message from a URL's query:
// ?kommune=5001&state=STAY_STATE_UKP&kommuner=5001,5031. Pure function.
//
// A parameter is a field's name, as in the proto or in lowerCamelCase; a repeated field takes
// several values with commas between; enum values go by name. Messages as fields are not taken.
// INVALID_ARGUMENT names the parameter.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace overgang::http {

[[nodiscard]] absl::Status FillFromQuery(std::string_view query,
                                         google::protobuf::Message& request);

}  // namespace overgang::http
