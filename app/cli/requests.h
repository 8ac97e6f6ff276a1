// What the client subcommands do, one function each, apart from how the command line is read. Each
// returns an exit code and has said on Output what went wrong. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/hub_client.h"
#include "app/cli/output.h"
#include "overgang/v1/as_of.pb.h"

namespace overgang::cli {

inline constexpr char kDefaultServer[] = "127.0.0.1:7401";
inline constexpr size_t kTokenBytesMax = 8 << 10;
inline constexpr size_t kPemBytesMax = 1 << 20;
inline constexpr size_t kLintFileBytesMax = size_t{100} << 20;

// What every client subcommand takes.
struct Connection {
  std::string server = kDefaultServer;
  std::string token_file;   // Empty: the environment variable OVERGANG_TOKEN, else none.
  std::string tls_ca_file;  // Who signed the hub's certificate; empty: no TLS.
  std::string tls_cert_file, tls_key_file;  // Shown to the hub.
  bool json = false;
};

struct CensusOptions {
  std::vector<std::string> kommuner;
  std::string as_of, as_of_cursor, occurred_until;
  bool watch = false;
  bool explain = false;
};
int RunCensus(const Connection& connection, const CensusOptions& options, const Output& output);
// Why that count is another one today.
int RunExplainCensus(const Connection& connection, const CensusOptions& options,
                     const Output& output);

struct PathwayOptions {
  std::string id;  // Of a stay, or a patient reference.
  std::string as_of, as_of_cursor, occurred_until;
};
int RunPathway(const Connection& connection, const PathwayOptions& options, const Output& output);

struct LogOptions {
  bool follow = false;
  std::string topic;
  std::string from;
  int64_t limit = 0;
};
int RunLog(const Connection& connection, const LogOptions& options, const Output& output);

// How old each source is, and how many stays bear which data quality flag because of it.
int RunSources(const Connection& connection, const Output& output);
int RunParkedList(const Connection& connection, const Output& output);
int RunParkedShow(const Connection& connection, const std::string& id, const Output& output);
int RunParkedRetry(const Connection& connection, const std::string& id, const Output& output);
int RunParkedDiscard(const Connection& connection, const std::string& id, const std::string& reason,
                     const Output& output);

// Who was told of which patients, for the data protection officer.
struct AccessOptions {
  std::string from, to;  // UTC dates; `to` exclusive.
  std::string principal, stay_id;
};
int RunAccess(const Connection& connection, const AccessOptions& options, const Output& output);

int RunVerifyRebuild(const Connection& connection, const Output& output);
int RunBackup(const Connection& connection, const std::string& directory, const Output& output);

// Scopes are kommuner (4 digits) or hospitals (9); empty: all. An empty date is today.
struct StatusOptions {
  std::string scope, date, language, id;
  std::string address_hash, until, reason;
  std::string out;  // File for the whole message; empty: the text is shown.
};
int RunStatusPreview(const Connection& connection, const StatusOptions& options,
                     const Output& output);
int RunStatusSend(const Connection& connection, const StatusOptions& options, const Output& output);
int RunStatusDeliveries(const Connection& connection, const StatusOptions& options,
                        const Output& output);
int RunStatusMail(const Connection& connection, const StatusOptions& options, const Output& output);
// Without a reason the pause is ended.
int RunStatusPause(const Connection& connection, const StatusOptions& options,
                   const Output& output);
int RunEscalation(const Connection& connection, const Output& output);
struct DryRunOptions {
  std::string rules_file, from, to;
};
int RunEscalationDryRun(const Connection& connection, const DryRunOptions& options,
                        const Output& output);
struct ReportOptions {
  std::string from, to, month;
  std::string what = "ukp", basis = "stay", format = "table";
  std::vector<std::string> kommuner, hospitals, by, sectors;
  std::string stay;  // With `what` payment.
  std::string as_of, as_of_cursor, occurred_until;
  std::string out;  // Empty: standard output.
};
// With `what` payment and a month, the basis of an invoice; with a stay, how its payment comes
// about.
int RunReport(const Connection& connection, const ReportOptions& options, const Output& output);

// Past stays from a CSV file (docs/import.md). kFailed where lines were bad, after all that were
// good.
int RunImport(const Connection& connection, const std::string& file, const Output& output);

// Reads HL7 v2 and PLO files as a hub with this directory would. Needs no hub.
struct LintOptions {
  std::vector<std::string> files;
  std::string directory_file;  // Empty: the built-in directory.
  bool json = false;
};
int RunLint(const LintOptions& options, const Output& output);

// The pieces that they share.
// Connects, runs and says what failed.
int WithHub(const Connection& connection, const Output& output,
            const std::function<absl::Status(HubClient&)>& run);
int WrongUse(const Output& output, std::string_view message);
// At most `bytes_max`; errors name the file.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);
// "2026-01-15T07:00", in Oslo time, or with Z or an offset.
absl::StatusOr<absl::Time> ParseTime(const std::string& text);
// Of the options of these names; an empty one says nothing.
absl::StatusOr<v1::Moment> MomentOf(const std::string& as_of, const std::string& as_of_cursor,
                                    const std::string& occurred_until);

}  // namespace overgang::cli
