#include "consumers/daily_status/recipients.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "projections/mail_key.h"

namespace overgang::daily_status {
namespace {

constexpr size_t kFields = 6;
constexpr size_t kAddressCharsMax = 254;  // RFC 5321, 4.5.3.1.3.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
using Fields = std::array<std::string, kFields>;
enum Field : size_t { kScope, kId, kName, kEmail, kLanguage, kWhat };

std::string_view Trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") + 1 - from);
}

// Fields as spreadsheets write them: in quotes where they hold a semicolon. Empty: not six.
std::optional<Fields> Split(std::string_view line) {
  Fields fields;
  size_t field = 0;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields[field] += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ';' && !quoted) {
      if (++field == kFields) return std::nullopt;
    } else {
      fields[field] += line[i];
    }
  }
  if (field + 1 != kFields || quoted) return std::nullopt;
  for (std::string& value : fields) value = std::string(Trimmed(value));
  return fields;
}

// What is wrong with a line; empty where nothing is.
std::string Wrong(const Fields& fields, const Directory& directory) {
  if (fields[kScope] == "kommune") {
    if (KommuneByNumber(fields[kId]) == nullptr)
      return "id: no kommune of 2024 has this number; write its 4 digits";
  } else if (fields[kScope] == "hospital") {
    if (directory.HospitalByNumber(fields[kId]) == nullptr ||
        !projections::IsStatusScope("h:" + fields[kId]))
      return "id: the directory has no hospital with this organisation number; write its 9 digits, "
             "or add it there";
  } else {
    return "scope: must be kommune or hospital";
  }
  if (!IsMailAddress(fields[kEmail]))
    return "email: not an address that mail can be sent to; write it as name@example.no, without "
           "letters beyond ASCII";
  if (fields[kLanguage] != "nb" && fields[kLanguage] != "nn")
    return "language: must be nb (bokmål) or nn (nynorsk)";
  if (fields[kWhat] != "daily_status" && fields[kWhat] != "escalation" && fields[kWhat] != "both")
    return "what: must be daily_status, escalation or both";
  return "";
}

}  // namespace

bool IsMailAddress(std::string_view text) {
  constexpr std::string_view kLocal =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_`{|}~";
  constexpr std::string_view kDomain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.size() > kAddressCharsMax) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  const auto dots_apart = [](std::string_view part) {
    return !part.empty() && part.front() != '.' && part.back() != '.' &&
           part.find("..") == std::string_view::npos;
  };
  return local.find_first_not_of(kLocal) == std::string_view::npos &&
         domain.find_first_not_of(kDomain) == std::string_view::npos && dots_apart(local) &&
         dots_apart(domain);
}

Recipients ReadRecipients(std::string_view text, const std::string& file,
                          const Directory& directory,
                          const std::function<std::string(std::string_view)>& hash) {
  Recipients read;
  std::map<std::pair<std::string, std::string>, int> line_of;  // Scope and address -> line.
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  int number = 0;
  const auto mistake = [&](const std::string& what) {
    read.mistakes.push_back(absl::StrCat(file, ":", number, ": ", what));
  };
  bool header_seen = false;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty()) continue;
    if (!std::exchange(header_seen, true)) {
      if (line == kRecipientsHeader) continue;
      mistake(absl::StrCat("the first line must be ", kRecipientsHeader));
      if (!line.starts_with("kommune;") && !line.starts_with("hospital;")) continue;
    }
    const auto fields = Split(line);
    if (!fields.has_value()) {
      mistake(absl::StrCat("not ", kFields, " fields; write ", kRecipientsHeader));
      continue;
    }
    if (const std::string wrong = Wrong(*fields, directory); !wrong.empty()) {
      mistake(wrong);
      continue;
    }
    Recipient recipient{absl::StrCat((*fields)[kScope].substr(0, 1), ":", (*fields)[kId]),
                        hash((*fields)[kEmail]), (*fields)[kEmail], (*fields)[kName],
                        (*fields)[kLanguage]};
    const auto [known, added] =
        line_of.try_emplace({recipient.scope, recipient.address_hash}, number);
    if (!added) {
      mistake(absl::StrCat("email: line ", known->second,
                           " names this address for this scope already; it gets one mail. Remove "
                           "one of the two"));
      continue;
    }
    if (line_of.size() > kRecipientsMax) {
      mistake(absl::StrCat("more than ", kRecipientsMax, " recipients; the rest is left out"));
      break;
    }
    if ((*fields)[kWhat] != "escalation") read.daily_status.push_back(std::move(recipient));
  }
  // As a file is while it is being written: nobody would get anything, without a word.
  if (!header_seen) {
    number = 1;
    mistake(absl::StrCat("the file is empty; the first line must be ", kRecipientsHeader));
  }
  std::ranges::sort(read.daily_status, {}, [](const Recipient& recipient) {
    return std::tie(recipient.scope, recipient.address_hash);
  });
  return read;
}

std::pair<const Recipient*, const Recipient*> Recipients::Of(std::string_view scope) const {
  const auto first = std::ranges::lower_bound(daily_status, scope, {}, &Recipient::scope);
  const auto last = std::ranges::upper_bound(daily_status, scope, {}, &Recipient::scope);
  return {daily_status.data() + (first - daily_status.begin()),
          daily_status.data() + (last - daily_status.begin())};
}

const Recipient* Recipients::Find(std::string_view scope, std::string_view address_hash) const {
  const auto [first, last] = Of(scope);
  const Recipient* found = std::find_if(first, last, [&](const Recipient& recipient) {
    return recipient.address_hash == address_hash;
  });
  return found == last ? nullptr : found;
}

std::vector<std::string> Recipients::Scopes() const {
  std::vector<std::string> scopes;
  for (const Recipient& recipient : daily_status) {
    if (scopes.empty() || scopes.back() != recipient.scope) scopes.push_back(recipient.scope);
  }
  return scopes;
}

}  // namespace overgang::daily_status
