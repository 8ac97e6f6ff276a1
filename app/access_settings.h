// The settings of [access], and TLS of [http] and [grpc], with what their files hold: every mistake
// at once, each with its file and the remedy. Nothing secret is ever part of a message.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "adapters/access/authenticator.h"
#include "app/config.h"
#include "core/tls.h"

namespace overgang {

// `token`: what [access] token_file holds; empty: there is none.
absl::StatusOr<access::AccessSettings> LoadAccess(const Config& config, std::string token);

// `section`: "http" or "grpc", for messages. Off where no files are named.
absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& files, const std::string& section);

}  // namespace overgang
