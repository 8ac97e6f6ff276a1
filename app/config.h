// The configuration: TOML, with every mistake told at once, each with its line and the remedy. See
// docs/operations.md for what each key means. Immutable once loaded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/mail_settings.h"
#include "core/payment_terms.h"
#include "core/pseudonymizer.h"

namespace overgang {

// Below 3 a suppressed cell could only be 1.
inline constexpr int kCellMinMin = 3;
inline constexpr int kCellMinMax = 100;

inline constexpr int kAccessLogDaysMin = 90;
inline constexpr int kAccessLogDaysMax = 36'500;

struct Endpoint {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: any free one.
};

// PEM files; empty: none.
struct TlsFiles {
  std::string cert_file;       // The server's chain, its own certificate first.
  std::string key_file;        // Of that certificate.
  std::string client_ca_file;  // Who signs clients' certificates; empty: none is asked for.
};

struct Config {
  std::string data_dir;
  std::string log_kind = "embedded";  // Or "kafka".
  std::string kafka_bootstrap_servers;
  int kafka_replication_factor = 0;                   // 0: 3 in production, 1 in test.
  std::map<std::string, std::string> kafka_security;  // librdkafka's names.
  Endpoint mllp{.port = 2575};
  Endpoint http{.port = 7400};
  Endpoint grpc{.port = 7401};
  TlsFiles http_tls;
  TlsFiles grpc_tls;
  bool grpc_reflection = true;
  std::string plo_role = "receiver";  // Or "copy".
  std::string plo_inbox;              // Default: <data_dir>/plo/inbox.
  std::string plo_outbox;             // Default: <data_dir>/plo/outbox.
  std::string pseudonym_key_file;  // Default in test: <data_dir>/pseudonym.key, made where absent.
  std::string originals_key_file;  // Default in test: <data_dir>/originals.key, made where absent.
  Environment environment = Environment::kTest;
  std::string access_token_file;       // Default in test: <data_dir>/dev.token, made at each start.
  std::string access_jwks_file;        // Keys of signed tokens; empty: none are taken.
  std::string access_issuer;           // Of signed tokens: their iss,
  std::string access_audience;         // and one of their aud.
  std::string access_principals_file;  // Whose which certificate is; empty: none is anybody's.
  int access_log_days = 1830;          // Files of the access log that are older are deleted.
  std::string directory_file;          // Empty: the built-in directory.
  std::map<int, int> payment_prices;   // kr a day by year, over those built in.
  std::vector<PaymentAgreement> payment_agreements;  // As they stand in the file.
  MailSettings mail;
  int report_cell_min = 5;  // In published tables cells from 1 to below this are suppressed.
};

// `file` may be empty: then only `settings` ("a.b=value", later ones win) are read.
// INVALID_ARGUMENT lists every mistake, one a line: "overgang.toml:7: mllp.prot: unknown key; did
// you mean mllp.port?".
absl::StatusOr<Config> LoadConfig(const std::string& file,
                                  const std::vector<std::string>& settings);

}  // namespace overgang
