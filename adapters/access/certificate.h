// The names that a client's certificate bears, however the connection came by it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang::access {

struct CertificateNames {
  // "dns:fagsystem.example.no", "uri:...", "email:..." of its subjectAltName, and "cn:..." of its
  // subject.
  std::vector<std::string> names;
  absl::Time not_after;
};

// INVALID_ARGUMENT where the text holds no certificate.
absl::StatusOr<CertificateNames> NamesOf(std::string_view pem);

}  // namespace overgang::access
