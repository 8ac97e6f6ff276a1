// Messages as they go over the wire: RFC 5322 with MIME (2045-2047, 2387), 7-bit throughout. Pure;
// the same input gives the same bytes. Errors: INVALID_ARGUMENT for a sender or Message-ID that
// cannot stand in a header.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "consumers/daily_status/edition.h"

namespace overgang::daily_status {

// "Overgang <overgang@example.no>", or an address alone.
absl::Status CheckSender(std::string_view from);

// multipart/mixed: the text and the HTML with its pictures as alternatives, then the files. Lines
// end with \r\n.
absl::StatusOr<std::string> MimeMessage(const Edition& edition, const MailHead& head);

// A header's text where it may need it: folded, and encoded where it is not ASCII. With the name:
// "Subject: ...".
std::string HeaderLine(std::string_view name, std::string_view text);
// Lines of at most 76 characters, ended by \r\n; `text` has \n.
std::string QuotedPrintable(std::string_view text);

}  // namespace overgang::daily_status
