// A status as its readers meet it: subject, plain text, HTML, a picture, and files. Made of the
// issued fact, the templates and the directory's names alone, so that it can be made again later:
// the same input gives the same bytes.
//
// Threads: functions, no state. Errors: INVALID_ARGUMENT where the fact, language or sender cannot
// be read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/daily_status/templates.h"
#include "core/directory.h"
#include "overgang/v1/daily_status_service.pb.h"
#include "overgang/v1/status.pb.h"

namespace overgang::daily_status {

struct MailFile {
  std::string name;          // ASCII, as it is saved.
  std::string content_type;  // "text/csv; charset=utf-8".
  std::string bytes;
  std::string content_id = "";  // Of a picture: what the HTML calls it.
};

struct Edition {
  std::string language;
  std::string subject;  // UTF-8.
  std::string text;     // Lines end with \n.
  std::string html;
  std::vector<MailFile> pictures;  // Shown in the HTML.
  std::vector<MailFile> files;     // Attached.
};

struct EditionOptions {
  std::string language = "nb";  // Or "nn".
  std::string base_url;         // Of the board, no slash at its end; empty: no links.
  // Of a correction: the status as its reader had it before. Null: it is none.
  const v1::DailyStatusIssued* sent = nullptr;
};

// Once for all readers of a scope and language who had the same before.
absl::StatusOr<Edition> ComposeEdition(const v1::DailyStatusIssued& status,
                                       const EditionOptions& options, const Templates& templates,
                                       const Directory& directory);

struct MailHead {
  std::string from;        // "Overgang <overgang@example.no>", or an address alone.
  std::string message_id;  // Without angle brackets.
  absl::Time date;         // The Date header.
  std::string to = "";     // The one address; empty: without To.
};

// The whole message for one address.
absl::StatusOr<v1::MailContent> MailOf(const Edition& edition, const MailHead& head);

// Both in one.
absl::StatusOr<v1::MailContent> ComposeMail(const v1::DailyStatusIssued& status,
                                            const EditionOptions& options, const MailHead& head,
                                            const Templates& templates, const Directory& directory);

// SHA-256 in hex of a message without its Date and To: MailAttempted.content_digest. So it can be
// compared with one that is made again without an address, and tells nothing of that.
std::string DigestOfMessage(std::string_view message);

}  // namespace overgang::daily_status
