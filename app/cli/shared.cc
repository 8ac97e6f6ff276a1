// The pieces that the commands share.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"

namespace overgang::cli {
namespace {

int Fail(const Output& output, const absl::Status& status) {
  *output.out << std::flush;
  *output.err << "overgang: " << std::string(status.message()) << '\n';
  return IsNotReachable(status) ? kNotReachable : kFailed;
}

absl::StatusOr<std::string> Token(const std::string& file) {
  if (file.empty()) {
    const char* token = std::getenv("OVERGANG_TOKEN");
    return token == nullptr ? "" : token;
  }
  absl::StatusOr<std::string> text = ReadFile(file, kTokenBytesMax);
  if (text.ok()) absl::StripAsciiWhitespace(&*text);
  return text;
}

absl::StatusOr<Credentials> CredentialsOf(const Connection& connection) {
  Credentials credentials;
  absl::StatusOr<std::string> token = Token(connection.token_file);
  if (!token.ok()) return token.status();
  credentials.token = *std::move(token);
  for (const auto& [file, text] : {std::pair{&connection.tls_ca_file, &credentials.ca},
                                   {&connection.tls_cert_file, &credentials.certificate},
                                   {&connection.tls_key_file, &credentials.key}}) {
    if (file->empty()) continue;
    absl::StatusOr<std::string> read = ReadFile(*file, kPemBytesMax);
    if (!read.ok()) return read.status();
    *text = *std::move(read);
  }
  return credentials;
}

}  // namespace

int WithHub(const Connection& connection, const Output& output,
            const std::function<absl::Status(HubClient&)>& run) {
  absl::StatusOr<Credentials> credentials = CredentialsOf(connection);
  if (!credentials.ok()) return WrongUse(output, std::string(credentials.status().message()));
  absl::StatusOr<HubClient> client = HubClient::Connect(connection.server, *std::move(credentials));
  if (!client.ok()) return Fail(output, client.status());
  const absl::Status status = run(*client);
  return status.ok() ? kDone : Fail(output, status);
}

int WrongUse(const Output& output, std::string_view message) {
  *output.err << "overgang: " << message << '\n';
  return kWrongUse;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return absl::NotFoundError(
        absl::StrCat(path, " cannot be read; check the name and who may read it"));
  std::string text;
  text.resize(bytes_max + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::UnavailableError(absl::StrCat(path, " cannot be read to its end"));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > bytes_max)
    return absl::OutOfRangeError(absl::StrCat(path, " is larger than ", bytes_max, " bytes"));
  return text;
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez"}) {
    if (absl::ParseTime(format, text, &time, &error)) return time;
  }
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d%ET%H:%M", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, Oslo(), &time, &error)) return time;
  }
  return absl::InvalidArgumentError(
      "this is not a time; write it as 2026-01-15T07:00 (Oslo), or with Z or an offset");
}

absl::StatusOr<v1::Moment> MomentOf(const std::string& as_of, const std::string& as_of_cursor,
                                    const std::string& occurred_until) {
  v1::Moment moment;
  moment.set_as_of_cursor(as_of_cursor);
  absl::Status status;
  const auto fill = [&](const char* option, const std::string& text, auto mutable_time) {
    if (text.empty() || !status.ok()) return;
    const absl::StatusOr<absl::Time> time = ParseTime(text);
    if (time.ok()) {
      *(moment.*mutable_time)() = ToProto(*time);
    } else {
      status = absl::InvalidArgumentError(
          absl::StrCat(option, ": ", std::string(time.status().message())));
    }
  };
  fill("--as-of", as_of, &v1::Moment::mutable_as_of);
  fill("--occurred-until", occurred_until, &v1::Moment::mutable_occurred_until);
  if (!status.ok()) return status;
  return moment;
}

}  // namespace overgang::cli
