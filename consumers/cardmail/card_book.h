// What the log says of cards' mails, and which mails there are to be: of each card that is open,
// one to each address of whoever has it.
//
// Threads: one. Errors: the store's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "consumers/cardmail/hand.h"
#include "consumers/daily_status/standing.h"
#include "projections/deliveries.h"
#include "projections/views.h"

namespace overgang::cardmail {

// A mail that is to be.
struct WantedMail {
  std::shared_ptr<const v1::Tiltakskort> card;
  Hand hand;
  std::string email;
  std::string role;  // As whom its reader answers.
};
std::map<projections::MailKey, WantedMail> WantedMails(const projections::CardsView& cards,
                                                       const tiltakskort::Roles& roles);

// A mail that is to be, was, or failed to be.
struct CardDelivery {
  projections::MailKey key;
  const rows::Mail* mail = nullptr;    // Null: never tried.
  const WantedMail* wanted = nullptr;  // Null: the card is closed or has gone on.
  daily_status::Standing standing;
};

class CardBook {
 public:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  // As of an epoch: of the cards that are open, and of whatever was sent on these dates.
  absl::Status Read(const EpochPtr& epoch, const std::shared_ptr<const tiltakskort::Roles>& roles,
                    const std::vector<absl::CivilDay>& dates);
  // In the order of the keys. They point into the book, until it is read again.
  std::vector<CardDelivery> Deliveries(const daily_status::Policy& policy, absl::Time now) const;

  const WantedMail* Wanted(const projections::MailKey& key) const;  // Null: it is not wanted.
  // Also of a mail that is not wanted any more; null: nothing, or it cannot be read.
  const rows::Mail* Find(const projections::MailKey& key) const;
  const EpochPtr& epoch() const { return epoch_; }
  const tiltakskort::Roles& roles() const { return *roles_; }

 private:
  EpochPtr epoch_;
  std::shared_ptr<const tiltakskort::Roles> roles_;
  std::vector<absl::CivilDay> dates_;
  std::map<projections::MailKey, WantedMail> wanted_;
  mutable std::map<projections::MailKey, std::optional<rows::Mail>> mails_;  // Read so far.
};

}  // namespace overgang::cardmail
