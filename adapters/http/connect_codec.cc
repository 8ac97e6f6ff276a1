#include "adapters/http/connect_codec.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/rpc_error.h"
#include "core/errors.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::http {
namespace {

namespace pb = google::protobuf;

constexpr size_t kTimeoutDigitsMax = 10;  // The protocol's own limit.
constexpr size_t kFieldNameCharsMax =
    64;  // Of a name that the caller made up and an error repeats.

struct CodeNames {
  absl::StatusCode code;
  const char* connect;
  unsigned http;
};
constexpr CodeNames kCodes[] = {
    {absl::StatusCode::kCancelled, "canceled", 499},
    {absl::StatusCode::kUnknown, "unknown", 500},
    {absl::StatusCode::kInvalidArgument, "invalid_argument", 400},
    {absl::StatusCode::kDeadlineExceeded, "deadline_exceeded", 504},
    {absl::StatusCode::kNotFound, "not_found", 404},
    {absl::StatusCode::kAlreadyExists, "already_exists", 409},
    {absl::StatusCode::kPermissionDenied, "permission_denied", 403},
    {absl::StatusCode::kResourceExhausted, "resource_exhausted", 429},
    {absl::StatusCode::kFailedPrecondition, "failed_precondition", 400},
    {absl::StatusCode::kAborted, "aborted", 409},
    {absl::StatusCode::kOutOfRange, "out_of_range", 400},
    {absl::StatusCode::kUnimplemented, "unimplemented", 501},
    {absl::StatusCode::kInternal, "internal", 500},
    {absl::StatusCode::kUnavailable, "unavailable", 503},
    {absl::StatusCode::kDataLoss, "data_loss", 500},
    {absl::StatusCode::kUnauthenticated, "unauthenticated", 401},
};

const CodeNames& NamesOf(absl::StatusCode code) {
  for (const CodeNames& names : kCodes) {
    if (names.code == code) return names;
  }
  return kCodes[1];
}

// A name that the caller chose, fit to be repeated: not a number that could be someone's.
std::string SafeName(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '[' || c == ']';
  });
  const auto digits = std::count_if(name.begin(), name.end(),
                                    [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!plain || name.empty() || name.size() > kFieldNameCharsMax || digits > 5) return "?";
  return std::string(name);
}

// "subject" and " stay" make "subject.stay".
std::string PathOf(std::string_view location, std::string_view unsafe_name) {
  const std::string name(absl::StripAsciiWhitespace(std::string(unsafe_name)));
  return location.empty() ? SafeName(name)
                          : absl::StrCat(std::string(location), ".", SafeName(name));
}

// protobuf's JSON reader tells what is wrong as a text that holds the value too; this keeps the
// place and the kind.
//   "(subject) foo: Cannot find field."   "(places): invalid value "x" for type TYPE_INT32"
//   "places: Proto field is not repeating, cannot start list."   "Expected , or ] ...\n<the text>\n
//   ^"
absl::Status JsonError(std::string_view text) {
  std::string_view location;
  if (!text.empty() && text.front() == '(') {
    const size_t end = text.find(')');
    if (end != std::string_view::npos) {
      location = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
    }
  }
  if (const size_t colon = text.find(": Cannot find field."); colon != std::string_view::npos) {
    return FieldError(
        absl::StatusCode::kInvalidArgument, PathOf(location, text.substr(0, colon)),
        "there is no such field",
        "correct its name or leave it out; the fields are those of the method's request message");
  }
  if (const size_t colon = text.find(": Proto field is not repeating");
      colon != std::string_view::npos) {
    return FieldError(absl::StatusCode::kInvalidArgument, PathOf(location, text.substr(0, colon)),
                      "is not a list", "give one value, without brackets");
  }
  if (!location.empty()) {
    const size_t type = text.rfind(" for type ");
    std::string wanted(type == std::string_view::npos ? "" : text.substr(type + 10));
    if (const size_t slash = wanted.rfind('/'); slash != std::string::npos)
      wanted.erase(0, slash + 1);
    return FieldError(absl::StatusCode::kInvalidArgument, std::string(location),
                      absl::StrCat("the value is not one of its type (", wanted, ")"),
                      "give it as protobuf's JSON form has it");
  }
  const std::string_view first_line = text.substr(0, text.find('\n'));
  return FieldError(absl::StatusCode::kInvalidArgument, "body",
                    absl::StrCat("is not a JSON object: ", std::string(first_line)),
                    "send the request message in protobuf's JSON form, {} where it is empty");
}

