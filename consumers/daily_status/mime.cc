#include "consumers/daily_status/mime.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::daily_status {
namespace {

constexpr size_t kLineMax = 76;       // RFC 2045, 6.7 and 6.8; RFC 2047, 2.
constexpr size_t kEncodingSize = 12;  // What an encoded word has besides its base64: RFC 2047, 2.
constexpr char kEnd[] = "\r\n";
constexpr size_t kAddressMax = 254;  // RFC 5321, 4.5.3.1.3.

bool IsPrintableAscii(char c) { return c >= ' ' && c <= '~'; }
bool IsAscii(std::string_view text) { return std::ranges::all_of(text, IsPrintableAscii); }
bool BeginsLetter(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

bool IsAddress(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && text.size() <= kAddressMax &&
         std::ranges::all_of(text, [](char c) {
           return IsPrintableAscii(c) &&
                  std::string_view(" <>()[],;:\\\"").find(c) == std::string_view::npos;
         });
}

struct Sender {
  std::string name;  // Empty: none.
  std::string address;
};

absl::StatusOr<Sender> SenderOf(std::string_view from) {
  Sender sender;
  const size_t open = from.find('<');
  if (open == std::string_view::npos) {
    sender.address = from;
  } else if (from.ends_with('>')) {
    sender.address = from.substr(open + 1, from.size() - open - 2);
    const size_t end = from.substr(0, open).find_last_not_of(" \t\"");
    const size_t begin = from.find_first_not_of(" \t\"");
    if (end != std::string_view::npos && begin <= end)
      sender.name = from.substr(begin, end + 1 - begin);
  }
  const bool clean = std::ranges::none_of(
      sender.name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '"'; });
  if (clean && IsAddress(sender.address)) return sender;
  return FieldError(absl::StatusCode::kInvalidArgument, "from", "is no address to send from",
                    "write Name <name@example.no>, or the address alone");
}

// `used`: characters before it in its line.
std::string EncodedWords(std::string_view text, size_t used) {
  std::string words;
  while (!text.empty()) {
    const size_t most = (kLineMax - used - kEncodingSize) / 4 * 3;  // Bytes that fit as base64.
    size_t size = std::min(text.size(), most);
    while (size < text.size() && size > 0 && !BeginsLetter(text[size])) --size;
    if (size == 0) size = std::min(text.size(), most);  // Not UTF-8.
    absl::StrAppend(&words, words.empty() ? "" : "\r\n ", "=?utf-8?B?",
                    absl::Base64Escape({text.data(), size}), "?=");
    text.remove_prefix(size);
    used = 1;
  }
  return words;
}

std::string FromLine(const Sender& sender) {
  if (sender.name.empty()) return absl::StrCat("From: ", sender.address, kEnd);
  const std::string name = IsAscii(sender.name)
                               ? absl::StrCat("\"", sender.name, "\"")
                               : EncodedWords(sender.name, std::string_view("From: ").size());
  return absl::StrCat("From: ", name, "\r\n <", sender.address, ">", kEnd);
}

std::string Base64Lines(std::string_view bytes) {
  const std::string encoded = absl::Base64Escape({bytes.data(), bytes.size()});
  std::string lines;
  lines.reserve(encoded.size() + encoded.size() / kLineMax * 2 + 2);
  for (size_t at = 0; at < encoded.size(); at += kLineMax)
    absl::StrAppend(&lines, encoded.substr(at, kLineMax), kEnd);
  return lines;
}

std::string TextPart(std::string_view type, std::string_view text) {
  return absl::StrCat("Content-Type: ", std::string(type),
                      "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
                      QuotedPrintable(text));
}

std::string FilePart(const MailFile& file, std::string_view content_id) {
  std::string part = absl::StrCat("Content-Type: ", file.content_type,
                                  "\r\nContent-Transfer-Encoding: base64\r\n");
  if (!content_id.empty())
    absl::StrAppend(&part, "Content-ID: <", std::string(content_id), ">", kEnd);
  absl::StrAppend(&part, "Content-Disposition: ", content_id.empty() ? "attachment" : "inline",
                  "; filename=\"", file.name, "\"\r\n\r\n", Base64Lines(file.bytes));
  return part;
}

// `kind`: alternative, and for "related" with the type of its first part.
std::string Multipart(std::string_view kind, const std::string& boundary,
                      const std::vector<std::string>& parts) {
  std::string all = absl::StrCat("Content-Type: multipart/", std::string(kind), ";\r\n boundary=\"",
                                 boundary, "\"\r\n\r\n");
  for (const std::string& part : parts) absl::StrAppend(&all, "--", boundary, kEnd, part);
  absl::StrAppend(&all, "--", boundary, "--", kEnd);
  return all;
}

}  // namespace

