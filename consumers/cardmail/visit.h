// Somebody comes by a link: what it is good for now, and the page that says so. Pure functions of
// the link, the card as the views have it, and who gets its mails.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "consumers/cardmail/card_text.h"
#include "consumers/cardmail/link.h"

namespace overgang::cardmail {

enum class Verdict : unsigned char {
  kOpen,         // It answers.
  kUsed,         // This address has answered: what it said stands.
  kByAnother,    // Somebody else has.
  kClosed,       // The card is.
  kGoneOn,       // Another role has the card.
  kRenewed,      // The level rose again, and a newer mail asks.
  kNotAReader,   // The address is none of the role's any more.
  kNoSuchThing,  // The card, or the action on it.
};
Verdict VerdictOf(const Link& link, const std::optional<v1::Tiltakskort>& card,
                  const tiltakskort::Roles& roles);

// HTTP's: of a page that is only looked at, and of an answer that is not taken.
int StatusOfLook(Verdict verdict);
int StatusOfRefusal(Verdict verdict);

// What a form said.
struct Said {
  bool declined = false;
  std::string text;
};
// Why it cannot be taken as it is, for who wrote it; empty: it can.
std::string WrongWith(const Said& said, const v1::Tiltak& action);

// What the page says first.
struct Notice {
  std::string text;  // Empty: nothing.
  bool good = false;
};
Notice NoticeOf(Verdict verdict, const Link& link, const CardTelling& telling);

// The card with the form that the link is for, where it is open. `said`: to be shown again.
std::string VisitPage(const Link& link, const CardTelling& telling, Verdict verdict,
                      const Notice& notice, const Said* said);
// A page without a card.
std::string NoticePage(std::string_view text);

// Null: it is not on the card.
const v1::Tiltak* ActionOf(const v1::Tiltakskort& card, const std::string& tiltak_id);

}  // namespace overgang::cardmail