// The Struct form of any message, for the readable part of an error's details.
pb::Struct Readable(const pb::Message& message) {
  std::string json;
  pb::Struct result;
  if (!pb::util::MessageToJsonString(message, &json).ok() ||
      !pb::util::JsonStringToMessage(json, &result).ok()) {
    result.Clear();
  }
  return result;
}

pb::Struct DetailStruct(const pb::Any& detail) {
  pb::Struct result;
  const std::string& url = detail.type_url();
  const std::string type = url.substr(url.rfind('/') + 1);
  auto& fields = *result.mutable_fields();
  fields["type"].set_string_value(type);
  std::string value = absl::Base64Escape(detail.value());
  while (!value.empty() && value.back() == '=')
    value.pop_back();  // Connect writes base64 without padding.
  fields["value"].set_string_value(value);
  const pb::Descriptor* descriptor =
      pb::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor != nullptr) {
    std::unique_ptr<pb::Message> unpacked(
        pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    if (detail.UnpackTo(unpacked.get()))
      *fields["debug"].mutable_struct_value() = Readable(*unpacked);
  }
  return result;
}

}  // namespace

absl::StatusOr<Encoding> EncodingOf(std::string_view content_type) {
  const std::string type = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(std::string(content_type.substr(0, content_type.find(';')))));
  if (type == "application/json") return Encoding::kJson;
  if (type == "application/proto") return Encoding::kProto;
  return FieldError(absl::StatusCode::kUnimplemented, "content-type",
                    "is not one that methods take", "send application/json or application/proto");
}

absl::StatusOr<std::unique_ptr<pb::Message>> DecodeRequest(const pb::Message& prototype,
                                                           Encoding encoding,
                                                           std::string_view body) {
  std::unique_ptr<pb::Message> message(prototype.New());
  if (encoding == Encoding::kProto) {
    if (body.size() > INT32_MAX ||
        !message->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return FieldError(absl::StatusCode::kInvalidArgument, "body",
                        absl::StrCat("is not a ", prototype.GetTypeName()),
                        "send the request message's bytes");
    }
    return message;
  }
  // The library takes its own string type for the text, and its own status.
  const auto status = pb::util::JsonStringToMessage(std::string(body), message.get());
  if (!status.ok()) return JsonError(std::string(status.message()));
  return message;
}

absl::StatusOr<std::string> EncodeJson(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = pb::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat(message.GetTypeName(), " cannot be written as JSON"));
  }
  return json;
}

Response EncodeResponse(const pb::Message& message, Encoding encoding) {
  if (encoding == Encoding::kProto) {
    return {.content_type = "application/proto", .body = message.SerializeAsString()};
  }
  auto json = EncodeJson(message);
  if (!json.ok()) return ErrorResponse(json.status());
  return {.content_type = "application/json", .body = *std::move(json)};
}

std::string ErrorJson(const absl::Status& status) {
  pb::Struct error;
  auto& fields = *error.mutable_fields();
  fields["code"].set_string_value(NamesOf(status.code()).connect);
  fields["message"].set_string_value(std::string(status.message()));
  const google::rpc::Status details = ToRpcStatus(status);
  for (const pb::Any& detail : details.details()) {
    *fields["details"].mutable_list_value()->add_values()->mutable_struct_value() =
        DetailStruct(detail);
  }
  std::string json;
  if (!pb::util::MessageToJsonString(error, &json).ok()) return R"({"code":"internal"})";
  return json;
}

Response ErrorResponse(const absl::Status& status) {
  return ErrorResponse(NamesOf(status.code()).http, status);
}

Response ErrorResponse(unsigned http_status, const absl::Status& status) {
  return {.status = http_status, .content_type = "application/json", .body = ErrorJson(status)};
}

absl::StatusOr<absl::Duration> ParseTimeout(std::string_view connect_timeout_ms) {
  if (connect_timeout_ms.empty()) return absl::InfiniteDuration();
  int64_t milliseconds = 0;
  const bool digits = std::all_of(connect_timeout_ms.begin(), connect_timeout_ms.end(),
                                  [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!digits || connect_timeout_ms.size() > kTimeoutDigitsMax ||
      !absl::SimpleAtoi(std::string(connect_timeout_ms), &milliseconds)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "connect-timeout-ms",
                      "is not a number of milliseconds",
                      "send up to ten digits or leave the header out");
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace overgang::http
