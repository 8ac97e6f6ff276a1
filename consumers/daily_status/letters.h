// What an outbox asks of the mails that it sends, whatever they are of.
//
// Threads: the outbox's. Errors: Compose's, with the remedy.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "projections/mail_key.h"
#include "projections/rows.pb.h"

namespace overgang::daily_status {

// A mail that is to be sent now.
struct MailDue {
  projections::MailKey key;
  std::string message_id;  // Of its first attempt; empty: this is the first.
  int attempt = 1;
  std::string to;
  std::string language;
};

class Letters {
 public:
  virtual ~Letters() = default;
  // Whether it is known what the log says of the mail.
  virtual bool Knows(const projections::MailKey& key) const = 0;
  // What the log says of it; null: nothing yet.
  virtual const rows::Mail* Find(const projections::MailKey& key) const = 0;
  // Why a mail that was begun is not to be sent after all; empty: it is.
  virtual std::string WhyNot(const projections::MailKey& key) const = 0;
  // RFC 5322.
  virtual absl::StatusOr<std::string> Compose(const MailDue& due, const std::string& message_id,
                                              absl::Time now) = 0;
};

}  // namespace overgang::daily_status
