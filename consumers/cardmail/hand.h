// In whose hands a card is: what one mail is of. A card comes into new hands when it is issued,
// when it goes on to the next role, and when it is renewed. Pure, of the card as the log has it, so
// that whoever asks is answered the same.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "consumers/tiltakskort/cards.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::cardmail {

struct Hand {
  int number = 0;    // Grows with each.
  absl::Time since;  // Where all of its roles have it after the last: not before this.
};
Hand HandOf(const v1::Tiltakskort& card);
// Whether the card was renewed after it was in the hands of that number.
bool IsRenewedSince(const v1::Tiltakskort& card, int number);

// An address that the card goes to, and as which role whoever reads there answers.
struct Reader {
  const tiltakskort::MailAddress* address;
  std::string role;
};
// Of the role that has the card; of all of its roles where it is nobody's in particular. Each
// address once, as the first of its roles. They point into `roles`.
std::vector<Reader> ReadersOf(const v1::Tiltakskort& card, const tiltakskort::Roles& roles);

}  // namespace overgang::cardmail
