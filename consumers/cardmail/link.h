// Links of a mail that answer for a role: what a link says, and the token that nobody but a hub
// with the same key can make.
//
// A token is base64url of the parts and their HMAC-SHA-256. It says nothing of patients, and
// nothing that its reader does not know. Immutable and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "core/mac.h"

namespace overgang::cardmail {

inline constexpr size_t kTokenCharsMax = 1'000;
// How long a link answers, from when the card came into these hands.
inline constexpr absl::Duration kLinkHolds = absl::Hours(24 * 7);
inline constexpr char kLinkPath[] = "/tiltak/";  // The token follows.

struct Link {
  std::string card_id;
  int hand = 0;              // See hand.h: a link is of no use when the card has gone on.
  std::string tiltak_id;     // Of the action; empty: the card is acknowledged.
  std::string role;          // As whom.
  std::string address_hash;  // Who: the address that the mail went to.
  absl::Time expires;        // Whole seconds.

  bool operator==(const Link&) const = default;
};

class LinkSigner {
 public:
  // `secret`: the originals key, which hubs of one log have in common.
  explicit LinkSigner(std::string_view secret) : key_(secret, "overgang tiltakskort link 1") {}

  std::string TokenOf(const Link& link) const;
  // Absent: changed, cut off, or made under another key. Whether it has expired is not asked.
  std::optional<Link> Read(std::string_view token) const;

 private:
  MacKey key_;
};

}  // namespace overgang::cardmail
