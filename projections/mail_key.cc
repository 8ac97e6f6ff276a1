#include "projections/mail_key.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::projections {
namespace {

constexpr std::string_view kStatusReport = "status";
constexpr std::string_view kCardReport = "tiltakskort";
constexpr absl::string_view kEnd("\0", 1);  // Of a part of a row's key.
constexpr size_t kHashDigits = 32;
constexpr size_t kKommuneDigits = 4;
constexpr size_t kOrganisationDigits = 9;

bool AllOf(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

bool IsKey(const MailKey& key) {
  const bool of_card = !key.card_id.empty();
  return ParseDate(key.date).ok() && IsStatusScope(key.scope) && key.revision >= 0 &&
         key.revision <= (of_card ? kCardRevisionMax : kMailRevisionMax) &&
         key.address_hash.size() == kHashDigits && AllOf(key.address_hash, "0123456789abcdef") &&
         (!of_card || IsUuid(key.card_id));
}

// Revisions are written one way only, so that no two texts are one key.
bool ParseRevision(std::string_view text, int* revision) {
  return !text.empty() && AllOf(text, "0123456789") &&
         absl::SimpleAtoi(absl::string_view(text.data(), text.size()), revision);
}

}  // namespace

bool IsStatusScope(std::string_view text) {
  return ((text.starts_with("k:") && text.size() == 2 + kKommuneDigits) ||
          (text.starts_with("h:") && text.size() == 2 + kOrganisationDigits)) &&
         AllOf(text.substr(2), "0123456789");
}

std::string MailKey::MessageId(std::string_view domain) const {
  const bool of_card = !card_id.empty();
  return absl::StrCat(std::string(of_card ? kCardReport : kStatusReport), ".", date, ".",
                      scope.substr(0, 1), scope.substr(2), ".", revision, ".", address_hash,
                      of_card ? "." : "", card_id, "@", std::string(domain));
}

std::optional<MailKey> MailKey::Parse(std::string_view message_id) {
  if (message_id.starts_with('<') && message_id.ends_with('>'))
    message_id = message_id.substr(1, message_id.size() - 2);
  const size_t at = message_id.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(std::string(message_id.substr(0, at)), '.');
  const bool of_card = parts[0] == kCardReport;
  if (parts.size() != (of_card ? 6 : 5) || (!of_card && parts[0] != kStatusReport) ||
      parts[2].size() < 2)
    return std::nullopt;
  MailKey key{parts[1], absl::StrCat(parts[2].substr(0, 1), ":", parts[2].substr(1)), 0, parts[4]};
  if (of_card) key.card_id = parts[5];
  if (!ParseRevision(parts[3], &key.revision) || !IsKey(key) || key.card_id.empty() == of_card ||
      parts[3] != std::to_string(key.revision))
    return std::nullopt;
  return key;
}

std::string MailKey::CardRowsOf(std::string_view date) {
  return absl::StrCat(std::string(kCardReport), kEnd, std::string(date), kEnd);
}

std::string MailKey::RowKey() const {
  if (card_id.empty())
    return absl::StrCat(date, kEnd, scope, kEnd, absl::StrFormat("%03d", revision), address_hash);
  return absl::StrCat(CardRowsOf(date), scope, kEnd, absl::StrFormat("%06d", revision),
                      address_hash, kEnd, card_id);
}

std::optional<MailKey> MailKey::FromRowKey(std::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(std::string(text), '\0');
  const bool of_card = parts[0] == kCardReport;
  if (of_card) parts.erase(parts.begin());
  const size_t digits = of_card ? 6 : 3;
  if (parts.size() != (of_card ? 4 : 3) || parts[2].size() < digits) return std::nullopt;
  MailKey key{parts[0], parts[1], 0, parts[2].substr(digits)};
  if (of_card) key.card_id = parts[3];
  if (!ParseRevision(parts[2].substr(0, digits), &key.revision) || !IsKey(key) ||
      key.card_id.empty() == of_card)
    return std::nullopt;
  return key;
}

}  // namespace overgang::projections
