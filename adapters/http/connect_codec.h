// The Connect protocol's unary form: requests, responses and errors as JSON or as protobuf's own
// bytes. Pure functions.
//
// Errors found in a request name the field and never repeat its value, which may be personal data.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/http/exchange.h"
#include "google/protobuf/message.h"

namespace overgang::http {

enum class Encoding { kJson, kProto };

// From a content type; UNIMPLEMENTED (HTTP 415) names those that are taken.
absl::StatusOr<Encoding> EncodingOf(std::string_view content_type);

// Unknown fields are errors.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> DecodeRequest(
    const google::protobuf::Message& prototype, Encoding encoding, std::string_view body);

// lowerCamelCase names; numbers that are 0 and empty strings are written, so that a reader sees a
// count of 0.
absl::StatusOr<std::string> EncodeJson(const google::protobuf::Message& message);
Response EncodeResponse(const google::protobuf::Message& message, Encoding encoding);

// {"code", "message", "details"}.
std::string ErrorJson(const absl::Status& status);
// The same with HTTP's own status for the code.
Response ErrorResponse(const absl::Status& status);
// With another status, where HTTP says it better than the code does (405, 413, 415, 431).
Response ErrorResponse(unsigned http_status, const absl::Status& status);

// Connect-Timeout-Ms: up to ten digits; "" is no limit.
absl::StatusOr<absl::Duration> ParseTimeout(std::string_view connect_timeout_ms);

}  // namespace overgang::http
