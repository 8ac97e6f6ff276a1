// The mails of cards: their subject, text and HTML with its links, and what the outbox asks of
// them.
//
// Threads: one. What it is given must outlive it.
#pragma once

#include <string>

#include "consumers/cardmail/card_book.h"
#include "consumers/cardmail/link.h"
#include "consumers/daily_status/edition.h"
#include "consumers/daily_status/editor.h"
#include "consumers/daily_status/letters.h"
#include "core/directory.h"

namespace overgang::cardmail {

// A mail of a card in words. Pure; the same input, the same bytes. `links`: of which `base_url`, of
// the page, is empty: there are none.
daily_status::Edition CardEdition(const WantedMail& mail, const std::string& address_hash,
                                  const projections::LevelState* level,
                                  const tiltakskort::Roles& roles, const Directory& directory,
                                  const LinkSigner& signer, const std::string& base_url,
                                  absl::Time now);

class CardLetters final : public daily_status::Letters {
 public:
  CardLetters(const CardBook& book, const daily_status::MailSender& sender,
              const DirectoryHolder& directory, const LinkSigner& signer)
      : book_(book), sender_(sender), directory_(directory), signer_(signer) {}

  bool Knows(const projections::MailKey& key) const override { return !key.card_id.empty(); }
  const rows::Mail* Find(const projections::MailKey& key) const override { return book_.Find(key); }
  std::string WhyNot(const projections::MailKey& key) const override;
  absl::StatusOr<std::string> Compose(const daily_status::MailDue& due,
                                      const std::string& message_id, absl::Time now) override;

 private:
  const CardBook& book_;
  const daily_status::MailSender& sender_;
  const DirectoryHolder& directory_;
  const LinkSigner& signer_;
};

}  // namespace overgang::cardmail
