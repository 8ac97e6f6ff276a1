// The Mailer that speaks SMTP, by libcurl. A few threads send, each over a connection of its own
// that is used again for the next mail.
//
// Errors: Create says which setting is wrong. What becomes of a mail is in MailOutcome; see
// curl_transfer.h for how it is known.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/mail/curl_transfer.h"
#include "core/mailer.h"

namespace overgang {

inline constexpr int kSmtpConnections = 4;
inline constexpr absl::Duration kSmtpEndWait = absl::Seconds(5);  // What is under way, at Stop.

class SmtpMailer final : public Mailer {
 public:
  // INVALID_ARGUMENT where the URL is none of SMTP.
  static absl::StatusOr<std::unique_ptr<SmtpMailer>> Create(SmtpServer server);
  ~SmtpMailer() override;

  void Send(OutgoingMail mail, std::function<void(MailOutcome)> done) override;
  void Stop() override;

 private:
  struct Waiting {
    OutgoingMail mail;
    std::function<void(MailOutcome)> done;
  };
  explicit SmtpMailer(SmtpServer server);
  void Work(CurlTransfer& transfer);

  const SmtpServer server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  int sending_ = 0;
  bool stopping_ = false;
  std::vector<std::unique_ptr<CurlTransfer>> transfers_;  // One a thread.
  std::vector<std::thread> threads_;
};

}  // namespace overgang
