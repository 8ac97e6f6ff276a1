#include "consumers/cardmail/hand.h"

#include <algorithm>
#include <utility>

#include "core/oslo_time.h"

namespace overgang::cardmail {
namespace {

// More than a card has roles, so that a renewed card's numbers come after all before.
constexpr int kHandsPerRound = 100;

absl::Duration Within(const v1::Tiltakskort& card) {
  return absl::Seconds(card.issued().acknowledge_within().seconds());
}

}  // namespace

Hand HandOf(const v1::Tiltakskort& card) {
  const auto& roles = card.issued().roles();
  const auto role = std::ranges::find(roles, card.role(), &v1::TiltakRole::role);
  const auto place = std::min<int64_t>(role - roles.begin(), kHandsPerRound - 1);
  Hand hand;
  hand.number = card.renewals() * kHandsPerRound + static_cast<int>(place);
  if (card.has_acknowledge_by()) {
    hand.since = FromProto(card.acknowledge_by()) - Within(card);
    return hand;
  }
  // Each role that somebody holds had its time first.
  hand.since = FromProto(card.has_renewed_at() ? card.renewed_at() : card.issued_at());
  if (card.role().empty()) hand.since += Within(card) * (roles.size() - card.passed_over_size());
  return hand;
}

bool IsRenewedSince(const v1::Tiltakskort& card, int number) {
  return card.renewals() > number / kHandsPerRound;
}

std::vector<Reader> ReadersOf(const v1::Tiltakskort& card, const tiltakskort::Roles& roles) {
  std::vector<Reader> readers;
  for (const v1::TiltakRole& role : card.issued().roles()) {
    if (!card.role().empty() && card.role() != role.role()) continue;
    for (const auto& address : roles.AddressesOf(card.issued().recipient(), role.role())) {
      const bool known = std::ranges::any_of(
          readers, [&](const Reader& reader) { return reader.address->hash == address.hash; });
      if (!known) readers.push_back({&address, role.role()});
    }
  }
  return readers;
}

}  // namespace overgang::cardmail
