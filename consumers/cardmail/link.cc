#include "consumers/cardmail/link.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace overgang::cardmail {
namespace {

constexpr size_t kMacBytes = 32;
constexpr size_t kParts = 6;
constexpr char kParting = '\n';  // In none of the parts.

}  // namespace

std::string LinkSigner::TokenOf(const Link& link) const {
  const std::string said =
      absl::StrJoin({link.card_id, std::to_string(link.hand), link.tiltak_id, link.role,
                     link.address_hash, std::to_string(absl::ToUnixSeconds(link.expires))},
                    std::string(1, kParting));
  return absl::WebSafeBase64Escape(key_.Sign(said) + said);
}

std::optional<Link> LinkSigner::Read(std::string_view token) const {
  std::string bytes;
  if (token.size() > kTokenCharsMax ||
      !absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &bytes) ||
      bytes.size() <= kMacBytes)
    return std::nullopt;
  const std::string_view mac = std::string_view(bytes).substr(0, kMacBytes);
  const std::string said = bytes.substr(kMacBytes);
  if (!key_.Verify(said, mac)) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(said, kParting);
  Link link;
  int64_t expires = 0;
  if (parts.size() != kParts || !absl::SimpleAtoi(parts[1], &link.hand) ||
      !absl::SimpleAtoi(parts[5], &expires))
    return std::nullopt;
  link.card_id = parts[0];
  link.tiltak_id = parts[2];
  link.role = parts[3];
  link.address_hash = parts[4];
  link.expires = absl::FromUnixSeconds(expires);
  // One link has one token: base64 can say the same bytes in more than one way.
  if (TokenOf(link) != token) return std::nullopt;
  return link;
}

}  // namespace overgang::cardmail