absl::Status CheckSender(std::string_view from) { return SenderOf(from).status(); }

std::string HeaderLine(std::string_view name, std::string_view text) {
  const std::string begin = absl::StrCat(std::string(name), ": ");
  if (!IsAscii(text)) return absl::StrCat(begin, EncodedWords(text, begin.size()), kEnd);
  std::string folded = begin;
  size_t line_at = 0;
  while (!text.empty()) {
    const size_t size = std::min(text.find(' ', 1), text.size());  // A word and what precedes it.
    const bool fits = folded.size() - line_at + size <= kLineMax;
    if (!fits && text[0] == ' ') {
      folded += kEnd;
      line_at = folded.size();
    }
    folded += text.substr(0, size);
    text.remove_prefix(size);
  }
  return folded + kEnd;
}

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  size_t line = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += kEnd;
      line = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    const bool plain = (IsPrintableAscii(c) && c != '=' && !(c == ' ' && ends_line));
    const size_t size = plain ? 1 : 3;
    // The last place of a line is for the soft break, where the line goes on.
    if (line + size > (ends_line ? kLineMax : kLineMax - 1)) {
      out += "=\r\n";
      line = 0;
    }
    if (plain) {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "=%02X", static_cast<unsigned char>(c));
    }
    line += size;
  }
  if (line > 0) out += kEnd;
  return out;
}

absl::StatusOr<std::string> MimeMessage(const Edition& edition, const MailHead& head) {
  const auto sender = SenderOf(head.from);
  if (!sender.ok()) return sender.status();
  if (!IsAddress(head.message_id)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "message_id", "is no Message-ID",
                      "write left@right, without angle brackets");
  }
  if (!head.to.empty() && !IsAddress(head.to)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "to", "is no address to send to",
                      "correct it in the recipients file");
  }
  // No line of a body can be one of these: "=_" stands in neither quoted-printable nor base64.
  const auto boundary = [base = overgang::ContentDigest(head.message_id)](const char* of) {
    return absl::StrCat("=_", of, "_", base);
  };
  std::string html = TextPart("text/html", edition.html);
  if (!edition.pictures.empty()) {
    std::vector<std::string> related = {std::move(html)};
    for (const MailFile& picture : edition.pictures)
      related.push_back(FilePart(picture, picture.content_id));
    html = Multipart("related; type=\"text/html\"", boundary("related"), related);
  }
  std::vector<std::string> parts = {Multipart("alternative", boundary("alternative"),
                                              {TextPart("text/plain", edition.text), html})};
  for (const MailFile& file : edition.files) parts.push_back(FilePart(file, ""));
  return absl::StrCat(
      "Date: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S %z", head.date, Oslo()), kEnd,
      FromLine(*sender), head.to.empty() ? "" : absl::StrCat("To: ", head.to, kEnd),
      "Message-ID: <", head.message_id, ">", kEnd, HeaderLine("Subject", edition.subject),
      "MIME-Version: 1.0\r\nContent-Language: ", edition.language,
      // Nobody is to answer: neither people's out-of-office replies (RFC 3834) nor Exchange's.
      "\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n",
      Multipart("mixed", boundary("mixed"), parts));
}

}  // namespace overgang::daily_status
