// Fills a request message from a URL's query:
// ?kommune=5001&state=STAY_STATE_UKP&kommuner=5001,5031. Pure function.
//
// A parameter is a field's name, as in the proto or in lowerCamelCase; a repeated field takes
// several values with commas between; enum values go by name. The fields of a message of ours that
// is a field of the request (as a filter) are taken as the request's own. INVALID_ARGUMENT names
// the parameter.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace overgang::http {

[[nodiscard]] absl::Status FillFromQuery(std::string_view query,
                                         google::protobuf::Message& request);
// A field of the request that is a string.
void SetStringField(google::protobuf::Message& request, std::string_view field,
                    std::string_view value);

}  // namespace overgang::http
