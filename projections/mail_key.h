// What a mail is: one address' edition of one status, or of a tiltakskort. Two mails with the same
// key are the same mail, however the hub that sends them is called. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace overgang::projections {

// Of one status; more is a mistake in rules or data.
inline constexpr int kMailRevisionMax = 999;
// Of one card: how often it came into other hands, see consumers/cardmail/hand.h.
inline constexpr int kCardRevisionMax = 999'999;

struct MailKey {
  std::string date;          // Oslo date of the status, YYYY-MM-DD; of a card, when it was given.
  std::string scope;         // "k:<kommune>" or "h:<hospital>".
  int revision = 0;          // 0: the status itself; from 1: its corrections.
  std::string address_hash;  // 32 hex digits.
  std::string card_id = {};  // Of a tiltakskort; empty: the daily status.

  auto operator<=>(const MailKey&) const = default;

  // "status.2026-03-02.k5001.0.<hash>@<domain>", "tiltakskort.2026-03-02.k5001.0.<hash>.<card id>@
  // <domain>": RFC 5322, without angle brackets.
  std::string MessageId(std::string_view domain) const;
  // Of what MessageId made, whatever the domain; with or without angle brackets.
  static std::optional<MailKey> Parse(std::string_view message_id);

  // Ordered as the keys are, those of cards after those of the daily status.
  std::string RowKey() const;
  static std::optional<MailKey> FromRowKey(std::string_view key);
  // How the row keys of all cards' mails of a date begin.
  static std::string CardRowsOf(std::string_view date);
};

// Whether text is what a status is of: "k:" and 4 digits, "h:" and 9.
bool IsStatusScope(std::string_view text);

}  // namespace overgang::projections
